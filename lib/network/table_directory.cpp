// SPDX-License-Identifier: GPL-2.0-or-later

#include "network/table_directory.hpp"

#include "base/directory_tree.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "base/random.hpp"
#include "network/table_key.hpp"
#include "network/table_reading.hpp"
#include "state/runtime.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace qmgmt {
namespace {

constexpr std::string_view value_of_root = "~"; // other names that begin so are temporary

std::string temporary_name()
{
    std::uint64_t number = 0;
    fill_random(std::as_writable_bytes(std::span{&number, 1}));
    return mark_of_temporary + std::to_string(number);
}

[[noreturn]] void fail(std::string_view key)
{
    throw_errno(failure::failed, "cannot tell a qube of its network", std::string{key});
}

// A guest may have its table mounted: no link of its making leads us astray.
class Directory : public TableStore {
public:
    void begin(const TableOwner&) override {}

    void write(const TableOwner& qube, const QubeTable& table) override
    {
        replace(qube, whole_table, table);
    }

    // New keys come before old ones go: nobody misses one that is in both.
    void replace(const TableOwner& qube, std::span<const std::string_view> parts,
                 const QubeTable& table) override
    {
        for (const auto& [key, value] : table)
            set(qube, key, value);
        std::vector<std::string> stored;
        const Fd top = open_table(qube);
        if (!top ? errno != ENOENT : !read_tree(top.get(), stored))
            fail(qube.uuid.text());
        for (const std::string& path : stored) {
            const std::string key = key_of(path);
            if (belongs_to(key, parts) && !table.contains(key) && !is_temporary(path))
                take_away(qube, split_path(path)); // whoever put it there
        }
    }

    void set(const TableOwner& qube, std::string_view key, std::string_view value) override
    {
        put(qube, parts_of_key(key), value);
    }

    void remove(const TableOwner& qube, std::string_view key) override
    {
        take_away(qube, parts_of_key(key));
    }

    void publish(const TableOwner& qube, std::span<const TableTree> trees) override
    {
        for (const TableTree& tree : trees)
            remove_below(qube, parts_of_key(tree.root));
        for (const TableTree& tree : trees)
            for (const auto& [key, value] : tree.below)
                set(qube, key, value);
        for (const TableTree& tree : trees) {
            std::vector<std::string> parts = parts_of_key(tree.root);
            parts.emplace_back(value_of_root);
            put(qube, std::move(parts), "");
        }
    }

    QubeTable read(const TableOwner& qube, std::string_view part) override
    {
        TableReading reading{part};
        const Fd top = open_table(qube);
        if (!top && errno != ENOENT)
            fail(qube.uuid.text());
        if (top)
            read_below(top.get(), "", reading);
        return reading.take(qube);
    }

    void forget(const TableOwner& qube) override
    {
        const Fd tables = open_tables();
        if (!tables ? errno != ENOENT : !remove_tree(tables.get(), qube.uuid.text()))
            throw_errno(failure::failed, "cannot take back what a qube was told", qube.uuid.text());
    }

private:
    static Fd open_tables()
    {
        return open_trusted_directory(paths::below_root(paths::runtime) + "/qdb");
    }

    static Fd open_table(const TableOwner& qube)
    {
        const Fd tables = open_tables();
        return tables ? open_directory(tables.get(), qube.uuid.text()) : Fd{};
    }

    // What a file in the table stands for.
    static std::string key_of(const std::string& path)
    {
        const auto slash = path.rfind('/');
        const bool of_root = slash != std::string::npos && path.substr(slash + 1) == value_of_root;
        return "/" + (of_root ? path.substr(0, slash) : path);
    }

    static bool is_temporary(const std::string& path)
    {
        const std::string name = path.substr(path.rfind('/') + 1);
        return name.starts_with(mark_of_temporary) && name != value_of_root;
    }

    // `parts` lead to a file.
    static void put(const TableOwner& qube, std::vector<std::string> parts, std::string_view value)
    {
        const std::string name = parts.back();
        parts.back() = temporary_name();
        const Fd tables = open_trusted_directory(runtime_file("qdb/"));
        Fd at = make_shared(tables, qube.uuid.text());
        for (std::size_t i = 0; i + 1 < parts.size(); ++i)
            at = make_shared(at, parts[i]);
        const char* const beside = parts.back().c_str();
        const Fd file{::openat(at.get(), beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
        if (!file)
            fail(name);
        if (::fchmod(file.get(), 0660) == 0 && write_all(file.get(), value) &&
            ::renameat(at.get(), beside, at.get(), name.c_str()) == 0)
            return;
        const int reason = errno;
        ::unlinkat(at.get(), beside, 0);
        errno = reason;
        fail(name);
    }

    // All but the value of the root itself.
    static void remove_below(const TableOwner& qube, const std::vector<std::string>& root)
    {
        Fd at = open_table(qube);
        for (std::size_t i = 0; at && i < root.size(); ++i)
            at = open_directory(at.get(), root[i]);
        std::vector<std::string> names;
        if (!at ? errno != ENOENT : !read_entries(at.get(), names))
            fail(root.back());
        for (const std::string& name : names) {
            if (name != value_of_root && !remove_tree(at.get(), name))
                fail(root.back());
        }
    }

    // Links are not followed, and what is no file, whoever put it there, is nothing.
    static void read_below(int directory, const std::string& above, TableReading& reading)
    {
        std::vector<std::string> names;
        if (!read_entries(directory, names))
            return;
        std::ranges::sort(names);
        for (const std::string& name : names) {
            std::string key = above;
            if (name != value_of_root)
                key.append("/").append(name);
            if (reading.is_full() || !reading.leads_to_wanted(key))
                continue;
            const Fd below = open_directory(directory, name);
            if (below)
                read_below(below.get(), key, reading);
            else if (reading.wants(key))
                read_file(directory, name, key, reading);
        }
    }

    static void read_file(int directory, const std::string& name, const std::string& key,
                          TableReading& reading)
    {
        const Fd file{::openat(directory, name.c_str(),
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
        struct stat facts {};
        if (file && ::fstat(file.get(), &facts) == 0 && S_ISREG(facts.st_mode))
            reading.add(key, read_at(file.get(), 0, reading.room() + 1));
    }

    // As all of the runtime directory is; our umask would give it to its maker alone.
    static Fd make_shared(const Fd& parent, const std::string& name)
    {
        const bool made = ::mkdirat(parent.get(), name.c_str(), 0700) == 0;
        if (!made && errno != EEXIST)
            fail(name);
        Fd directory = open_directory(parent.get(), name);
        if (!directory || (made && ::fchmod(directory.get(), 02770) != 0))
            fail(name);
        return directory;
    }

    static void take_away(const TableOwner& qube, const std::vector<std::string>& parts)
    {
        Fd at = open_table(qube);
        for (std::size_t i = 0; at && i + 1 < parts.size(); ++i)
            at = open_directory(at.get(), parts[i]);
        if (!at ? errno != ENOENT && errno != ENOTDIR : !remove_tree(at.get(), parts.back()))
            throw_errno(failure::failed, "cannot take back what a qube was told", parts.back());
    }
};

} // namespace

std::unique_ptr<TableStore> directory_tables()
{
    return std::make_unique<Directory>();
}

} // namespace qmgmt

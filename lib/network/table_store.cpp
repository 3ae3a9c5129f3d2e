// SPDX-License-Identifier: GPL-2.0-or-later

#include "network/table_store.hpp"

#include "base/config.hpp"
#include "base/directory_tree.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "base/random.hpp"
#include "state/runtime.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace qmgmt {
namespace {

constexpr char temporary = '~'; // begins the names of files that are no keys
constexpr std::string_view everything[] = {""};

std::vector<std::string> split(std::string_view path)
{
    std::vector<std::string> parts;
    for (auto end = path.find('/'); end != std::string_view::npos; end = path.find('/')) {
        parts.emplace_back(path.substr(0, end));
        path.remove_prefix(end + 1);
    }
    parts.emplace_back(path);
    return parts;
}

// The components of a key, none of which leads anywhere but down.
std::vector<std::string> parts_of(std::string_view key)
{
    const auto usable = [](const std::string& part) {
        return !part.empty() && part != "." && part != ".." && part.front() != temporary;
    };
    if (key.starts_with('/') && key.size() <= longest_key &&
        key.find('\0') == std::string_view::npos) {
        std::vector<std::string> parts = split(key.substr(1));
        if (std::ranges::all_of(parts, usable))
            return parts;
    }
    throw Error{failure::internal, "cannot tell a qube: not a key", std::string{key}};
}

std::string temporary_name()
{
    std::uint64_t number = 0;
    fill_random(std::as_writable_bytes(std::span{&number, 1}));
    return temporary + std::to_string(number);
}

bool belongs_to(std::string_view key, std::span<const std::string_view> parts)
{
    return std::ranges::any_of(parts, [key](std::string_view part) {
        return key.starts_with(part) && (key.size() == part.size() || key[part.size()] == '/');
    });
}

[[noreturn]] void fail(std::string_view key)
{
    throw_errno(failure::failed, "cannot tell a qube of its network", std::string{key});
}

// A guest may have its table mounted: no link of its making leads us astray.
class Directory : public TableStore {
public:
    void write(const Uuid& qube, const QubeTable& table) override
    {
        replace(qube, everything, table);
    }

    // New keys come before old ones go: nobody misses one that is in both.
    void replace(const Uuid& qube, std::span<const std::string_view> parts,
                 const QubeTable& table) override
    {
        for (const auto& [key, value] : table)
            set(qube, key, value);
        std::vector<std::string> stored;
        const Fd top = open_table(qube);
        if (!top ? errno != ENOENT : !read_tree(top.get(), stored))
            fail(qube.text());
        for (const std::string& path : stored) {
            const std::string key = "/" + path;
            if (belongs_to(key, parts) && !table.contains(key) &&
                key[key.rfind('/') + 1] != temporary)
                take_away(qube, split(path));
        }
    }

    void set(const Uuid& qube, std::string_view key, std::string_view value) override
    {
        std::vector<std::string> parts = parts_of(key);
        const std::string name = parts.back();
        parts.back() = temporary_name();
        const Fd tables = open_trusted_directory(runtime_file("qdb/"));
        Fd at = make_shared(tables, qube.text());
        for (std::size_t i = 0; i + 1 < parts.size(); ++i)
            at = make_shared(at, parts[i]);
        const char* const beside = parts.back().c_str();
        const Fd file{::openat(at.get(), beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
        if (!file)
            fail(key);
        if (::fchmod(file.get(), 0660) == 0 && write_all(file.get(), value) &&
            ::renameat(at.get(), beside, at.get(), name.c_str()) == 0)
            return;
        const int reason = errno;
        ::unlinkat(at.get(), beside, 0);
        errno = reason;
        fail(key);
    }

    void remove(const Uuid& qube, std::string_view key) override { take_away(qube, parts_of(key)); }

    void forget(const Uuid& qube) override
    {
        const Fd tables = open_tables();
        if (!tables ? errno != ENOENT : !remove_tree(tables.get(), qube.text()))
            throw_errno(failure::failed, "cannot take back what a qube was told", qube.text());
    }

private:
    static Fd open_tables()
    {
        return open_trusted_directory(paths::below_root(paths::runtime) + "/qdb");
    }

    static Fd open_table(const Uuid& qube)
    {
        const Fd tables = open_tables();
        return tables ? open_directory(tables.get(), qube.text()) : Fd{};
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

    static void take_away(const Uuid& qube, const std::vector<std::string>& parts)
    {
        Fd at = open_table(qube);
        for (std::size_t i = 0; at && i + 1 < parts.size(); ++i)
            at = open_directory(at.get(), parts[i]);
        if (!at ? errno != ENOENT && errno != ENOTDIR : !remove_tree(at.get(), parts.back()))
            throw_errno(failure::failed, "cannot take back what a qube was told", parts.back());
    }
};

class Nowhere : public TableStore {
public:
    void write(const Uuid&, const QubeTable&) override {}
    void replace(const Uuid&, std::span<const std::string_view>, const QubeTable&) override {}
    void set(const Uuid&, std::string_view, std::string_view) override {}
    void remove(const Uuid&, std::string_view) override {}
    void forget(const Uuid&) override {}
};

void warn_once()
{
    static bool warned = false;
    if (!std::exchange(warned, true))
        log_warning("qubes are not told of their network: there is no QubesDB, ignoring");
}

} // namespace

std::unique_ptr<TableStore> table_store(bool on_xen)
{
    const std::string where =
        config().word("qubesdb", "auto", {"auto", "required", "xenstore", "dir", "off"});
    if (where == "dir" || (where == "auto" && !on_xen))
        return std::make_unique<Directory>();
    if (where == "auto")
        warn_once();
    if (where == "auto" || where == "off")
        return std::make_unique<Nowhere>();
    throw Error{failure::unsupported, "not available: qubes cannot be told of their network",
                "qubesdb = " + where};
}

} // namespace qmgmt

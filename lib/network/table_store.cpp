// SPDX-License-Identifier: GPL-2.0-or-later

#include "network/table_store.hpp"

#include "base/atomic_file.hpp"
#include "base/config.hpp"
#include "base/directory_tree.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "state/runtime.hpp"

#include <cerrno>
#include <vector>

namespace qmgmt {
namespace {

void check_key(std::string_view key)
{
    const auto refuse = [&] {
        throw Error{failure::internal, "cannot tell a qube: not a key", std::string{key}};
    };
    if (!key.starts_with('/') || key.ends_with('/') || key.find('\0') != std::string_view::npos)
        refuse();
    while (!key.empty()) {
        key.remove_prefix(1);
        const std::string_view part = key.substr(0, key.find('/'));
        if (part.empty() || part == "." || part == "..")
            refuse();
        key.remove_prefix(part.size());
    }
}

class Directory : public TableStore {
public:
    void write(const Uuid& qube, const QubeTable& table) override
    {
        for (const auto& [key, value] : table)
            set(qube, key, value);
        const Fd top = open_trusted_directory(tables() + "/" + qube.text());
        std::vector<std::string> stored;
        if (!top || !read_tree(top.get(), stored))
            throw_errno(failure::failed, "cannot tell a qube of its network", tables());
        for (const std::string& path : stored) {
            if (!table.contains("/" + path))
                remove(qube, "/" + path);
        }
    }

    void set(const Uuid& qube, std::string_view key, std::string_view value) override
    {
        check_key(key);
        ReplacementFile file{runtime_file("qdb/" + qube.text() + std::string{key}), 0660};
        file.write(value);
        file.put_in_place_unflushed();
    }

    void remove(const Uuid& qube, std::string_view key) override
    {
        check_key(key);
        const auto last = key.rfind('/');
        take_away(tables() + "/" + qube.text() + std::string{key.substr(0, last)},
                  std::string{key.substr(last + 1)});
    }

    void forget(const Uuid& qube) override { take_away(tables(), qube.text()); }

private:
    static std::string tables() { return paths::below_root(paths::runtime) + "/qdb"; }

    static void take_away(const std::string& directory, const std::string& name)
    {
        const Fd parent = open_trusted_directory(directory);
        if (!parent ? errno != ENOENT : !remove_tree(parent.get(), name))
            throw_errno(failure::failed, "cannot take back what a qube was told", directory);
    }
};

class Nowhere : public TableStore {
public:
    void write(const Uuid&, const QubeTable&) override {}
    void set(const Uuid&, std::string_view, std::string_view) override {}
    void remove(const Uuid&, std::string_view) override {}
    void forget(const Uuid&) override {}
};

} // namespace

std::unique_ptr<TableStore> table_store(bool on_xen)
{
    const std::string where =
        config().word("qubesdb", "auto", {"auto", "required", "xenstore", "dir", "off"});
    if (where == "off")
        return std::make_unique<Nowhere>();
    if (where == "dir" || (where == "auto" && !on_xen))
        return std::make_unique<Directory>();
    throw Error{failure::unsupported, "not available: qubes cannot be told of their network",
                "qubesdb = " + where};
}

} // namespace qmgmt

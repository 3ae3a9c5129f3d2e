// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the tables of running qubes live: in files (network/table_directory), in QubesDB
// (network/qubesdb), in xenstore or nowhere; which one: life/network/tables.
#pragma once

#include "names/uuid.hpp"
#include "network/qube_table.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt {

// What one reading of a table brings at most: qubes write into their tables, too.
inline constexpr std::size_t most_read_keys = 2048;
inline constexpr std::size_t most_read_bytes = 65'536; // of keys and values

// Keys that count together: who follows them looks when their root is written.
struct TableTree {
    std::string root;                                       // "/qubes-firewall/10.137.0.5"
    std::vector<std::pair<std::string, std::string>> below; // in the order of their writing
};

// Whose table it is.
struct TableOwner {
    std::string name;
    Uuid uuid;
    int id = -1; // of its domain; -1: it does not run
};

class TableStore {
public:
    virtual ~TableStore() = default;

    // Whether what is written here is told to anybody.
    [[nodiscard]] virtual bool is_somewhere() const { return true; }

    // All of them throw Error{failed}. Keys are absolute paths of at most 63 bytes; empty
    // components, `.`, `..` and what begins with `~` are Error{internal}. A key has a value or keys
    // below it.

    // A run of the qube begins: its domain is there, and nobody has been told anything.
    virtual void begin(const TableOwner& qube) = 0;
    // The qube's table is this one: other keys go.
    virtual void write(const TableOwner& qube, const QubeTable& table) = 0;
    // The same for those keys alone that are one of `parts` or stand below one; `table` has no
    // others.
    virtual void replace(const TableOwner& qube, std::span<const std::string_view> parts,
                         const QubeTable& table) = 0;
    virtual void set(const TableOwner& qube, std::string_view key, std::string_view value) = 0;
    // The key and, before it, what stands below it. Nothing there is success.
    virtual void remove(const TableOwner& qube, std::string_view key) = 0;
    // What stood below the roots goes, what is to stand there now is written, and after all that
    // each root, empty. An error before that leaves the roots alone: nobody looks at half of it.
    virtual void publish(const TableOwner& qube, std::span<const TableTree> trees) = 0;
    // What stands under `part`, empty for all, and below it, as far as there is room above; nothing
    // there is an empty table. Whatever is no key is left out, as may be a key that is empty and
    // has others below it. Keys and values may be the qube's: untrusted, of any bytes.
    [[nodiscard]] virtual QubeTable read(const TableOwner& qube, std::string_view part) = 0;
    // The qube has stopped, or is about to.
    virtual void forget(const TableOwner& qube) = 0;
};

// Nobody is told.
[[nodiscard]] std::unique_ptr<TableStore> no_tables();

} // namespace qmgmt

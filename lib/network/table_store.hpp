// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the tables of running qubes live. Key `qubesdb` of mgmt.conf:
//   dir    a file a key below /run/qubes-mgmt/qdb/<uuid>; a reader sees a value old or new
//   off    nowhere
//   auto   dir where there is no Xen; there nowhere, which is logged
#pragma once

#include "names/uuid.hpp"
#include "network/qube_table.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace qmgmt {

class TableStore {
public:
    virtual ~TableStore() = default;

    // All of them throw Error{failed}. Keys are absolute paths of at most 63 bytes; empty
    // components,
    // `.`, `..` and what begins with `~` are Error{internal}. A key has a value or keys below it.

    // The qube's table is this one: other keys go.
    virtual void write(const Uuid& qube, const QubeTable& table) = 0;
    // The same for those keys alone that are one of `parts` or stand below one; `table` has no
    // others.
    virtual void replace(const Uuid& qube, std::span<const std::string_view> parts,
                         const QubeTable& table) = 0;
    virtual void set(const Uuid& qube, std::string_view key, std::string_view value) = 0;
    // The key and what stands below it. Nothing there is success.
    virtual void remove(const Uuid& qube, std::string_view key) = 0;
    // The qube has stopped.
    virtual void forget(const Uuid& qube) = 0;
};

// What the configuration says. Throws Error{unsupported} for what this machine cannot do.
[[nodiscard]] std::unique_ptr<TableStore> table_store(bool on_xen);

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the tables of running qubes live. Key `qubesdb` of mgmt.conf:
//   dir    a file a key below /run/qubes-mgmt/qdb/<uuid>; a reader sees a value old or new
//   off    nowhere
//   auto   dir where there is no Xen
#pragma once

#include "names/uuid.hpp"
#include "network/qube_table.hpp"

#include <memory>
#include <string_view>

namespace qmgmt {

class TableStore {
public:
    virtual ~TableStore() = default;

    // All of them throw Error{failed}; keys are absolute paths without empty components and without
    // `.` and `..`, others are Error{internal}.

    // The qube's table is this one: other keys go.
    virtual void write(const Uuid& qube, const QubeTable& table) = 0;
    virtual void set(const Uuid& qube, std::string_view key, std::string_view value) = 0;
    // The key and what stands below it. Nothing there is success.
    virtual void remove(const Uuid& qube, std::string_view key) = 0;
    // The qube has stopped.
    virtual void forget(const Uuid& qube) = 0;
};

// What the configuration says. Throws Error{unsupported} for what this machine cannot do.
[[nodiscard]] std::unique_ptr<TableStore> table_store(bool on_xen);

} // namespace qmgmt

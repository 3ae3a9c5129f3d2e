// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/exposed_table.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "life/network/tables.hpp"

namespace qmgmt {

std::unique_ptr<TableStore> device_tables(Call& call)
{
    try {
        auto store = table_store(call);
        if (store->is_somewhere())
            return store;
    } catch (const Error& error) {
        if (error.kind() != Failure::unsupported)
            throw;
    }
    return nullptr;
}

QubeTable exposed_table(Call& call, const Qube& backend, std::string_view part)
{
    if (!call.has_hypervisor())
        return {};
    const auto store = device_tables(call);
    if (!store) {
        call.warn("there is no QubesDB here: which devices a qube exposes is not known");
        return {};
    }
    const TableOwner owner = table_owner(call, backend);
    try {
        return store->read(owner, part);
    } catch (const Error& error) {
        // A listing is not run as root, which alone may use xenstore.
        if (call.spec().effect != Effect::read)
            throw;
        log_warning("cannot read which devices '" + owner.name + "' exposes: " + error.text() +
                    " (" + error.detail() + ")");
        call.warn("which devices '" + owner.name + "' exposes cannot be read here");
        return {};
    }
}

} // namespace qmgmt

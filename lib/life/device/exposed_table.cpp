// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/exposed_table.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "life/network/tables.hpp"
#include "life/power_state.hpp"

namespace qmgmt {

TableOwner table_owner(Call& call, const Qube& qube)
{
    if (qube.class_bit() == class_admin)
        return {.name = qube.name(), .uuid = {}, .id = 0};
    return {qube.name(), uuid_of(qube), domain_status(call, qube).id};
}

std::unique_ptr<TableStore> device_tables(Call& call)
{
    try {
        auto store = table_store(call.hypervisor().kind() == Hypervisor::Kind::xen);
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
        log_warning(
            "there is no QubesDB here: which devices a qube exposes is not known, ignoring");
        return {};
    }
    return store->read(table_owner(call, backend), part);
}

} // namespace qmgmt

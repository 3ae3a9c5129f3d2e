// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/exposed_table.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "life/network/tables.hpp"

namespace qmgmt {
namespace {

std::unique_ptr<TableStore> tables(Call& call)
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

} // namespace

QubeTable exposed_table(Call& call, const Qube& backend, std::string_view part)
{
    if (!call.has_hypervisor())
        return {};
    const auto store = tables(call);
    if (!store) {
        call.warn("there is no QubesDB here: which devices a qube exposes is not known");
        return {};
    }
    const bool dom0 = backend.class_bit() == class_admin;
    const TableOwner owner =
        dom0 ? TableOwner{.name = backend.name(), .uuid = {}, .id = 0} : table_owner(call, backend);
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

// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/tables.hpp"

#include "base/config.hpp"
#include "base/error.hpp"
#include "life/network/xenstore_tables.hpp"
#include "life/power_state.hpp"
#include "network/qubesdb.hpp"
#include "network/table_directory.hpp"

namespace qmgmt {

std::unique_ptr<TableStore> table_store(bool on_xen)
{
    std::string where =
        config().word("qubesdb", "auto", {"auto", "required", "xenstore", "dir", "off"});
    if (where == "auto")
        where = !on_xen ? "dir" : has_qubesdb() ? "required" : "xenstore";
    if (where == "dir")
        return directory_tables();
    if (where == "xenstore")
        return xenstore_tables();
    if (where == "off")
        return no_tables();
    if (!has_qubesdb())
        throw Error{failure::unsupported, "not available: qubes cannot be told of their network",
                    "qubesdb = required, and QubesDB is not installed"};
    return qubesdb_tables();
}

std::unique_ptr<TableStore> table_store(Call& call)
{
    return table_store(call.hypervisor().kind() == Hypervisor::Kind::xen);
}

TableOwner table_owner(Call& call, const Qube& qube)
{
    if (qube.class_bit() == class_admin)
        return {.name = qube.name(), .uuid = {}, .id = 0};
    return {qube.name(), uuid_of(qube), domain_status(call, qube).id};
}

} // namespace qmgmt

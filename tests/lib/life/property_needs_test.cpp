// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/rights.hpp"
#include "life/property/change.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr CallSpec spec{.name = "mgmt.vm.property.Set",
                        .summary = "",
                        .destination = Destination::qube,
                        .effect = Effect::write,
                        .needs = needs_store | needs_hypervisor | needs_storage | needs_kernels,
                        .needs_of = needs_to_change_property};

bool runs_as_root(std::string_view property)
{
    Request request;
    request.argument = property;
    return machine_needs_root(spec, request);
}

} // namespace

TEST_CASE("property needs: what asks who runs is set as root on Xen, and nowhere else")
{
    const Root xen;
    xen.write("/etc/qubes/mgmt.conf", "hypervisor = xen:///\n");
    CHECK(xen.run(
        [] { return runs_as_root("maxmem") && runs_as_root("netvm") && !runs_as_root("memory"); }));
    const Root other;
    other.write("/etc/qubes/mgmt.conf", "hypervisor = qemu:///session\n");
    CHECK(other.run([] { return !runs_as_root("maxmem") && !runs_as_root("netvm"); }));
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the balancer is asked for on behalf of a qube.

#include "life/start/memory.hpp"
#include "support/catch.hpp"

using namespace qmgmt;

namespace {

DomainPlan plan(std::string mode)
{
    DomainPlan plan;
    plan.virt_mode = std::move(mode);
    plan.memory_mib = 400;
    plan.maxmem_mib = 4000;
    plan.vcpus = 2;
    return plan;
}

} // namespace

TEST_CASE("hypervisor.md 56: of each mode is asked for what it takes")
{
    for (const char* const mode : {"pv", "pvh", "hvm"}) {
        INFO(mode);
        const MemoryNeed need = memory_need(plan(mode));
        CHECK(need.memory == 400);
        CHECK(need.maxmem == 4000);
        CHECK(need.vcpus == 2);
        CHECK(need.has_tables == (std::string_view{mode} != "pv"));
        CHECK(need.stub_domain == (std::string_view{mode} == "hvm" ? 128 + 16 : 0));
    }
}

TEST_CASE("hypervisor.md 56: an hvm is asked for with its stub domain, of whatever size")
{
    DomainPlan hvm = plan("hvm");
    hvm.xen.device_model.linux = false;
    CHECK(memory_need(hvm).stub_domain == 28 + 16);
    hvm.xen.device_model.memory_mib = 200;
    CHECK(memory_need(hvm).stub_domain == 200 + 16);
}

TEST_CASE("hypervisor.md 56 57: an hvm that owns devices never gets more than it has at first")
{
    DomainPlan hvm = plan("hvm");
    hvm.xen.pci.emplace_back();
    CHECK(memory_need(hvm).maxmem == 0);
    CHECK(memory_limit(hvm) == 0); // so it has no keys, either
    DomainPlan pv = plan("pv");
    pv.xen.pci.emplace_back();
    CHECK(memory_limit(pv) == 4000);
}

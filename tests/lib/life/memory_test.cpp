// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the balancer is asked for on behalf of a qube, and which qubes may be given more.

#include "../network/house.hpp"
#include "life/start/memory.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

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

std::string qube(const Pairs& properties, const Pairs& features)
{
    return qube_text("StandaloneVM", "work", 1, properties, features);
}

// Of the stub domain and its screen. Checked in a child: the index of a store is written.
bool asks_for_stub_domain(std::uint64_t mib, std::string mode, const Pairs& properties = {},
                          const Pairs& features = {})
{
    const Root root;
    return root.run([&] {
        House house{qube(properties, features)};
        const MemoryNeed need = memory_need(house.effective(), house.qube("work"), plan(mode));
        return need.stub_domain == mib && need.memory == 400 && need.maxmem == 4000 &&
               need.vcpus == 2 && need.has_tables == (mode != "pv");
    });
}

enum class Kernel { none, without, with_hotplug };

bool takes_more(const std::string& mode, Kernel kernel, const Pairs& features = {})
{
    const Root root;
    const std::string path = root.make_way("/kernel/vmlinuz");
    if (kernel == Kernel::with_hotplug)
        root.write("/kernel/memory-hotplug-supported", "");
    const std::string outcome = root.make_way("/outcome");
    CHECK(root.run([&] {
        House house{qube({}, features)};
        DomainPlan domain = plan(mode);
        if (kernel != Kernel::none)
            domain.kernel.emplace().kernel = path;
        if (takes_more_memory(house.effective(), house.qube("work"), domain))
            root.write("/outcome", "yes");
        return true;
    }));
    return read_small_file(outcome) == "yes";
}

} // namespace

TEST_CASE("hypervisor.md 56: an hvm is asked for with its stub domain, of whatever size")
{
    CHECK(asks_for_stub_domain(0, "pvh"));
    CHECK(asks_for_stub_domain(0, "pv", {{"stubdom_mem", "200"}}));
    CHECK(asks_for_stub_domain(128 + 16, "hvm"));
    CHECK(asks_for_stub_domain(128 + 16, "hvm", {}, {{"linux-stubdom", "1"}}));
    CHECK(asks_for_stub_domain(28 + 16, "hvm", {}, {{"linux-stubdom", ""}}));
    CHECK(asks_for_stub_domain(200 + 16, "hvm", {{"stubdom_mem", "200"}}, {{"linux-stubdom", ""}}));
}

TEST_CASE("hypervisor.md 57: memory is added to a qube whose kernel can do with it")
{
    CHECK(takes_more("pvh", Kernel::with_hotplug));
    CHECK(takes_more("pv", Kernel::with_hotplug));
    CHECK_FALSE(takes_more("pvh", Kernel::without));
    CHECK_FALSE(takes_more("hvm", Kernel::with_hotplug));
    // Its own kernel says so itself.
    CHECK_FALSE(takes_more("pvh", Kernel::none));
    CHECK(takes_more("pvh", Kernel::none, {{"supported-feature.memory-hotplug", "1"}}));
    CHECK_FALSE(takes_more("pvh", Kernel::without, {{"supported-feature.memory-hotplug", "1"}}));
    CHECK_FALSE(takes_more("hvm", Kernel::none, {{"supported-feature.memory-hotplug", "1"}}));
    // What is chosen holds.
    CHECK(takes_more("hvm", Kernel::without, {{"memory-hotplug", "1"}}));
    CHECK_FALSE(takes_more("pvh", Kernel::with_hotplug, {{"memory-hotplug", ""}}));
}

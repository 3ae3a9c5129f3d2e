// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start/memory_keys.hpp"
#include "support/catch.hpp"
#include "support/fake_xenstore.hpp"

#include <cstdint>
#include <limits>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const std::string domain = "/local/domain/7";

FakeXenstore::Nodes created_domain()
{
    return {{"/local", {""}},
            {"/local/domain", {""}},
            {domain, {"", {7}}},
            {domain + "/memory", {"", {7}}},
            {domain + "/memory/static-max", {"4096000", {7}}},
            {"/local/domain/8", {"", {8}}},
            {"/local/domain/8/memory", {"", {8}}}};
}

FakeXenstore::Nodes written(const MemoryKeys& keys)
{
    FakeXenstore::Nodes nodes = created_domain();
    FakeXenstore store{nodes};
    write_memory_keys(store, keys);
    return nodes;
}

} // namespace

TEST_CASE("hypervisor.md 57: a balanced domain may write its two reports, and nothing else")
{
    FakeXenstore::Nodes wanted = created_domain();
    for (const char* const report : {"/memory/meminfo", "/memory/swapinfo"})
        wanted[domain + report] = {"", {7}, {7}};
    CHECK(written({.id = 7, .balanced = true, .maxmem_mib = 4000}) == wanted);
    wanted[domain + "/memory/hotplug-max"] = {"4096000", {7}};
    CHECK(written({.id = 7, .balanced = true, .maxmem_mib = 4000, .hotplug = true}) == wanted);
}

TEST_CASE("memory keys: a limit that is there moves, and the domain still only reads it")
{
    FakeXenstore::Nodes nodes = created_domain();
    FakeXenstore store{nodes};
    write_memory_keys(store, {.id = 7, .balanced = true, .maxmem_mib = 4000, .hotplug = true});
    FakeXenstore::Nodes wanted = nodes;
    REQUIRE(has_memory_limit(store, 7));
    change_memory_limit(store, 7, 6000);
    wanted[domain + "/memory/hotplug-max"].value = "6144000";
    CHECK(nodes == wanted);
    change_memory_limit(store, 7, std::numeric_limits<std::int64_t>::max()); // no wrapping round
    CHECK(store.read(domain + "/memory/hotplug-max") == "18446744073709550592");
}

TEST_CASE("memory keys: a domain without a limit gets none, nor does one that is gone")
{
    FakeXenstore::Nodes nodes = created_domain();
    FakeXenstore store{nodes};
    write_memory_keys(store, {.id = 7, .balanced = true, .maxmem_mib = 4000});
    const FakeXenstore::Nodes before = nodes;
    for (const int id : {7, 8, 9}) {
        CHECK_FALSE(has_memory_limit(store, id));
        change_memory_limit(store, id, 6000);
    }
    CHECK(nodes == before);
}

TEST_CASE("hypervisor.md 57: without balancing, or without a balancer, there are no reports")
{
    CHECK(written({.id = 7, .balanced = true, .maxmem_mib = 0, .hotplug = true}) ==
          created_domain());
    CHECK(written({.id = 7, .balanced = false, .maxmem_mib = 4000}) == created_domain());
    FakeXenstore::Nodes wanted = created_domain();
    wanted[domain + "/memory/hotplug-max"] = {"4096000", {7}};
    CHECK(written({.id = 7, .balanced = false, .maxmem_mib = 4000, .hotplug = true}) == wanted);
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where tables live, and tables in xenstore.

#include "life/network/tables.hpp"
#include "life/network/xenstore_tables.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/fake_qubesdb.hpp"
#include "support/fake_xenstore.hpp"
#include "support/in_root.hpp"

#include <array>
#include <filesystem>
#include <sys/stat.h>
#include <vector>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const TableOwner qube{"work", *Uuid::parse("5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04"), 7};
const QubeTable table{{"/name", "work"}, {"/connected-ips", ""}};
const std::string top = "/local/domain/7/qubesdb";

// Where a machine that is configured so has the table: "dir", "qubesdb", "nowhere" or the kind of
// the failure.
std::string place(std::string_view configured, bool on_xen, bool has_qubesdb)
{
    const Root root;
    root.write("/etc/qubes/mgmt.conf", "qubesdb = " + std::string{configured} + "\n");
    const std::string directory = root.make_way("/run/qubes-mgmt/qdb") + "/" + qube.uuid.text();
    const std::string outcome = root.make_way("/outcome");
    if (has_qubesdb) {
        root.write(qubesdb_daemon_path, fake_qubesdb_daemon);
        root.write(qubesdb_command_path, fake_qubesdb_command);
        ::chmod(root.make_way(qubesdb_daemon_path).c_str(), 0755);
        ::chmod(root.make_way(qubesdb_command_path).c_str(), 0755);
    }
    root.write("/outcome", "nowhere");
    REQUIRE(root.run([&] {
        const auto failure = failure_of([&] {
            const auto tables = table_store(on_xen);
            tables->begin(qube);
            tables->write(qube, table);
            tables->replace(qube, client_keys, {{"/connected-ips", ""}});
            tables->set(qube, "/vm-config/x", "1");
            tables->remove(qube, "/vm-config");
        });
        if (failure)
            root.write("/outcome", word(*failure));
        else if (std::filesystem::exists(directory + "/name"))
            root.write("/outcome", "dir");
        else if (std::filesystem::exists(root.make_way("/qdb/work/=name")))
            root.write("/outcome", "qubesdb");
        if (!failure) // works wherever they are, also when it is over
            table_store(on_xen)->forget({qube.name, qube.uuid});
        return true;
    }));
    CHECK_FALSE(std::filesystem::exists(directory));
    std::ifstream file{outcome};
    return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

TEST_CASE("tables: where they live is configured", "[life]")
{
    for (const bool xen : {false, true}) {
        CHECK(place("dir", xen, true) == "dir");
        CHECK(place("off", xen, true) == "nowhere");
        CHECK(place("required", xen, true) == "qubesdb");
        CHECK(place("required", xen, false) == "unsupported");
        // This program has no object for Xen beside it.
        CHECK(place("xenstore", xen, true) == "unsupported");
    }
    CHECK(place("auto", false, true) == "dir");
    CHECK(place("no such word", false, true) == "dir");
    CHECK(place("auto", true, true) == "qubesdb");
    CHECK(place("auto", true, false) == "unsupported");
}

TEST_CASE("tables: nowhere is a place where nothing is", "[life]")
{
    const auto nowhere = no_tables();
    nowhere->write(qube, table);
    nowhere->publish(qube, std::vector<TableTree>{{"/f", {{"/f/policy", "drop"}}}});
    CHECK(nowhere->read(qube, "").empty());
    CHECK_FALSE(nowhere->is_somewhere());
    CHECK(xenstore_tables()->is_somewhere());
}

TEST_CASE("tables: nobody asks xenstore when a run is over", "[life]")
{
    const auto tables = xenstore_tables([]() -> std::unique_ptr<Xenstore> {
        throw Error{failure::unsupported, "no xenstore"};
    });
    tables->forget({"work", qube.uuid});
    CHECK(failure_of([&] { tables->begin(qube); }) == Failure::unsupported);
}

TEST_CASE("tables: in xenstore a domain reads its own table, and writes which devices it has",
          "[life]")
{
    FakeXenstore::Nodes nodes{{"/local", {""}}, {"/local/domain", {""}}, {"/local/domain/7", {""}}};
    const FakeXenstore::Nodes before = nodes;
    int opened = 0;
    const auto tables = xenstore_tables([&]() -> std::unique_ptr<Xenstore> {
        ++opened;
        return std::make_unique<FakeXenstore>(nodes);
    });
    tables->begin(qube);
    tables->write(qube, {{"/name", "work"},
                         {"/qubes-service/a.b", "1"},
                         {"/mapped-ip/10.137.0.4/visible-ip", "10.137.0.4"},
                         {"/vm-config/text", std::string{"two\nlines\xff end"}}});
    CHECK(nodes.at(top + "/name").value == "work");
    CHECK(nodes.at(top + "/qubes-service/a@2eb").value == "1");
    CHECK(nodes.at(top + "/mapped-ip/10@2e137@2e0@2e4/visible-ip").value == "10.137.0.4");
    CHECK(nodes.at(top + "/vm-config/text").value == "two\nlines\xff end");
    for (const auto& [path, node] : nodes) {
        INFO(path);
        const bool devices =
            path == top + "/qubes-block-devices" || path == top + "/qubes-usb-devices";
        CHECK(node.writers == (devices ? std::set{7} : std::set<int>{}));
        CHECK(node.readers == (path.starts_with(top) ? std::set{7} : std::set<int>{}));
    }
    CHECK(opened == 1);

    // The next table has nothing of it, but for what the qube says; nothing beside changes.
    nodes[top + "/qubes-block-devices/sda"] = {"", {7}, {7}};
    tables->write(qube, {{"/name", "play"}, {"/mapped-ip/10.137.0.5/visible-ip", "x"}});
    FakeXenstore::Nodes now = before;
    for (const char* const made : {"", "/mapped-ip", "/mapped-ip/10@2e137@2e0@2e5"})
        now[top + made] = {"", {7}};
    now[top + "/name"] = {"play", {7}};
    for (const char* const said : {"/qubes-block-devices", "/qubes-usb-devices"})
        now[top + said] = {"", {7}, {7}};
    now[top + "/qubes-block-devices/sda"] = {"", {7}, {7}};
    now[top + "/mapped-ip/10@2e137@2e0@2e5/visible-ip"] = {"x", {7}};
    CHECK(nodes == now);
}

TEST_CASE("tables: in xenstore single keys and parts change, nothing else", "[life]")
{
    FakeXenstore::Nodes nodes;
    const auto tables = xenstore_tables(
        [&]() -> std::unique_ptr<Xenstore> { return std::make_unique<FakeXenstore>(nodes); });
    tables->begin(qube);
    tables->write(qube, {{"/name", "net"},
                         {"/connected-ips", "10.137.0.4 10.137.0.5"},
                         {"/connected-ips6x", "not ours"},
                         {"/mapped-ip/10.137.0.4/visible-ip", "a"},
                         {"/mapped-ip/10.137.0.5/visible-ip", "b"},
                         {"/mapped-ipx/c", "not ours"}});
    tables->replace(qube, client_keys,
                    {{"/connected-ips", "10.137.0.5"},
                     {"/mapped-ip/10.137.0.5/visible-ip", "c"},
                     {"/mapped-ip/10.137.0.6/visible-ip", "d"}});
    tables->set(qube, "/name", "a network");
    tables->remove(qube, "/mapped-ip/10.137.0.6");
    tables->remove(qube, "/never/there");
    QubeTable left;
    for (const auto& [path, node] : nodes) {
        if (!node.value.empty())
            left[path.substr(top.size())] = node.value;
    }
    CHECK(left == QubeTable{{"/name", "a network"},
                            {"/connected-ips", "10.137.0.5"},
                            {"/connected-ips6x", "not ours"},
                            {"/mapped-ip/10@2e137@2e0@2e5/visible-ip", "c"},
                            {"/mapped-ipx/c", "not ours"}});
    CHECK_FALSE(nodes.contains(top + "/mapped-ip/10@2e137@2e0@2e6"));
}

TEST_CASE("tables: xenstore is not asked for keys that are none, nor for a qube that is off",
          "[life]")
{
    FakeXenstore::Nodes nodes;
    const auto tables = xenstore_tables(
        [&]() -> std::unique_ptr<Xenstore> { return std::make_unique<FakeXenstore>(nodes); });
    for (const std::string& key :
         {std::string{"/a/../b"}, std::string{"a"}, "/" + std::string(63, 'k')}) {
        CHECK(failure_of([&] { tables->set(qube, key, "x"); }) == Failure::internal);
        CHECK(failure_of([&] { tables->remove(qube, key); }) == Failure::internal);
    }
    const TableOwner off{"work", qube.uuid};
    CHECK(failure_of([&] { tables->begin(off); }) == Failure::failed);
    CHECK(failure_of([&] { tables->write(off, {{"/name", "work"}}); }) == Failure::failed);
    CHECK(nodes.empty());
}

TEST_CASE("tables: in xenstore a tree is published whole, its root last, and read back", "[life]")
{
    FakeXenstore::Nodes nodes;
    std::vector<std::string> written;
    const auto tables = xenstore_tables([&]() -> std::unique_ptr<Xenstore> {
        return std::make_unique<FakeXenstore>(nodes, &written);
    });
    tables->begin(qube);
    tables->write(qube, {{"/name", "net"}, {"/f/10.137.0.4/0007", "old"}});
    written.clear();
    tables->publish(qube, std::vector<TableTree>{
                              {"/f/10.137.0.4",
                               {{"/f/10.137.0.4/policy", "drop"}, {"/f/10.137.0.4/0000", "go"}}}});
    const std::string root = top + "/f/10@2e137@2e0@2e4";
    CHECK(written == std::vector<std::string>{"remove " + root + "/0007",
                                              "write " + root + "/policy",
                                              "write " + root + "/0000", "write " + root});
    const QubeTable whole{
        {"/f/10.137.0.4/0000", "go"}, {"/f/10.137.0.4/policy", "drop"}, {"/name", "net"}};
    CHECK(tables->read(qube, "") == whole);
    CHECK(tables->read(qube, "/name") == QubeTable{{"/name", "net"}});
    CHECK(tables->read(qube, "/f/10.137.0.4/policy").size() == 1);
    CHECK(tables->read(qube, "/none").empty());
    nodes[top + "/f/@zz"] = {"no name of ours"};
    nodes[top + "/f/@2e@2e"] = {"leads up"};
    CHECK(tables->read(qube, "") == whole);

    // One that it does not take: the root is not written.
    written.clear();
    CHECK(failure_of([&] {
              tables->publish(
                  qube, std::vector<TableTree>{
                            {"/f/10.137.0.4", {{"/f/10.137.0.4/0000", std::string(4096, 'v')}}}});
          }) == Failure::failed);
    CHECK(written.back() == "remove " + root + "/policy");
}

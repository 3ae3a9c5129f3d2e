// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/catch.hpp"
#include "table_machine.hpp"

#include <sys/wait.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const QubeTable first{{"/name", "work"},
                      {"/qubes-ip", "10.137.0.4"},
                      {"/qubes-block-devices", ""},
                      {"/qubes-service/cups", "1"},
                      {"/qubes-service/old", "1"},
                      {"/vm-config/text", std::string{"two\nlines\0end", 13}}};

} // namespace

TEST_CASE("hypervisor.md 54: a table is a file a key; the second one overwrites, old keys are gone",
          "[network]")
{
    const Machine machine;
    REQUIRE(machine.does([](TableStore& tables) { tables.write(qube, first); }));
    CHECK(machine.files() == first);
    CHECK(machine.files(other).empty());
    const QubeTable second{{"/name", "play"}, {"/qubes-service/cups", ""}, {"/new/deep/key", "x"}};
    REQUIRE(machine.does([&](TableStore& tables) {
        tables.write(other, first);
        tables.write(qube, second);
    }));
    CHECK(machine.files() == second);
    CHECK(machine.files(other) == first);
    REQUIRE(machine.does([](TableStore& tables) { tables.write(qube, {}); }));
    CHECK(machine.files().empty());
    CHECK(machine.files(other) == first);
}

TEST_CASE("table store: single keys are set and removed, nothing else changes", "[network]")
{
    const Machine machine;
    REQUIRE(machine.does([](TableStore& tables) {
        tables.write(qube, first);
        tables.set(qube, "/qubes-ip", "10.137.0.5");
        tables.set(qube, "/keyboard-layout", "us++");
        tables.remove(qube, "/name");
        tables.remove(qube, "/qubes-service"); // with what is below
        tables.remove(qube, "/qubes-service/cups");
        tables.remove(qube, "/name/below/a/value");
        tables.remove(qube, "/never/there");
        tables.remove(other, "/name");
    }));
    CHECK(machine.files() == QubeTable{{"/qubes-ip", "10.137.0.5"},
                                       {"/keyboard-layout", "us++"},
                                       {"/qubes-block-devices", ""},
                                       {"/vm-config/text", std::string{"two\nlines\0end", 13}}});
    CHECK(machine.files(other).empty());
}

TEST_CASE("table store: a part is replaced without touching the others", "[network]")
{
    const Machine machine;
    REQUIRE(machine.does([](TableStore& tables) {
        tables.write(qube, {{"/name", "net"},
                            {"/connected-ips", "10.137.0.4 10.137.0.5"},
                            {"/connected-ips6x", "not ours"},
                            {"/mapped-ip/10.137.0.4/visible-ip", "a"},
                            {"/mapped-ip/10.137.0.5/visible-ip", "b"},
                            {"/mapped-ipx/c", "not ours"}});
        tables.replace(qube, client_keys,
                       {{"/connected-ips", "10.137.0.5"},
                        {"/mapped-ip/10.137.0.5/visible-ip", "c"},
                        {"/mapped-ip/10.137.0.6/visible-ip", "d"}});
    }));
    CHECK(machine.files() == QubeTable{{"/name", "net"},
                                       {"/connected-ips", "10.137.0.5"},
                                       {"/connected-ips6x", "not ours"},
                                       {"/mapped-ip/10.137.0.5/visible-ip", "c"},
                                       {"/mapped-ip/10.137.0.6/visible-ip", "d"},
                                       {"/mapped-ipx/c", "not ours"}});
}

TEST_CASE("table store: replacing leaves what another is writing, forgetting takes all",
          "[network]")
{
    const Machine machine;
    REQUIRE(machine.does([](TableStore& tables) {
        tables.write(qube, first);
        tables.write(other, first);
    }));
    const fs::path half = machine.table() / "qubes-service/~half-written";
    std::ofstream{half} << "1";
    REQUIRE(machine.does([](TableStore& tables) { tables.write(qube, {{"/name", "work"}}); }));
    CHECK(fs::exists(half));
    REQUIRE(machine.does([](TableStore& tables) {
        tables.forget(qube);
        tables.forget(qube); // nothing there is success
    }));
    CHECK_FALSE(fs::exists(machine.table()));
    CHECK(machine.files(other) == first);
}

TEST_CASE("table store: tables belong to the group, whatever the umask", "[network]")
{
    const Machine machine;
    REQUIRE(machine.does([](TableStore& tables) { tables.write(qube, first); }));
    const auto mode = [](const fs::path& path) {
        struct stat status {};
        REQUIRE(::lstat(path.c_str(), &status) == 0);
        return status.st_mode & 07777;
    };
    CHECK(mode(machine.table()) == 02770);
    CHECK(mode(machine.table() / "qubes-service") == 02770);
    CHECK(mode(machine.table() / "qubes-service/cups") == 0660);
    CHECK(mode(machine.table() / "name") == 0660);
}

TEST_CASE("table store: a reader sees a value old or new", "[network]")
{
    const Machine machine;
    const std::string values[] = {std::string(9000, 'a'), "b"};
    REQUIRE(machine.does([&](TableStore& tables) { tables.set(qube, "/value", values[0]); }));
    const pid_t writer = ::fork();
    REQUIRE(writer >= 0);
    if (writer == 0)
        ::_exit(machine.does([&](TableStore& tables) {
            for (int i = 0; i < 3000; ++i)
                tables.write(qube, {{"/value", values[i % 2]}});
        })
                    ? 0
                    : 1);
    int seen[2] = {0, 0};
    int torn = 0;
    int status = 0;
    while (::waitpid(writer, &status, WNOHANG) == 0) {
        const std::string value = content(machine.table() / "value");
        if (value == values[0])
            ++seen[0];
        else if (value == values[1])
            ++seen[1];
        else
            ++torn;
    }
    CHECK(status == 0);
    CHECK(torn == 0);
    CHECK(seen[0] > 0);
    CHECK(seen[1] > 0);
}

TEST_CASE("table store: a tree is published whole, its root last", "[network]")
{
    const Machine machine;
    REQUIRE(machine.does([](TableStore& tables) {
        tables.write(qube, {{"/name", "net"}, {"/f/1/0001", "old"}, {"/f/1/a/b", "old"}});
        tables.publish(
            qube, std::vector<TableTree>{{"/f/1", {{"/f/1/policy", "stop"}, {"/f/1/0000", "go"}}},
                                         {"/f/2", {{"/f/2/policy", "stop"}}}});
    }));
    CHECK(machine.files() == QubeTable{{"/name", "net"},
                                       {"/f/1/policy", "stop"},
                                       {"/f/1/0000", "go"},
                                       {"/f/1/~", ""},
                                       {"/f/2/policy", "stop"},
                                       {"/f/2/~", ""}});
    const auto is_first = [&](const char* one, const char* two) {
        return fs::last_write_time(machine.table() / one) <=
               fs::last_write_time(machine.table() / two);
    };
    CHECK(is_first("f/1/policy", "f/1/0000"));
    CHECK(is_first("f/2/policy", "f/1/~")); // no root before all is there

    // A path that cannot be had: nothing more is written, and the root stays as it was.
    fs::remove(machine.table() / "f/2/~");
    const fs::path sign = machine.table() / "f/1/~";
    const auto before = fs::last_write_time(sign);
    CHECK(machine.root().run([] {
        return failure_of([] {
                   directory_tables()->publish(
                       qube, std::vector<TableTree>{
                                 {"/f/1", {{"/f/1/0000", "go"}, {"/f/1/0000/below", "a value"}}},
                                 {"/f/2", {{"/f/2/policy", "stop"}}}});
               }) == Failure::failed;
    }));
    CHECK(fs::last_write_time(sign) == before);
    CHECK_FALSE(fs::exists(machine.table() / "f/2/~"));

    REQUIRE(machine.does([](TableStore& tables) {
        tables.remove(qube, "/f/1");
        tables.write(qube, {{"/name", "net"}}); // a new run knows nothing of the roots of the last
    }));
    CHECK(machine.files() == QubeTable{{"/name", "net"}});
}

TEST_CASE("table store: a table is read as far as it is files of keys", "[network]")
{
    const Machine machine;
    machine.root().write("/elsewhere/secret", "secret");
    REQUIRE(machine.does([](TableStore& tables) {
        tables.write(qube, first);
        tables.write(other, {{"/name", "other"}});
        tables.publish(qube, std::vector<TableTree>{{"/f/1", {{"/f/1/policy", "stop"}}}});
    }));
    std::ofstream{machine.table() / "qubes-service/~123"} << "half written";
    std::ofstream{machine.table() / "qubes-service/cups.old"} << "0";
    fs::create_symlink(machine.root().make_way("/elsewhere/secret"),
                       machine.table() / "qubes-service/link");
    fs::create_directory_symlink(machine.table(other), machine.table() / "qubes-service/other");
    REQUIRE(::mkfifo((machine.table() / "qubes-service/fifo").c_str(), 0600) == 0);
    QubeTable all = first;
    all.insert({{"/f/1", ""}, {"/f/1/policy", "stop"}, {"/qubes-service/cups.old", "0"}});
    CHECK(machine.root().run([&] {
        const auto tables = directory_tables();
        return tables->read(qube, "") == all &&
               tables->read(qube, "/qubes-service/cups") ==
                   QubeTable{{"/qubes-service/cups", "1"}} &&
               tables->read(qube, "/f") == QubeTable{{"/f/1", ""}, {"/f/1/policy", "stop"}} &&
               tables->read(qube, "/none").empty() &&
               tables->read({"nobody", Uuid::random()}, "").empty();
    }));
}

TEST_CASE("table store: what is read of a table has an end", "[network]")
{
    const Machine machine;
    REQUIRE(machine.does([](TableStore& tables) {
        for (int i = 10'000; i < 12'100; ++i)
            tables.set(qube, "/many/" + std::to_string(i), "x");
        for (int i = 10; i < 40; ++i)
            tables.set(qube, "/long/" + std::to_string(i), std::string(3000, 'x'));
    }));
    CHECK(machine.root().run([&] {
        const auto tables = directory_tables();
        const QubeTable many = tables->read(qube, "/many");
        const QubeTable longer = tables->read(qube, "/long");
        return many.size() == most_read_keys && many.begin()->first == "/many/10000" &&
               longer.size() == 21 && longer.at("/long/30").size() == 3000;
    }));
}

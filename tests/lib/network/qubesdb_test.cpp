// SPDX-License-Identifier: GPL-2.0-or-later
//
// Tables in QubesDB, through programs that take the arguments of the real ones.

#include "base/fd.hpp"
#include "base/paths.hpp"
#include "network/qubesdb.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/fake_qubesdb.hpp"
#include "support/in_root.hpp"

#include <sys/stat.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const TableOwner qube{"work", Uuid{}, 7};
const TableOwner other{"net", Uuid{}, 8};

const QubeTable first{{"/name", "work"},
                      {"/qubes-ip", "10.137.0.4"},
                      {"/qubes-block-devices", ""},
                      {"/qubes-service/cups", "1"},
                      {"/qubes-service/old", "1"},
                      {"/vm-config/text", "-f --\t'$(x)' \"\\\n\xff\xc3\xa4 end"}};

class Machine {
public:
    Machine()
    {
        add(qubesdb_daemon_path, fake_qubesdb_daemon);
        add(qubesdb_command_path, fake_qubesdb_command);
    }

    void add(std::string_view path, std::string_view script) const
    {
        root_.write(path, script);
        REQUIRE(::chmod(root_.make_way(path).c_str(), 0755) == 0);
    }

    template<typename Work>
    [[nodiscard]] std::optional<Failure> outcome(Work work) const
    {
        const std::string kind = root_.make_way("/kind");
        root_.write("/kind", "");
        REQUIRE(root_.run([&] {
            if (const auto failure = failure_of([&] { work(*qubesdb_tables()); }))
                root_.write("/kind", word(*failure));
            return true;
        }));
        const std::string text = read_small_file(kind);
        for (const Failure failure : {Failure::failed, Failure::internal}) {
            if (text == word(failure))
                return failure;
        }
        CHECK(text.empty());
        return std::nullopt;
    }

    template<typename Work>
    void does(Work work) const
    {
        CHECK(outcome(work) == std::nullopt);
    }

    [[nodiscard]] QubeTable table(std::string_view name) const
    {
        return qubesdb_table(root(), name);
    }
    [[nodiscard]] std::string ran() const { return read_small_file(root() + "/qdb/ran"); }
    [[nodiscard]] std::string root() const
    {
        const std::string path = root_.make_way("/x");
        return path.substr(0, path.size() - 2);
    }

private:
    Root root_;
};

} // namespace

TEST_CASE("qubesdb: a run begins with its daemon, and its table is written whole", "[network]")
{
    const Machine machine;
    machine.does([](TableStore& tables) {
        tables.begin(qube);
        tables.write(qube, first);
    });
    CHECK(machine.table("work") == first);
    CHECK(machine.ran() == "daemon 7 work\nwrite work 12\nlist work 1\n");
    const QubeTable second{{"/name", "play"}, {"/qubes-service/cups", ""}, {"/new/deep/key", "-x"}};
    machine.does([&](TableStore& tables) {
        tables.begin(other);
        tables.write(other, first);
        tables.write(qube, second);
    });
    CHECK(machine.table("work") == second);
    CHECK(machine.table("net") == first);
    machine.does([](TableStore& tables) {
        tables.write(qube, {});
        tables.forget(qube); // its daemon goes with the domain
    });
    CHECK(machine.table("work").empty());
}

TEST_CASE("qubesdb: single keys and parts change, nothing else", "[network]")
{
    const Machine machine;
    machine.does([](TableStore& tables) {
        tables.begin(qube);
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
        tables.set(qube, "/name", "-d other");
        tables.remove(qube, "/mapped-ip/10.137.0.6");
        tables.remove(qube, "/never/there");
        tables.remove(qube, "/mapped-ip"); // nothing below is left out, nothing beside is taken
    });
    CHECK(machine.table("work") == QubeTable{{"/name", "-d other"},
                                             {"/connected-ips", "10.137.0.5"},
                                             {"/connected-ips6x", "not ours"},
                                             {"/mapped-ipx/c", "not ours"}});
}

TEST_CASE("qubesdb: a long table goes in several commands, and out again", "[network]")
{
    const Machine machine;
    QubeTable table;
    for (int i = 0; i < 90; ++i)
        table["/vm-config/" + std::to_string(i)] = std::string(3071, 'v');
    machine.does([&](TableStore& tables) {
        tables.begin(qube);
        tables.write(qube, table);
    });
    CHECK(machine.table("work") == table);
    machine.does([](TableStore& tables) { tables.remove(qube, "/vm-config"); });
    CHECK(machine.table("work").empty());
}

TEST_CASE("qubesdb: what it would not take is refused before anything is written", "[network]")
{
    const Machine machine;
    machine.does([](TableStore& tables) { tables.begin(qube); });
    for (const std::string& value : {std::string(3072, 'v'), std::string{"a\0b", 3}})
        CHECK(machine.outcome([&](TableStore& tables) {
            tables.write(qube, {{"/name", "work"}, {"/value", value}});
        }) == Failure::failed);
    for (const std::string& key : {std::string{"name"}, std::string{"/a/../b"}, std::string{"/a/"},
                                   "/" + std::string(63, 'k')}) {
        INFO(key);
        CHECK(machine.outcome([&](TableStore& tables) { tables.set(qube, key, "x"); }) ==
              Failure::internal);
        CHECK(machine.outcome([&](TableStore& tables) { tables.remove(qube, key); }) ==
              Failure::internal);
    }
    CHECK(machine.table("work").empty());
}

TEST_CASE("qubesdb: its programs' failures are ours; what another removed first is gone",
          "[network]")
{
    const Machine machine;
    const auto tells = [&] {
        return machine.outcome([](TableStore& tables) { tables.set(qube, "/name", "x"); });
    };
    CHECK(tells() == Failure::failed); // no daemon
    CHECK(machine.outcome([](TableStore& tables) {
        tables.begin({"work", Uuid{}, -1});
    }) == Failure::failed);
    machine.does([](TableStore& tables) {
        tables.begin(qube);
        tables.write(qube, first);
    });
    CHECK(tells() == std::nullopt);
    Machine broken;
    broken.add(qubesdb_daemon_path, "#!/bin/sh\necho startup failed >&2\nexit 1\n");
    CHECK(broken.outcome([](TableStore& tables) { tables.begin(qube); }) == Failure::failed);

    { // removed between our look and our rm
        std::ofstream{machine.root() + "/qdb/work/hold"} << "=qubes-service=old";
    }
    machine.does([](TableStore& tables) { tables.remove(qube, "/qubes-service"); });
    CHECK_FALSE(machine.table("work").contains("/qubes-service/cups"));
    CHECK_FALSE(machine.table("work").contains("/qubes-service/old"));
}

TEST_CASE("qubesdb: names that the qube itself has put into its table lead nowhere", "[network]")
{
    const Machine machine;
    machine.does([](TableStore& tables) {
        tables.begin(qube);
        tables.write(qube, {{"/mapped-ip/10.137.0.4/visible-ip", "a"}});
    });
    // `rm` would take all that stands below one that ends in a slash.
    for (const char* const name : {"=mapped-ip=", "=mapped-ip=..=x", "=mapped-ip=~x"})
        std::ofstream{machine.root() + "/qdb/work/" + name} << "x";
    machine.does([](TableStore& tables) {
        tables.replace(qube, client_keys, {{"/mapped-ip/10.137.0.4/visible-ip", "a"}});
    });
    CHECK(machine.table("work").at("/mapped-ip/10.137.0.4/visible-ip") == "a");
    CHECK(machine.ran().find("rm ") == std::string::npos);
}

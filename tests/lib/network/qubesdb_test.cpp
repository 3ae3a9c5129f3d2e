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
#include <vector>

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

QubeTable pairs_of(std::string_view text)
{
    QubeTable table;
    const auto next = [&] {
        const auto end = text.find('\0');
        std::string word{text.substr(0, end)};
        text.remove_prefix(end + 1);
        return word;
    };
    while (!text.empty()) {
        std::string key = next();
        table[std::move(key)] = next();
    }
    return table;
}

const std::vector<TableTree> two_trees{{"/f/1", {{"/f/1/policy", "stop"}, {"/f/1/0000", "go 1"}}},
                                       {"/f/2", {{"/f/2/policy", "stop"}, {"/f/2/0000", "go 2"}}}};

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
    [[nodiscard]] std::string changes() const { return read_small_file(root() + "/qdb/changes"); }
    void refuse(std::string_view what) const { root_.write("/qdb/refuse", what); }
    void forget_what_was_done() const
    {
        root_.write("/qdb/ran", "");
        root_.write("/qdb/changes", "");
    }

    // What is read, with the qube's own daemon.
    [[nodiscard]] QubeTable read(std::string_view part) const
    {
        const std::string file = root_.make_way("/read");
        does([&](TableStore& tables) {
            std::string text;
            for (const auto& [key, value] : tables.read(qube, part))
                text += key + '\0' + value + '\0';
            root_.write("/read", text);
        });
        return pairs_of(read_small_file(file, 1'000'000));
    }
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

TEST_CASE("qubesdb: what a table holds is read, byte for byte, in few runs", "[network]")
{
    const Machine machine;
    machine.does([](TableStore& tables) {
        tables.begin(qube);
        tables.write(qube, first);
        tables.set(qube, "/qubes-servicex", "beside");
    });
    machine.forget_what_was_done();
    CHECK(machine.read("/qubes-service") ==
          QubeTable{{"/qubes-service/cups", "1"}, {"/qubes-service/old", "1"}});
    CHECK(machine.read("/name") == QubeTable{{"/name", "work"}});
    CHECK(machine.read("/never/there").empty());
    CHECK(machine.ran() == "multiread work 1\nmultiread work 1\nmultiread work 1\n");
    QubeTable all = first;
    all["/qubes-servicex"] = "beside";
    CHECK(machine.read("") == all);
    CHECK(machine.outcome([](TableStore& tables) {
        static_cast<void>(tables.read(other, "/name")); // it has no daemon
    }) == Failure::failed);
}

TEST_CASE("qubesdb: no value makes keys of its own, nor passes for another value", "[network]")
{
    const Machine machine;
    const QubeTable hostile{{"/a/1", "x\n/a/forged = y"},
                            {"/a/2", "x\\x0a/a/forged = y"}, // shown as the one above
                            {"/a/3", "\n"},
                            {"/a/4", "\\x"},
                            {"/a/5", "\\x0"},
                            {"/a/6", "\\x41 \\x7f \\xZZ \\x9"},
                            {"/a/7", "tail\n\n"},
                            {"/a/8", " = "},
                            {"/a/9", "\x7f\xff\x80"}};
    machine.does([&](TableStore& tables) {
        tables.begin(qube);
        tables.write(qube, hostile);
    });
    machine.forget_what_was_done();
    CHECK(machine.read("/a") == hostile);
    CHECK(machine.ran() == "multiread work 1\nread work 1\nread work 1\nread work 1\n"
                           "read work 1\nread work 1\n");
}

TEST_CASE("qubesdb: a qube that puts much into its table costs little", "[network]")
{
    const Machine machine;
    machine.does([](TableStore& tables) { tables.begin(qube); });
    for (int i = 1000; i < 1100; ++i)
        std::ofstream{machine.root() + "/qdb/work/=a=" + std::to_string(i)} << "\n";
    for (int i = 1000; i < 1040; ++i)
        std::ofstream{machine.root() + "/qdb/work/=b=" + std::to_string(i)}
            << std::string(3000, 'v');
    for (const char* const name : {"=c=", "=c=..=x", "=c=~x", "=c"})
        std::ofstream{machine.root() + "/qdb/work/" + name} << "x";
    CHECK(machine.read("/a").size() == 64);
    const QubeTable long_ones = machine.read("/b");
    CHECK(long_ones.size() == 21);
    for (const auto& [key, value] : long_ones)
        CHECK(value == std::string(3000, 'v'));
    CHECK(machine.read("/c") == QubeTable{{"/c", "x"}});
}

TEST_CASE("qubesdb: roots are written after all that stands below them, in few runs", "[network]")
{
    const Machine machine;
    machine.does([](TableStore& tables) {
        tables.begin(qube);
        tables.publish(qube, two_trees);
    });
    CHECK(machine.ran() == "daemon 7 work\nrm work 2\nlist work 1\nlist work 1\n"
                           "write work 8\nwrite work 4\n");
    machine.forget_what_was_done();
    machine.does([](TableStore& tables) {
        tables.publish(qube, std::vector<TableTree>{{"/f/1", {{"/f/1/policy", "stop"}}},
                                                    {"/f/2", {{"/f/2/policy", "stop"}}}});
    });
    CHECK(machine.changes() == "rm work /f/1/\nrm work /f/2/\nwrite work /f/1/policy stop\n"
                               "write work /f/2/policy stop\nwrite work /f/1 \nwrite work /f/2 \n");
    CHECK(machine.ran() == "rm work 2\nwrite work 4\nwrite work 4\n");
    machine.forget_what_was_done();
    machine.does([](TableStore& tables) { tables.remove(qube, "/f/1"); });
    CHECK(machine.changes() == "rm work /f/1/policy\nrm work /f/1\n");
    CHECK(machine.table("work") == QubeTable{{"/f/2", ""}, {"/f/2/policy", "stop"}});
}

TEST_CASE("qubesdb: when one key is refused, no root is written", "[network]")
{
    const Machine machine;
    machine.does([](TableStore& tables) {
        tables.begin(qube);
        tables.publish(qube, two_trees);
    });
    const auto published = [&](std::string_view refused) {
        machine.refuse(refused);
        machine.forget_what_was_done();
        return machine.outcome([](TableStore& tables) { tables.publish(qube, two_trees); });
    };
    CHECK(published("rm /f/1/\n") == Failure::failed);
    CHECK(machine.changes() == "rm work /f/2/\n"); // one goes on after another that fails
    CHECK(published("write /f/1/0000\n") == Failure::failed);
    CHECK(machine.changes().find("write work /f/2/0000 go 2\n") != std::string::npos);
    CHECK(machine.changes().find("write work /f/1 ") == std::string::npos);
    CHECK(machine.changes().find("write work /f/2 ") == std::string::npos);
    CHECK(published("write /f/2\n") == Failure::failed);
    CHECK(published("write none\n") == std::nullopt);

    // What it would not take is found out before anything goes.
    machine.forget_what_was_done();
    for (const TableTree& tree :
         {TableTree{"/f/1", {{"/f/1/0000", std::string(3072, 'v')}}},
          TableTree{"/f/1", {{"/f/1/0000", std::string{"a\0b", 3}}}},
          TableTree{"/f/1", {{"/f/1/" + std::string(63, 'k'), ""}}}, TableTree{"/f/1/", {}}})
        CHECK(machine.outcome([&](TableStore& tables) {
            tables.publish(qube, {&tree, 1});
        }) != std::nullopt);
    CHECK(machine.ran().empty());
}

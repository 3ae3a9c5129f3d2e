// SPDX-License-Identifier: GPL-2.0-or-later
//
// Keys of a table, and what others may have put into it, lead nowhere else.

#include "support/catch.hpp"
#include "table_machine.hpp"

#include <random>

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("hypervisor.md 54: keys over 63 bytes, and those that lead elsewhere, are refused",
          "[network]")
{
    const Machine machine;
    REQUIRE(machine.does([](TableStore& tables) { tables.write(other, {{"/name", "other"}}); }));
    const QubeTable before = machine.surroundings();
    const std::vector<std::string> hostile{"",
                                           "/",
                                           "name",
                                           "//",
                                           "/name/",
                                           "//name",
                                           "/a//b",
                                           "/.",
                                           "/..",
                                           "/../" + other.uuid.text() + "/name",
                                           "/a/../b",
                                           "/a/..",
                                           "/./a",
                                           "../a",
                                           "/~a",
                                           "/a/~b",
                                           std::string{"/a\0/../b", 8},
                                           "/" + std::string(63, 'k'),
                                           "/" + std::string(5000, 'k')};
    for (const std::string& key : hostile) {
        INFO(key);
        const auto refuses = [&](auto work) {
            return machine.root().run([&] {
                return failure_of([&] { work(*directory_tables()); }) == Failure::internal;
            });
        };
        CHECK(refuses([&](TableStore& tables) { tables.set(qube, key, "x"); }));
        CHECK(refuses([&](TableStore& tables) { tables.remove(qube, key); }));
        CHECK(refuses([&](TableStore& tables) { tables.write(qube, {{key, "x"}}); }));
    }
    CHECK(machine.files().empty());
    CHECK(machine.surroundings() == before);
    const std::string longest = "/" + std::string(62, 'k');
    REQUIRE(machine.does([&](TableStore& tables) { tables.set(qube, longest, "x"); }));
    CHECK(machine.files() == QubeTable{{longest, "x"}});
}

TEST_CASE("table store: whatever a key is, nothing outside of the table changes", "[network]")
{
    const Machine machine;
    REQUIRE(machine.does([](TableStore& tables) { tables.write(other, {{"/name", "other"}}); }));
    const QubeTable before = machine.surroundings();
    REQUIRE(machine.root().run([&] {
        const auto tables = directory_tables();
        std::mt19937 random{52}; // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
        constexpr std::string_view pieces[] = {"/", "/", "..", ".",  "a",
                                               "b", "~", " ",  "\n", "\xff"};
        int accepted = 0;
        for (int round = 0; round < 4000; ++round) {
            std::string key = "/";
            for (auto length = random() % 8; length > 0; --length)
                key += pieces[random() % std::size(pieces)];
            const auto kind = failure_of([&] { tables->set(qube, key, key); });
            const fs::path file = machine.table().string() + key;
            if (!kind) {
                ++accepted;
                if (!fs::is_regular_file(file) || content(file) != key ||
                    file.lexically_normal() != file)
                    return false;
            } else if (*kind != Failure::internal && *kind != Failure::failed) {
                return false;
            }
            if (failure_of([&] { tables->remove(qube, key); }) != (!kind ? std::nullopt : kind) &&
                kind != Failure::failed) // failed: a key above or below has the place
                return false;
        }
        return accepted > 400;
    }));
    CHECK(machine.surroundings() == before);
}

TEST_CASE("table store: links in a table are not followed", "[network]")
{
    const Machine machine;
    machine.root().write("/elsewhere/secret", "secret");
    const fs::path elsewhere = machine.root().make_way("/elsewhere/secret");
    REQUIRE(machine.does([](TableStore& tables) { tables.write(qube, {{"/name", "work"}}); }));
    fs::create_directory_symlink(elsewhere.parent_path(), machine.table() / "vm-config");
    fs::create_symlink(elsewhere, machine.table() / "qubes-ip");
    const auto kind_of = [&](auto work) {
        return machine.root().run(
            [&] { return failure_of([&] { work(*directory_tables()); }) == Failure::failed; });
    };
    CHECK(kind_of([](TableStore& tables) { tables.set(qube, "/vm-config/secret", "x"); }));
    CHECK(kind_of([](TableStore& tables) { tables.set(qube, "/vm-config/a/b", "x"); }));
    REQUIRE(machine.does([](TableStore& tables) {
        tables.remove(qube, "/vm-config/secret");
        tables.set(qube, "/qubes-ip", "10.137.0.4"); // takes the place of the link
    }));
    CHECK(content(elsewhere) == "secret");
    CHECK(machine.files() == QubeTable{{"/name", "work"},
                                       {"/qubes-ip", "10.137.0.4"},
                                       {"/vm-config", "(not a file)"}});
    REQUIRE(machine.does([](TableStore& tables) { tables.forget(qube); }));
    CHECK(content(elsewhere) == "secret");
    CHECK_FALSE(fs::exists(machine.table()));
    fs::create_directory_symlink(elsewhere.parent_path(), machine.table());
    CHECK(kind_of([](TableStore& tables) { tables.set(qube, "/secret", "x"); }));
    CHECK(content(elsewhere) == "secret");
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "lib/base/in_root.hpp"
#include "network/table_store.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <filesystem>
#include <fstream>
#include <random>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qmgmt;
using qmgmt::test::failure_of;
using qmgmt::test::Listener;
using qmgmt::test::Root;

namespace {

namespace fs = std::filesystem;

const Uuid qube = *Uuid::parse("5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04");
const Uuid other = *Uuid::parse("7d1b6d0e-55f1-4e2c-93b3-2f7c9c9c0e03");

std::string content(const fs::path& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

// A machine whose tables are in files, looked at from outside of the program.
class Machine {
public:
    explicit Machine(std::string_view where = "dir")
    {
        root_.write("/etc/qubes/mgmt.conf", "qubesdb = " + std::string{where} + "\n");
        home_ = root_.make_way("/run/qubes-mgmt/qdb");
    }

    [[nodiscard]] const Root& root() const { return root_; }
    [[nodiscard]] fs::path table(const Uuid& of = qube) const { return home_ / of.text(); }

    // What the program does, with the umask of a call; true when nothing was thrown.
    template<typename Work>
    [[nodiscard]] bool does(Work work) const
    {
        return root_.run([&] {
            ::umask(0077);
            work(*table_store(false));
            return true;
        });
    }

    // All files of a table, by their path in it; links and others are named, not followed.
    [[nodiscard]] QubeTable files(const Uuid& of = qube) const
    {
        QubeTable found;
        if (!fs::exists(table(of)))
            return found;
        for (const auto& entry : fs::recursive_directory_iterator{table(of)}) {
            const std::string key = entry.path().string().substr(table(of).string().size());
            if (entry.symlink_status().type() == fs::file_type::regular)
                found[key] = content(entry.path());
            else if (entry.symlink_status().type() != fs::file_type::directory)
                found[key] = "(not a file)";
        }
        return found;
    }

    // Everything below the root but the table.
    [[nodiscard]] QubeTable surroundings() const
    {
        QubeTable found;
        const fs::path top = home_.parent_path().parent_path().parent_path();
        for (auto at = fs::recursive_directory_iterator{top}; at != fs::end(at); ++at) {
            if (at->path() == table())
                at.disable_recursion_pending();
            else
                found[at->path()] = at->is_regular_file() ? content(at->path()) : "";
        }
        return found;
    }

private:
    Root root_;
    fs::path home_;
};

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
                                           "/../" + other.text() + "/name",
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
                return failure_of([&] { work(*table_store(false)); }) == Failure::internal;
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
        const auto tables = table_store(false);
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
            [&] { return failure_of([&] { work(*table_store(false)); }) == Failure::failed; });
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

TEST_CASE("table store: where tables live is configured", "[network]")
{
    const auto lives_in_files = [](const Machine& machine, bool on_xen) {
        REQUIRE(machine.root().run([&] {
            const auto tables = table_store(on_xen);
            tables->write(qube, first);
            tables->replace(qube, client_keys, {{"/connected-ips", ""}});
            tables->set(qube, "/name", "work");
            tables->remove(qube, "/connected-ips");
            return true;
        }));
        return machine.files() == first;
    };
    const auto refused = [](const Machine& machine, bool on_xen) {
        return machine.root().run([&] {
            return failure_of([&] { static_cast<void>(table_store(on_xen)); }) ==
                   Failure::unsupported;
        });
    };
    CHECK(lives_in_files(Machine{"auto"}, false));
    CHECK(lives_in_files(Machine{"dir"}, false));
    CHECK(lives_in_files(Machine{"dir"}, true));
    CHECK(lives_in_files(Machine{"no such word"}, false));
    for (const bool on_xen : {false, true}) {
        const Machine off{"off"};
        CHECK_FALSE(lives_in_files(off, on_xen));
        CHECK_FALSE(fs::exists(off.table()));
        CHECK(refused(Machine{"required"}, on_xen));
        CHECK(refused(Machine{"xenstore"}, on_xen));
    }
}

TEST_CASE("table store: without QubesDB on Xen nobody is told, which is logged once", "[network]")
{
    const Machine machine{"auto"};
    const Listener listener{machine.root().make_way("/run/systemd/journal/socket")};
    REQUIRE(machine.root().run([] {
        table_store(true)->write(qube, first);
        table_store(true)->set(qube, "/name", "work");
        table_store(true)->forget(qube);
        return true;
    }));
    CHECK_FALSE(fs::exists(machine.table()));
    const auto record = listener.next();
    REQUIRE(record);
    CHECK(record->find("qubes are not told of their network") != std::string::npos);
    CHECK_FALSE(listener.next());
}

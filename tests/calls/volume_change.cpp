// SPDX-License-Identifier: GPL-2.0-or-later
//
// Volumes of halted qubes: Snapshot, Revert, Extend, Resize and the settings.

#include "calls/disk_world.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr const char* images = "/var/lib/qm-lvm/appvms/work/";

struct Halted : DiskWorld {
    using DiskWorld::DiskWorld;

    [[nodiscard]] std::string image(const std::string& name = "private.img") const
    {
        return root.below(images + name);
    }
    // At the start of the image, without making it shorter.
    void put(const std::string& text, const std::string& name = "private.img") const
    {
        std::fstream file{image(name), std::ios::in | std::ios::out | std::ios::binary};
        REQUIRE(file.write(text.data(), static_cast<std::streamsize>(text.size())));
    }
    [[nodiscard]] std::string text(std::size_t length) const
    {
        std::string found(length, '\0');
        std::ifstream file{image(), std::ios::binary};
        REQUIRE(file.read(found.data(), static_cast<std::streamsize>(length)));
        return found;
    }
    [[nodiscard]] std::uint64_t size() const { return std::filesystem::file_size(image()); }
};

Ask on_private(const std::string& call, const std::string& payload = "")
{
    return {"work", "vm.volume." + call, "private", payload};
}

std::string with_keep(const std::string& keep)
{
    return with(store_text_on_files(), "vid=\"appvms/work/private\" revisions_to_keep=\"1\"",
                "vid=\"appvms/work/private\" revisions_to_keep=\"" + keep + "\"");
}

} // namespace

TEST_CASE("storage.md 58: Snapshot of a halted qube")
{
    const Halted world;
    world.gives(on_private("ListSnapshots"), "");
    world.gives(on_private("Snapshot"), "1");
    world.gives(on_private("Snapshot"), "2");
    world.gives(on_private("ListSnapshots"), "1\n2\n");
    world.gives({"dom0", "pool.volume.ListSnapshots", "lvm", "appvms/work/private"}, "1\n2\n");
}

TEST_CASE("storage.md 59: what keeps no snapshots")
{
    const Halted world;
    for (const char* const role : {"root", "volatile", "kernel"})
        world.fails_cleanly({"work", "vm.volume.Snapshot", role}, failure::unsupported);
    for (const char* const keep : {"0", "-1"}) {
        const Halted without{with_keep(keep)};
        without.fails_cleanly(on_private("Snapshot"), failure::storage);
    }
}

TEST_CASE("storage.md 61: Revert keeps both states")
{
    const Halted world;
    world.put("first");
    world.gives(on_private("Snapshot"), "1");
    world.put("later");
    world.gives(on_private("Revert", "1"), "");
    CHECK(world.text(5) == "first");
    world.gives(on_private("ListSnapshots"), "1\n2\n");
    world.gives({"dom0", "pool.volume.Revert", "lvm:appvms/work/private", "2\n"}, "");
    CHECK(world.text(5) == "later");
    world.gives(on_private("ListSnapshots"), "1\n2\n3\n");
}

TEST_CASE("storage.md 62: what cannot be reverted to")
{
    const Halted world;
    world.fails_cleanly(on_private("Revert", "9"), failure::revision_not_found);
    for (const std::string& id : {std::string{"a/b"}, std::string{}, std::string{"1\n\n"},
                                  std::string{"1 2"}, std::string(65, '1')})
        world.fails_cleanly(on_private("Revert", id), failure::protocol);
    world.fails_cleanly({"work", "vm.volume.Revert", "root", "1"}, failure::unsupported);
    world.fails_cleanly({"work", "vm.volume.Revert", "nosuch", "1"}, failure::volume_not_found);
}

TEST_CASE("storage.md 63: Revert of what a crash left running commits it first")
{
    const Halted world;
    world.put("before");
    world.gives(on_private("Snapshot"), "1");
    world.root.write(std::string{images} + "private-dirty.img", "uncommitted");
    std::filesystem::resize_file(world.image("private-dirty.img"), world.size());
    world.gives(on_private("Revert", "1"), "");
    CHECK(world.text(6) == "before");
    CHECK_FALSE(std::filesystem::exists(world.image("private-dirty.img")));
    // the state before the run was 1 already; what the run wrote is the newest
    world.gives(on_private("ListSnapshots"), "1\n2\n");
    world.gives(on_private("Revert", "2"), "");
    CHECK(world.text(11) == "uncommitted");
}

TEST_CASE("storage.md 64 65: Extend")
{
    const Halted world;
    world.put("data");
    world.changes(on_private("Extend", "6442450944"), {{"work", "volume-config", "private"}},
                  "6442450944");
    CHECK(world.size() == 6442450944);
    CHECK(world.text(4) == "data");
    CHECK(world.view().volume("work", "private", "size") == "6442450944");
    CHECK(world.reply(on_private("Info")).find("\nsize=6442450944\n") != std::string::npos);
    const auto before = identity_of(world.image());
    world.gives(on_private("Extend", "6442450944"), "6442450944");
    CHECK(identity_of(world.image()) == before);
    world.fails_cleanly(on_private("Extend", "6442450943"), failure::storage);
    world.gives(on_private("Resize", "6442450945"), "");
    CHECK(world.size() == 6442451456); // whole sectors
    CHECK(world.view().volume("work", "private", "size") == "6442451456");
}

TEST_CASE(
    "Revert to a state of another size, Extend and Snapshot put the image's size in the store")
{
    const Halted world;
    world.put("first");
    world.gives(on_private("Snapshot"), "1");
    world.gives(on_private("Extend", "6442450944"), "6442450944");
    world.gives(on_private("Revert", "1"), "");
    CHECK(world.size() == 5368709120);
    CHECK(world.view().volume("work", "private", "size") == "5368709120");

    // As after a verb that was killed when the image had changed.
    std::filesystem::resize_file(world.image(), 6442450944);
    world.gives(on_private("Extend", "6442450944"), "6442450944");
    CHECK(world.view().volume("work", "private", "size") == "6442450944");
    std::filesystem::resize_file(world.image(), 7516192768);
    static_cast<void>(world.reply(on_private("Snapshot")));
    CHECK(world.view().volume("work", "private", "size") == "7516192768");
}

TEST_CASE("storage.md 66: sizes that are none, and none that can be")
{
    const Halted world;
    for (const char* const call : {"Extend", "Resize"}) {
        for (const char* const size : {"-1", "01", "1e9", " 5", "5 ", "10000000000000000000",
                                       "no-int", "9223372036854775808", "+1", "6442450944\n\n"})
            world.fails_cleanly(on_private(call, size), failure::protocol);
        world.fails_cleanly(on_private(call, "0"), failure::storage);
        world.fails_cleanly(on_private(call, "9223372036854775807"), failure::storage);
    }
}

TEST_CASE("storage.md 67: Extend without a size tells it")
{
    const Halted world;
    world.gives(on_private("Extend"), "5368709120");
    world.gives({"dom0", "pool.volume.Extend", "lvm", "appvms/work/private"}, "5368709120");
    world.gives({"dom0", "pool.volume.Extend", "lvm:appvms/work/private"}, "5368709120");
    world.fails(on_private("Resize"), failure::protocol);
    world.fails({"dom0", "pool.volume.Resize", "lvm", "appvms/work/private"}, failure::protocol);
}

TEST_CASE("storage.md 68: Extend of a kernel and of what is read-only")
{
    const Halted world{with(store_text_on_files(),
                            "vid=\"appvms/work/private\" revisions_to_keep=\"1\" rw=\"True\"",
                            "vid=\"appvms/work/private\" revisions_to_keep=\"1\" rw=\"False\"")};
    world.fails_cleanly({"work", "vm.volume.Extend", "kernel", "1000000000"}, failure::unsupported);
    world.fails_cleanly(on_private("Extend", "6442450944"), failure::storage);
}

TEST_CASE("storage.md 72: Extend of a volume that is empty at each start")
{
    const Halted world;
    const auto before = world.files();
    world.changes({"work", "vm.volume.Extend", "volatile", "21474836480"},
                  {{"work", "volume-config", "volatile"}}, "21474836480");
    CHECK(world.files() == before);
    CHECK(world.view().volume("work", "volatile", "size") == "21474836480");
}

TEST_CASE("storage.md 93: revisions_to_keep")
{
    const Halted world;
    for (const char* const number : {"0", "5", "-1", "1\n"})
        world.gives(on_private("Set.revisions_to_keep", number), "");
    CHECK(world.view().volume("work", "private", "revisions_to_keep") == "1");
    for (const char* const number : {"-2", "100001"})
        world.fails_cleanly(on_private("Set.revisions_to_keep", number), failure::bad_value);
    for (const char* const number : {"x", "1.5", "", "--1"})
        world.fails_cleanly(on_private("Set.revisions_to_keep", number), failure::protocol);
    world.fails_cleanly({"work", "vm.volume.Set.revisions_to_keep", "kernel", "1"},
                        failure::bad_value);
    world.gives({"work", "vm.volume.Set.revisions_to_keep", "kernel", "0"}, "");
}

TEST_CASE("vm.volume.Set.rw and Set.ephemeral")
{
    const Halted world;
    for (const char* const truth : {"True", "yes", "ON", "1\n"})
        world.gives({"work", "vm.volume.Set.rw", "root", truth}, "");
    CHECK(world.view().volume("work", "root", "rw") == "True");
    world.gives({"work", "vm.volume.Set.rw", "root", "off"}, "");
    CHECK(world.view().volume("work", "root", "rw") == "False");
    world.fails_cleanly({"work", "vm.volume.Set.rw", "root", "maybe"}, failure::protocol);
    world.fails_cleanly({"work", "vm.volume.Set.rw", "kernel", "True"}, failure::bad_value);
    world.gives({"work", "vm.volume.Set.rw", "kernel", "False"}, "");
    world.gives({"work", "vm.volume.Set.ephemeral", "volatile", "True"}, "");
    CHECK(world.view().text().find("snap_on_start=\"False\" ephemeral=\"True\" "
                                   "size=\"10737418240\"") != std::string::npos);
    for (const char* const role : {"root", "private", "kernel"})
        world.fails_cleanly({"work", "vm.volume.Set.ephemeral", role, "True"}, failure::bad_value);
}

TEST_CASE("a volume that a qube has by its class alone is written out when it is changed")
{
    std::string store = store_text_on_files();
    const std::string line =
        "        <volume name=\"private\" pool=\"lvm\" vid=\"appvms/work/private\" "
        "revisions_to_keep=\"1\" rw=\"True\" save_on_stop=\"True\" snap_on_start=\"False\" "
        "size=\"5368709120\"/>\n";
    const Halted world{with(std::move(store), line, "")};
    world.root.write(std::string{images} + "private.img", "");
    std::filesystem::resize_file(world.image(), 2147483648);
    world.changes(on_private("Extend", "4294967296"), {{"work", "volume-config", "private"}},
                  "4294967296");
    CHECK(world.view().volume("work", "private", "vid") == "appvms/work/private");
    CHECK(world.view().volume("work", "private", "size") == "4294967296");
    CHECK(world.size() == 4294967296);
}

TEST_CASE("protocol.md I18: Revert without input")
{
    const Halted world;
    const Outcome outcome = run_call(world.root, on_private("Revert"));
    check_refusal(outcome, "mgmt.vm.volume.Revert", Failure::protocol);
    CHECK(outcome.err == "mgmt.vm.volume.Revert: protocol: expected a payload\n");
}

TEST_CASE("protocol.md F17: a qube cannot tell an unknown volume from a forbidden one")
{
    const Halted world;
    world.root.write("/var/lib/qm-lvm/appvms/gone/private.img", "x");
    const auto answer = [&](const std::string& vid) {
        return run_call(world.root, {"dom0", "pool.volume.Snapshot", "lvm", vid, "mgr"});
    };
    const Outcome unknown = answer("appvms/none/private");
    const Outcome forbidden = answer("appvms/gone/private"); // nobody has it
    CHECK(unknown.status == static_cast<int>(Failure::denied));
    CHECK(forbidden.status == unknown.status);
    CHECK(forbidden.out == unknown.out);
}

TEST_CASE("protocol.md F18 F19: Extend tells a size, and takes none with a zero in front")
{
    const Halted world;
    const auto before = world.files();
    world.gives({"sys-net", "vm.volume.Extend", "private"}, "2147483648");
    CHECK(world.files() == before);
    world.fails_cleanly({"sys-net", "vm.volume.Extend", "private", "0100"}, failure::protocol);
}

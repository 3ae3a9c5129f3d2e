// SPDX-License-Identifier: GPL-2.0-or-later
//
// Restores that others, the disk or the caller get in the way of: they leave nothing, and what
// others have made stays theirs.

#include "calls/restore_world.hpp"
#include "lib/backup/restore/metadata_text.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <csignal>
#include <filesystem>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::chrono::milliseconds moment{20};
constexpr int most_moments = 500;

template<typename Condition>
bool becomes_true(Condition condition)
{
    for (int i = 0; i < most_moments && !condition(); ++i)
        std::this_thread::sleep_for(moment);
    return condition();
}

const std::string& archive()
{
    static const std::string bytes = [] {
        ArchiveParts parts = four_qubes();
        parts.chunk_size = 262'144;
        parts.compression = Compression::none;
        return parts.bytes();
    }();
    return bytes;
}

bool has_intent(const RestoreWorld& world, const std::string& qube)
{
    return world.root.exists("/var/lib/qubes-mgmt/intent/" + qube);
}

// A restore that has read the first half of its archive and waits for the rest.
class Halfway {
public:
    explicit Halfway(const RestoreWorld& world, const std::string& options = "")
        : call_{remote_command(world.root, restore_nightly)}
    {
        const std::string input = with_options(archive(), options);
        half_ = input.size() / 2;
        rest_ = input.substr(half_);
        REQUIRE(call_.send(std::string_view{input}.substr(0, half_)));
        REQUIRE(becomes_true(
            [&] { return world.root.exists("/var/lib/qm-lvm/vm-templates/deb/root.img"); }));
    }

    Outcome go_on()
    {
        static_cast<void>(call_.send(rest_));
        return call_.finish();
    }
    Outcome stop(int signal)
    {
        ::kill(call_.process().pid(), signal);
        return call_.process().finish(std::chrono::seconds{10});
    }
    Outcome cut() { return call_.finish(); }
    [[nodiscard]] const Streaming& stream() const { return call_; }

private:
    Streaming call_;
    std::size_t half_ = 0;
    std::string rest_;
};

struct Before {
    explicit Before(const RestoreWorld& world)
        : world_{world}, store_{world.root.store()}, disks_{world.disks()}
    {
    }
    // As it was, and no intent.
    void check() const
    {
        const bool same_store = world_.root.store() == store_;
        const bool same_disks = world_.disks() == disks_;
        CHECK(same_store);
        CHECK(same_disks);
    }

private:
    const RestoreWorld& world_;
    std::string store_;
    std::map<std::string, std::string> disks_;
};

} // namespace

TEST_CASE("backup.Restore: nobody sees a qube before all of them are there", "[calls]")
{
    const RestoreWorld world;
    const std::string store = world.root.store();
    Halfway restore{world};
    CHECK(world.root.store() == store);
    for (const char* name : {"deb", "office", "solo", "disp9"})
        CHECK(has_intent(world, name));
    // What others make meanwhile is theirs.
    world.changes({"dom0", "vm.Create.AppVM", "fedora-25", "name=other label=red"},
                  {{.qube = "other"}});
    const Outcome outcome = restore.go_on();
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == 0);
    CHECK(world.view().domain("office") != nullptr);
    CHECK(world.view().domain("other") != nullptr);
}

TEST_CASE("backup.Restore: told to stop, or cut off, it takes everything back", "[calls]")
{
    const RestoreWorld world;
    const Before before{world};
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        INFO("signal " << signal);
        Halfway restore{world};
        const auto begin = std::chrono::steady_clock::now();
        const Outcome outcome = restore.stop(signal);
        CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{5});
        CHECK(outcome.status == static_cast<int>(Failure::cancelled));
        CHECK(outcome.err.find("cancelled: ") != std::string::npos);
        before.check();
    }
    Halfway restore{world};
    const Outcome outcome = restore.cut();
    CHECK(outcome.status == static_cast<int>(Failure::failed));
    CHECK(outcome.err.find("truncated-archive: ") != std::string::npos);
    before.check();
}

TEST_CASE("backup.Restore: a caller that sends nothing more is waited for as long as it said",
          "[calls]")
{
    const RestoreWorld world;
    const Before before{world};
    Streaming call{
        local_command(world.root, "mgmt.backup.Restore", {"--timeout", "1.5", "nightly"})};
    REQUIRE(call.send(std::string_view{archive()}.substr(0, archive().size() / 2)));
    const Outcome outcome = call.process().finish(std::chrono::seconds{30});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == static_cast<int>(Failure::timeout));
    before.check();
}

TEST_CASE("backup.md 63: a name cannot be taken while it is restored, and is never overwritten",
          "[calls]")
{
    const RestoreWorld world;
    SECTION("by a call, which waits for it in vain")
    {
        Halfway restore{world};
        const Outcome taken = run_local(world.root, "mgmt.vm.Create.AppVM",
                                        {"--timeout", "0.5", "fedora-25"}, "name=office label=red");
        CHECK(taken.status == static_cast<int>(Failure::busy));
        const Outcome outcome = restore.go_on();
        CHECK(outcome.status == 0);
        CHECK(world.view().property("office", "label") == "green");
    }
    SECTION("by a call that comes first: the rule for conflicts is applied")
    {
        static_cast<void>(
            world.reply({"dom0", "vm.Create.AppVM", "fedora-25", "name=office label=red"}));
        const auto lines = world.restores(archive(), "on-conflict=rename\n");
        CHECK(lines[2].starts_with("vm name=office as=office-1 result=restored"));
        CHECK(world.view().property("office", "label") == "red");
    }
    SECTION("by somebody who asks no lock")
    {
        Halfway restore{world};
        const std::string mine = with(world.root.store(), "<property name=\"name\">mgr</property>",
                                      "<property name=\"name\">office</property>");
        world.root.set_store(mine);
        const Outcome outcome = restore.go_on();
        INFO(outcome.out << outcome.err);
        CHECK(outcome.status == static_cast<int>(Failure::in_use));
        CHECK(outcome.err.find("name-conflict: ") != std::string::npos);
        const bool same = world.root.store() == mine;
        CHECK(same);
        CHECK_FALSE(world.root.exists("/var/lib/qm-lvm/vm-templates/deb"));
        CHECK(std::filesystem::is_empty(world.root.below("/var/lib/qubes-mgmt/intent")));
    }
}

TEST_CASE("backup.Restore: what it is based on may change only so far", "[calls]")
{
    const RestoreWorld world;
    SECTION("a label that goes is replaced, a netvm that goes is none")
    {
        Halfway restore{world};
        std::string text = world.root.store();
        text = with(std::move(text), "color=\"0x73d216\">green<", "color=\"0x73d216\">lime<");
        text = with(std::move(text), "<property name=\"label\">green</property>",
                    "<property name=\"label\">lime</property>");
        world.root.set_store(text);
        const Outcome outcome = restore.go_on();
        INFO(outcome.out << outcome.err);
        CHECK(outcome.status == 0);
        CHECK(outcome.out.find("label-replaced") != std::string::npos);
        CHECK(world.view().property("office", "label") == "red");
    }
    SECTION("two restores at once")
    {
        Halfway restore{world};
        const Outcome second = world.restore(archive());
        CHECK(second.status == static_cast<int>(Failure::in_use));
        CHECK(second.err.find("already-running: ") != std::string::npos);
        CHECK(restore.go_on().status == 0);
    }
}

TEST_CASE("backup.Restore: killed in the middle, the next call clears up", "[calls]")
{
    const RestoreWorld world;
    const std::string store = world.root.store();
    const auto before = world.disks();
    Halfway restore{world};
    CHECK(restore.stop(SIGKILL).status == 128 + SIGKILL);
    CHECK(has_intent(world, "deb"));
    CHECK(world.root.store() == store);
    static_cast<void>(world.reply({"work", "vm.tag.Set", "t1"}));
    const auto after = world.disks();
    CHECK_FALSE(after.contains("/var/lib/qm-lvm/vm-templates/deb/root.img"));
    CHECK_FALSE(has_intent(world, "deb"));
    CHECK_FALSE(world.root.exists("/var/lib/qubes/vm-templates/deb"));
    CHECK(world.restores(archive()).back() == "end result=ok");
}

TEST_CASE("backup.md 62: a pool that runs full leaves nothing behind", "[calls]")
{
    const RestoreWorld world;
    if (!mount_memory(world.root.below("/var/lib/qm-lvm"), "516m"))
        return; // a pool keeps 512 MiB free
    const std::string store = world.root.store();
    ArchiveParts parts = four_qubes();
    parts.compression = Compression::none;
    SECTION("as the backup says, it cannot take all")
    {
        std::string much = parts.domains;
        for (auto at = much.find(">1000000<"); at != std::string::npos; at = much.find(">1000000<"))
            much.replace(at, 9, ">200000000<");
        parts.domains = much;
        const Outcome outcome = world.restore(parts.bytes());
        INFO(outcome.out << outcome.err);
        CHECK(outcome.status == static_cast<int>(Failure::resources));
        CHECK(outcome.err.find("no-space: ") != std::string::npos);
    }
    SECTION("it is full in the middle")
    {
        std::string little = parts.domains;
        for (auto at = little.find(">1000000<"); at != std::string::npos;
             at = little.find(">1000000<"))
            little.replace(at, 9, ">1<");
        parts.domains = little;
        parts.images[2].second = noise(4'190'208, 2); // as large as its volume may be
        const Outcome outcome = world.restore(parts.bytes());
        INFO(outcome.out << outcome.err);
        CHECK(outcome.status == static_cast<int>(Failure::resources));
        CHECK(outcome.err.find("no-space: ") != std::string::npos);
    }
    const bool same = world.root.store() == store;
    CHECK(same);
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator{world.root.below("/var/lib/qm-lvm")})
        CHECK_FALSE(entry.is_regular_file());
    CHECK(std::filesystem::is_empty(world.root.below("/var/lib/qubes-mgmt/intent")));
    CHECK_FALSE(world.root.exists("/var/lib/qubes/vm-templates/deb"));
}

TEST_CASE(
    "backup.md 64: Verify needs nothing of the host and changes nothing, also where the qubes "
    "are there",
    "[calls]")
{
    const RestoreWorld world;
    static_cast<void>(world.restores(archive()));
    // One of them runs, as far as the disks show it.
    const std::string running = "/var/lib/qm-lvm/appvms/office/private-dirty.img";
    world.root.write(running, "in use");
    const auto times = [&] {
        std::map<std::string, std::string> found;
        for (const auto& [path, facts] : world.disks())
            if (facts != "directory")
                found.emplace(path, identity_of(world.root.below(path)));
        return found;
    };
    const auto before = world.disks();
    const auto before_times = times();
    const Outcome outcome = world.verify(archive());
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == 0);
    const auto lines = lines_of(outcome.out);
    REQUIRE(lines.size() == 6);
    CHECK(lines[0].ends_with(" vms=4 bytes=" + std::to_string(archive().size()) + " manifest=yes"));
    CHECK(lines[1] == "vm name=deb as=deb result=verified");
    CHECK(lines[2] == "vm name=office as=office result=verified");
    CHECK(lines[5] == "end result=ok");
    CHECK(world.restore(archive(), "verify-only=yes\n").out == outcome.out);
    const bool same = world.disks() == before && times() == before_times;
    CHECK(same);
}

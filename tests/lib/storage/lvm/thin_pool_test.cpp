// SPDX-License-Identifier: GPL-2.0-or-later
//
// The commands that the driver gives to lvm, and what becomes of the group by them.

#include "model.hpp"
#include "state/named_lock.hpp"
#include "storage/lvm/program.hpp"
#include "storage/volume_lock.hpp"
#include "storage/volume_state.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/file_systems.hpp"

#include <filesystem>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using Names = std::set<std::string>;

const std::string clone_start =
    "lvcreate --setactivationskip=n --activate=y --type=thin --name=vg0/";
const std::string create_start = "lvcreate --thin --setactivationskip=n --activate=y --name=";

} // namespace

TEST_CASE("storage.md 2: vids of new volumes name group, qube and role", "[lvm]")
{
    LvmModel model;
    CHECK(model.pool.new_vid("appvms", "app1", "private") == "vg0/vm-app1-private");
    CHECK(model.pool.path(thin_private()) == on_disk("/dev/mapper/vg0-vm--app1--private--snap"));
    CHECK(model.pool.path(thin_private(-1)) == on_disk("/dev/mapper/vg0-vm--app1--private"));
    CHECK(model.pool.path(thin_volatile()) == on_disk("/dev/mapper/vg0-vm--app1--volatile"));
}

TEST_CASE("storage.md 49: a start is one clone", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private");
    CHECK_FALSE(model.pool.is_started(thin_private()));
    CHECK(model.pool.start(thin_private()));
    const auto did = LvmModel::commands();
    CHECK(did.changes == Strings{clone_start + "vm-app1-private-snap -- vg0/vm-app1-private"});
    CHECK(did.reads == 1);
    CHECK(model.pool.is_started(thin_private()));
    CHECK_FALSE(model.pool.start(thin_private())); // dirty: nothing is made anew
    CHECK(LvmModel::commands().changes.empty());
}

TEST_CASE("lvm: the start of a qube reads the list once for all its volumes", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private");
    model.add("vm-t1-root");
    for (const Volume& volume : {thin_root_of_app1(), thin_private(), thin_volatile()}) {
        model.pool.verify(volume);
        CHECK_FALSE(model.pool.is_started(volume));
        CHECK(model.pool.start(volume));
    }
    const auto did = LvmModel::commands();
    CHECK(did.reads == 1);
    CHECK(did.changes ==
          Strings{clone_start + "vm-app1-root-snap -- vg0/vm-t1-root",
                  clone_start + "vm-app1-private-snap -- vg0/vm-app1-private",
                  create_start + "vm-app1-volatile --virtualsize=10737418240B -- vg0/tp"});
    for (const Volume& volume : {thin_root_of_app1(), thin_private(), thin_volatile()})
        model.pool.stop(volume);
    CHECK(LvmModel::commands().reads == 0);
    CHECK(LvmModel::volumes() ==
          Names{"vm-app1-private", "vm-app1-private-1700000000-back", "vm-t1-root"});
}

TEST_CASE("lvm: what another process changes is seen, and nothing is read twice without", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private");
    CHECK_FALSE(model.pool.is_started(thin_private()));
    CHECK(model.pool.revisions(thin_private()).empty());
    CHECK(LvmModel::commands().reads == 1);
    ThinPool other{{"lp", "lvm_thin", {{"volume_group", "vg0"}, {"thin_pool", "tp"}}},
                   [] { return std::uint64_t{5}; }};
    CHECK(other.snapshot(thin_private()) == "5-back");
    CHECK(model.pool.revisions(thin_private()) == Strings{"5-back"});
    CHECK(LvmModel::commands().reads == 2);
}

TEST_CASE("storage.md 50: a stop is two renames, then the removal of what is superfluous", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private");
    model.add("vm-app1-private-snap", {{"origin", "vm-app1-private"}});
    model.add("vm-app1-private-999-back");
    model.add("vm-app1-private-1000-back");
    model.pool.stop(thin_private());
    CHECK(LvmModel::commands().changes ==
          Strings{"lvrename -- vg0/vm-app1-private vg0/vm-app1-private-1700000000-back",
                  "lvrename -- vg0/vm-app1-private-snap vg0/vm-app1-private",
                  "lvremove --force -- vg0/vm-app1-private-999-back "
                  "vg0/vm-app1-private-1000-back"});
    model.pool.stop(thin_private());
    CHECK(LvmModel::commands().changes.empty());
}

TEST_CASE("storage.md 51: an interrupted commit is completed", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private-snap");
    model.add("vm-app1-private-5-back");
    model.pool.stop(thin_private());
    CHECK(LvmModel::commands().changes ==
          Strings{"lvrename -- vg0/vm-app1-private-snap vg0/vm-app1-private"});
}

TEST_CASE("storage.md 52: without main volume the newest revision is the committed state", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private-1521065904-back", {{"size", "4194304"}});
    model.add("vm-app1-private-1521065905-back", {{"size", "8388608"}});
    CHECK(model.pool.facts(thin_private()).size == 8388608);
    model.pool.verify(thin_private());
    CHECK(model.pool.start(thin_private()));
    CHECK(LvmModel::commands().changes ==
          Strings{clone_start + "vm-app1-private-snap -- vg0/vm-app1-private-1521065905-back"});
}

TEST_CASE("storage.md 8 53: ids follow the newest, whatever the clock says, and sort as numbers",
          "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private");
    model.add("vm-app1-private-999-back");
    model.add("vm-app1-private-1000-back");
    CHECK(model.pool.revisions(thin_private()) == Strings{"999-back", "1000-back"});
    for (int cycle = 0; cycle < 2; ++cycle) {
        model.pool.start(thin_private(3));
        model.pool.stop(thin_private(3));
    }
    CHECK(model.pool.revisions(thin_private()) ==
          Strings{"1000-back", "1700000000-back", "1700000001-back"});
    model.now = 12; // the clock was set back
    CHECK(model.pool.snapshot(thin_private(3)) == "1700000002-back");
}

TEST_CASE("storage.md 54: usage of an inactive volume is unknown", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private", {{"size", "4194304"}, {"data", "50.00"}});
    CHECK(model.pool.facts(thin_private()).usage == 2097152);
    LvmModel::set("vm-app1-private", "data", "");
    ThinPool again{{"lp", "lvm_thin", {{"volume_group", "vg0"}, {"thin_pool", "tp"}}}};
    CHECK(again.facts(thin_private()).usage == 0);
    CHECK(again.facts(thin_private()).size == 4194304);
    CHECK(again.facts(thin_private()).writable);
}

TEST_CASE("storage.md 56: a bare group is never given to lvm", "[lvm]")
{
    LvmModel model;
    for (const char* name : {"vg0", "/vg0", "vg0/", "-f/x", ""}) {
        CHECK(failure_of([&] { lvm::remove("cannot", {"vg0/x", name}); }) == Failure::internal);
        CHECK(failure_of([&] { lvm::rename("cannot", "vg0/x", name); }) == Failure::internal);
    }
    const auto did = LvmModel::commands();
    CHECK((did.changes.empty() && did.reads == 0));
    Volume volume = thin_private();
    for (const char* vid : {"vg0", "vg1/vm-app1-private", "appvms/app1/private", "vg0/x-snap"}) {
        volume.vid = vid;
        CHECK(failure_of([&] { model.pool.remove(volume); }) == Failure::failed);
    }
    CHECK(LvmModel::commands().changes.empty());
}

TEST_CASE("storage.md 57: a name that lvm keeps for itself is refused before", "[lvm]")
{
    LvmModel model;
    Volume volume = thin_private();
    volume.vid = model.pool.new_vid("appvms", "x_tmeta", "private");
    std::string text;
    try {
        model.pool.create(volume);
    } catch (const Error& error) {
        CHECK(error.kind() == Failure::bad_value);
        text = error.text();
    }
    CHECK(text.find("'_tmeta'") != std::string::npos);
    CHECK(LvmModel::commands().reads == 0);
}

TEST_CASE("storage.md 30: volumes of the pool, no matter whose, but no parts of them", "[lvm]")
{
    LvmModel model;
    for (const char* name :
         {"vm-a-root", "swap", "root", "vm-a-root-snap", "vm-a-root-import", "vm-a-root-1-back"})
        model.add(name);
    model.add("elsewhere", {{"pool", "other"}});
    model.add("linear", {{"pool", ""}, {"attr", "-wi-a-----"}});
    CHECK(model.pool.list() == Strings{"vg0/root", "vg0/swap", "vg0/vm-a-root"});
}

TEST_CASE("storage.md 55: that volumes are larger than their pool is no news", "[lvm]")
{
    LvmModel model; // it warns with each lvcreate, as lvm does
    model.pool.create(thin_private());
    CHECK(LvmModel::volumes() == Names{"vm-app1-private"});
    LvmModel::refuse("lvcreate",
                     "Volume \x1b[31m exceeds the size of thin pool vg0/tp.\nIt is\tbad.");
    try {
        model.pool.start(thin_private());
        FAIL("started");
    } catch (const Error& error) {
        CHECK(error.type() == failure::storage);
        CHECK(error.text() == "cannot start 'lp:vg0/vm-app1-private': lvm refuses (lvcreate)");
        CHECK(error.detail().ends_with("exit code 5: It is_bad."));
    }
    LvmModel::refuse("lvcreate", "Cannot create new thin volume, free space in thin pool vg0/tp "
                                 "reached threshold.");
    CHECK(failure_of([&] { model.pool.start(thin_private()); }) == Failure::resources);
    CHECK(model.pool.start(thin_private()));
}

TEST_CASE("storage.md 70: sizes are whole extents, a volume never shrinks", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private");
    const std::string extend = "lvextend --size=4294967808B -- vg0/vm-app1-private";
    CHECK(model.pool.resize(thin_private(), 4294967297) == 4299161600);
    CHECK(LvmModel::commands().changes == Strings{extend});
    CHECK(LvmModel::fact("vm-app1-private", "size") == "4299161600");
    CHECK(model.pool.facts(thin_private()).size == 4299161600);
    CHECK(model.pool.resize(thin_private(), 4299161600) == 4299161600);
    CHECK(model.pool.resize(thin_private(), 1) == 4299161600);
    CHECK(LvmModel::commands().changes.empty());
    CHECK(failure_of([&] { model.pool.resize(thin_private(), std::uint64_t{1} << 60); }) ==
          Failure::failed);

    // of a running one both grow: the size survives a commit that never comes
    model.pool.start(thin_private());
    static_cast<void>(LvmModel::commands());
    CHECK(model.pool.resize(thin_private(), 8589934592) == 8589934592);
    CHECK(LvmModel::commands().changes ==
          Strings{"lvextend --size=8589934592B -- vg0/vm-app1-private-snap",
                  "lvextend --size=8589934592B -- vg0/vm-app1-private"});
}

TEST_CASE("lvm: growing to a size that another has given it is success", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private");
    CHECK(model.pool.facts(thin_private()).size == 2147483648);
    LvmModel::set("vm-app1-private", "size", "4294967296");
    CHECK(model.pool.resize(thin_private(), 4294967296) == 4294967296);
}

TEST_CASE("lvm: create and remove take everything an earlier volume left, and no other's", "[lvm]")
{
    LvmModel model;
    const Names others{"vm-app1-private-private", "vm-app1-private-private-1-back", "root"};
    for (const auto& name : others)
        model.add(name);
    const auto add_all = [&] {
        for (const char* end : {"", "-snap", "-import", "-7-back"})
            model.add(std::string{"vm-app1-private"} + end);
    };
    add_all();
    model.pool.create(thin_private());
    CHECK(LvmModel::commands().changes ==
          Strings{"lvremove --force -- vg0/vm-app1-private-snap vg0/vm-app1-private-import "
                  "vg0/vm-app1-private-7-back",
                  "lvremove --force -- vg0/vm-app1-private",
                  create_start + "vm-app1-private --virtualsize=2147483648B -- vg0/tp"});
    ThinPool again{{"lp", "lvm_thin", {{"volume_group", "vg0"}, {"thin_pool", "tp"}}}};
    again.remove(thin_private());
    CHECK(LvmModel::volumes() == others);
    again.remove(thin_private());
    CHECK(LvmModel::volumes() == others);

    add_all();
    ThinPool fails{{"lp", "lvm_thin", {{"volume_group", "vg0"}, {"thin_pool", "tp"}}}};
    LvmModel::refuse("lvremove");
    CHECK(failure_of([&] { fails.remove(thin_private()); }) == Failure::failed);
    CHECK(LvmModel::volumes().contains("vm-app1-private")); // it can be repeated
    fails.remove(thin_private());
    CHECK(LvmModel::volumes() == others);
}

TEST_CASE("lvm: a snapshot begins anew with each start and says when its source has changed",
          "[lvm]")
{
    LvmModel model;
    {
        ThinPool empty{{"lp", "lvm_thin", {{"volume_group", "vg0"}, {"thin_pool", "tp"}}}};
        CHECK(failure_of([&] { empty.verify(thin_root_of_app1()); }) == Failure::failed);
    }
    model.add("vm-t1-root", {{"size", "10737418240"}});
    CHECK(model.pool.facts(thin_root_of_app1()).size == 2147483648 * 5);
    model.pool.start(thin_root_of_app1());
    CHECK(model.pool.facts(thin_root_of_app1()).outdated == false);
    model.pool.start(thin_root_of_t1());
    CHECK(model.pool.facts(thin_root_of_app1()).outdated == false);
    model.pool.stop(thin_root_of_t1());
    CHECK(model.pool.facts(thin_root_of_app1()).outdated == true);
    ThinPool again{{"lp", "lvm_thin", {{"volume_group", "vg0"}, {"thin_pool", "tp"}}}};
    CHECK(again.facts(thin_root_of_app1()).outdated == true);
    static_cast<void>(LvmModel::commands());
    model.pool.start(thin_root_of_app1());
    CHECK(LvmModel::commands().changes ==
          Strings{"lvremove --force -- vg0/vm-app1-root-snap",
                  clone_start + "vm-app1-root-snap -- vg0/vm-t1-root"});
    CHECK(model.pool.facts(thin_root_of_app1()).outdated == false);
    model.pool.stop(thin_root_of_app1());
    CHECK_FALSE(LvmModel::volumes().contains("vm-app1-root-snap"));
}

TEST_CASE("lvm: a start that is taken back leaves the committed state alone", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private");
    model.add("vm-t1-root");
    for (const Volume& volume : {thin_private(), thin_root_of_app1(), thin_volatile()}) {
        model.pool.start(volume);
        model.pool.abort(volume);
    }
    CHECK(LvmModel::volumes() == Names{"vm-app1-private", "vm-t1-root"});
}

TEST_CASE("lvm: with snapshots disabled the qube gets the committed state itself", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private", {{"attr", "Vwi---tz--"}});
    model.add("vm-app1-private-7-back");
    CHECK(model.pool.start(thin_private(-1)));
    CHECK(LvmModel::commands().changes == Strings{"lvremove --force -- vg0/vm-app1-private-7-back",
                                                  "lvchange --activate=y -- vg0/vm-app1-private"});
    CHECK_FALSE(model.pool.is_started(thin_private(-1)));
    mark_volume_running("lp", "vg0/vm-app1-private", "app1");
    CHECK(model.pool.is_started(thin_private(-1)));
    CHECK(failure_of([&] { static_cast<void>(model.pool.open_committed(thin_private(-1))); }) ==
          Failure::failed);
    Volume other = thin_root_of_app1();
    other.source = thin_private().vid;
    CHECK(failure_of([&] { model.pool.start(other); }) == Failure::failed);
    model.pool.stop(thin_private(-1));
    CHECK(LvmModel::volumes() == Names{"vm-app1-private"});
}

TEST_CASE("storage.md 58 60: a snapshot keeps the state of the moment, and prunes nothing", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private");
    CHECK(model.pool.snapshot(thin_private()) == "1700000000-back");
    CHECK(model.pool.snapshot(thin_private()) == "1700000001-back");
    CHECK(LvmModel::fact("vm-app1-private-1700000001-back", "origin") == "vm-app1-private");
    model.pool.start(thin_private());
    CHECK(model.pool.snapshot(thin_private()) == "1700000002-back");
    CHECK(LvmModel::fact("vm-app1-private-1700000002-back", "origin") == "vm-app1-private-snap");
    CHECK(model.pool.revisions(thin_private()).size() == 3);
    model.pool.stop(thin_private());
    CHECK(model.pool.revisions(thin_private()) == Strings{"1700000003-back"});
}

TEST_CASE("lvm: a snapshot of a running volume is not taken for an interrupted commit's state",
          "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private-5-back", {{"size", "4194304"}});
    model.add("vm-app1-private-snap", {{"size", "8388608"}});
    CHECK(model.pool.snapshot(thin_private()) == "1700000000-back");
    CHECK(LvmModel::fact("vm-app1-private", "size") == "4194304");
    CHECK(LvmModel::fact("vm-app1-private-1700000000-back", "size") == "8388608");
}

TEST_CASE("storage.md 61 62: a revert keeps both the revision and the former state", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private", {{"size", "8388608"}});
    model.add("vm-app1-private-5-back", {{"size", "4194304"}});
    CHECK(exception_of([&] { model.pool.revert(thin_private(), "6-back"); }) ==
          failure::revision_not_found.exception);
    model.pool.revert(thin_private(), "5-back");
    CHECK(LvmModel::fact("vm-app1-private", "size") == "4194304");
    CHECK(LvmModel::fact("vm-app1-private-1700000000-back", "size") == "8388608");
    CHECK(model.pool.revisions(thin_private()) == Strings{"5-back", "1700000000-back"});
    // where the volume keeps none, none is added
    model.pool.revert(thin_private(0), "1700000000-back");
    CHECK(LvmModel::fact("vm-app1-private", "size") == "8388608");
    CHECK(model.pool.revisions(thin_private()) == Strings{"5-back", "1700000000-back"});
    model.pool.start(thin_private());
    CHECK(failure_of([&] { model.pool.revert(thin_private(), "5-back"); }) == Failure::failed);
}

TEST_CASE("lvm: a commit waits for who makes something of the committed state", "[lvm]")
{
    LvmModel model;
    model.add("vm-t1-root");
    model.add("vm-t1-root-snap");
    const auto name = commit_lock("lp", "vg0/vm-t1-root");
    {
        const auto reader =
            NamedLock::wait(name, LockMode::shared, Deadline::in(std::chrono::seconds{1}), "test");
        model.pool.start(thin_root_of_app1()); // shared, as it should be
        CHECK(LvmModel::volumes().contains("vm-app1-root-snap"));
    }
    LvmModel::refuse("lvrename -- vg0/vm-t1-root-snap");
    CHECK(failure_of([&] { model.pool.stop(thin_root_of_t1()); }) == Failure::failed);
    CHECK(NamedLock::try_lock(name, LockMode::exclusive, "test"));
    model.pool.stop(thin_root_of_t1());
    CHECK(LvmModel::volumes() ==
          Names{"vm-t1-root", "vm-t1-root-1700000000-back", "vm-app1-root-snap"});
}

TEST_CASE("lvm: a revision that cannot be removed costs a warning, not the commit", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private");
    model.add("vm-app1-private-snap");
    LvmModel::refuse("lvremove", "Logical volume vg0/vm-app1-private-1700000000-back in use.");
    model.pool.stop(thin_private(0));
    const auto warnings = model.pool.take_warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings.front().ends_with("a superfluous revision could not be removed, ignoring"));
    CHECK(LvmModel::volumes() == Names{"vm-app1-private", "vm-app1-private-1700000000-back"});
}

TEST_CASE("lvm: within a pool a volume takes the state of another without a copy", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private", {{"size", "4194304"}});
    model.add("vm-t1-root", {{"size", "8388608"}});
    CHECK(model.pool.share_committed(thin_private(), thin_root_of_t1()));
    CHECK(LvmModel::commands().changes ==
          Strings{clone_start + "vm-app1-private-import -- vg0/vm-t1-root",
                  "lvrename -- vg0/vm-app1-private vg0/vm-app1-private-1700000000-back",
                  "lvrename -- vg0/vm-app1-private-import vg0/vm-app1-private"});
    CHECK(LvmModel::fact("vm-app1-private", "size") == "8388608");
    CHECK(model.pool.facts(thin_private()).size == 8388608);
}

TEST_CASE("lvm: a qube has a copy of a committed state attached, which no list shows", "[lvm]")
{
    LvmModel model; // its nodes are files
    model.add("vm-app1-private");
    const std::string key = export_key("one");
    const std::string name = "vm-app1-private-" + key + "-snap";
    CHECK(failure_of([&] {
              static_cast<void>(model.pool.export_committed(thin_private(), key));
          }) == Failure::failed);
    CHECK(LvmModel::commands().changes == Strings{clone_start + name + " -- vg0/vm-app1-private"});
    CHECK(model.pool.exports(thin_private()) == Strings{key});
    CHECK(model.pool.list() == Strings{"vg0/vm-app1-private"});
    CHECK_FALSE(model.pool.is_started(thin_private()));
    // the volume commits, and the copy is what it was
    model.pool.start(thin_private());
    model.pool.stop(thin_private());
    CHECK(LvmModel::volumes() == Names{"vm-app1-private", "vm-app1-private-1700000000-back", name});
    static_cast<void>(LvmModel::commands());
    // asked again, it is made anew
    CHECK(failure_of([&] {
              static_cast<void>(model.pool.export_committed(thin_private(), key));
          }) == Failure::failed);
    CHECK(LvmModel::commands().changes == Strings{"lvremove --force -- vg0/" + name,
                                                  clone_start + name + " -- vg0/vm-app1-private"});
    model.pool.drop_export(thin_private(), key);
    model.pool.drop_export(thin_private(), key);
    CHECK(LvmModel::commands().changes == Strings{"lvremove --force -- vg0/" + name});
    CHECK(model.pool.exports(thin_private()).empty());
    CHECK_FALSE(model.pool.is_used_by_host(thin_private())); // no device

    CHECK(failure_of([&] {
              static_cast<void>(model.pool.export_committed(thin_private(), key));
          }) == Failure::failed);
    model.pool.remove(thin_private());
    CHECK(LvmModel::volumes().empty());
}

TEST_CASE("lvm: nothing is attached of what runs with snapshots disabled", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private");
    mark_volume_running("lp", "vg0/vm-app1-private", "app1");
    CHECK(failure_of([&] {
              static_cast<void>(model.pool.export_committed(thin_private(-1), export_key("one")));
          }) == Failure::failed);
    CHECK(LvmModel::commands().changes.empty());
    clear_volume_running("lp", "vg0/vm-app1-private");
}

TEST_CASE("lvm: the state of a running qube is a thin snapshot of its running copy", "[lvm]")
{
    LvmModel model; // its nodes are files
    model.add("vm-app1-private");
    const std::string key = export_key("run");
    const std::string name = "vm-app1-private-" + key + "-snap";
    const auto keep = [&](const Volume& volume) {
        CHECK(failure_of([&] { static_cast<void>(model.pool.export_live(volume, key)); }) ==
              Failure::failed); // no device
        auto changes = LvmModel::commands().changes;
        model.pool.drop_export(volume, key);
        CHECK(LvmModel::commands().changes == Strings{"lvremove --force -- vg0/" + name});
        return changes;
    };
    CHECK(keep(thin_private()) == Strings{clone_start + name + " -- vg0/vm-app1-private"});
    model.pool.start(thin_private());
    static_cast<void>(LvmModel::commands());
    CHECK(keep(thin_private()) == Strings{clone_start + name + " -- vg0/vm-app1-private-snap"});
    model.pool.stop(thin_private());
    static_cast<void>(LvmModel::commands());
    // it runs on the committed state itself
    mark_volume_running("lp", "vg0/vm-app1-private", "app1");
    CHECK(keep(thin_private(-1)) == Strings{clone_start + name + " -- vg0/vm-app1-private"});
    clear_volume_running("lp", "vg0/vm-app1-private");
}

TEST_CASE("lvm: an import takes no file in place of its device, and leaves nothing", "[lvm]")
{
    LvmModel model; // its nodes are files
    model.add("vm-app1-private");
    model.add("vm-app1-private-import");
    CHECK(failure_of([&] {
              static_cast<void>(model.pool.begin_import(thin_private(), 4294967296));
          }) == Failure::failed);
    CHECK(LvmModel::commands().changes ==
          Strings{"lvremove --force -- vg0/vm-app1-private-import",
                  create_start + "vm-app1-private-import --virtualsize=4294967296B -- vg0/tp",
                  "lvremove --force -- vg0/vm-app1-private-import"});
    CHECK(failure_of([&] { static_cast<void>(model.pool.open_committed(thin_private())); }) ==
          Failure::failed);
    model.pool.start(thin_private());
    CHECK(failure_of([&] { static_cast<void>(model.pool.block_path(thin_private())); }) ==
          Failure::failed);
    CHECK(failure_of([&] { static_cast<void>(model.pool.begin_import(thin_private(), 1)); }) ==
          Failure::failed);
}

TEST_CASE("lvm: nothing grows in a pool that is nearly full, what frees room goes on", "[lvm]")
{
    LvmModel model;
    model.add("vm-app1-private");
    model.add("vm-t1-root");
    model.add("vm-t1-root-snap");
    model.pool.check_room();
    const auto [fact, value] = GENERATE(std::pair{"data", "98.00"}, std::pair{"meta", "95.00"});
    LvmModel::set("tp", fact, value);
    ThinPool pool{{"lp", "lvm_thin", {{"volume_group", "vg0"}, {"thin_pool", "tp"}}}};
    const auto refused = [&](const std::function<void()>& verb) {
        return failure_of(verb) == Failure::resources;
    };
    CHECK(refused([&] { model.pool.check_room(); }));
    CHECK(refused([&] { pool.check_room(); }));
    CHECK(refused([&] { pool.start(thin_private()); }));
    CHECK(refused([&] { pool.start(thin_root_of_app1()); }));
    CHECK(refused([&] { pool.start(thin_volatile()); }));
    CHECK(refused([&] { static_cast<void>(pool.snapshot(thin_private())); }));
    CHECK(refused([&] { static_cast<void>(pool.begin_import(thin_private(), 1)); }));
    CHECK(refused(
        [&] { static_cast<void>(pool.share_committed(thin_private(), thin_root_of_t1())); }));
    CHECK(LvmModel::volumes() == Names{"vm-app1-private", "vm-t1-root", "vm-t1-root-snap"});
    pool.stop(thin_root_of_t1());
    pool.remove(thin_private());
    CHECK(LvmModel::volumes().contains("vm-t1-root"));
    CHECK_FALSE(LvmModel::volumes().contains("vm-t1-root-snap"));
    CHECK_FALSE(LvmModel::volumes().contains("vm-app1-private"));
}

TEST_CASE("lvm: the pool tells its size and usage, those of its metadata too", "[lvm]")
{
    LvmModel model;
    const auto usage = model.pool.usage();
    REQUIRE(usage);
    CHECK(usage->size == std::uint64_t{100} << 30);
    CHECK(usage->usage == (std::uint64_t{10} << 30));
    CHECK(usage->metadata_size == 67108864);
    CHECK(usage->metadata_usage == 67108864 / 10000 * 550 + 67108864 % 10000 * 550 / 10000);
    ThinPool nowhere{{"x", "lvm_thin", {{"volume_group", "vg9"}, {"thin_pool", "tp"}}}};
    CHECK_FALSE(nowhere.usage());
}

TEST_CASE("lvm: a new pool must be a thin pool that is there", "[lvm]")
{
    LvmModel model;
    model.add("linear", {{"attr", "-wi-a-----"}});
    CHECK(model.pool.set_up(true).empty());
    model.pool.take_back({});
    for (const auto& [group, pool] : {std::pair{"vg0", "linear"}, {"vg0", "no"}, {"vg9", "tp"}}) {
        ThinPool other{{"x", "lvm_thin", {{"volume_group", group}, {"thin_pool", pool}}}};
        CHECK(failure_of([&] { static_cast<void>(other.set_up(true)); }) == Failure::failed);
    }
    const auto open = [](std::map<std::string, std::string> options) {
        return failure_of([&] { static_cast<void>(open_pool({"x", "lvm_thin", options})); });
    };
    CHECK_FALSE(open({{"volume_group", "vg0"}, {"thin_pool", "tp"}}));
    CHECK(open({{"thin_pool", "tp"}}) == Failure::failed);
    CHECK(open({{"volume_group", "vg0"}}) == Failure::failed);
    for (const char* bad : {"", "-f", "a/b", "a b", ".."})
        CHECK(open({{"volume_group", bad}, {"thin_pool", "tp"}}) == Failure::failed);
}

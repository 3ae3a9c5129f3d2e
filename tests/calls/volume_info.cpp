// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is told of volumes: mgmt.vm.volume.{List,Info,ListSnapshots} and their twins by pool and
// vid.

#include "calls/disk_world.hpp"
#include "support/catch.hpp"
#include "support/children.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

// The value of one key; requires the line to be there once.
std::string value(const std::string& info, const std::string& key)
{
    const auto at = ("\n" + info).find("\n" + key + "=");
    REQUIRE(at != std::string::npos);
    const auto begin = at + key.size() + 1;
    return info.substr(begin, info.find('\n', begin) - begin);
}

std::vector<std::string> keys(const std::string& info)
{
    std::vector<std::string> found;
    for (std::size_t at = 0; at < info.size(); at = info.find('\n', at) + 1)
        found.push_back(info.substr(at, info.find('=', at) - at));
    return found;
}

// How many processes the call starts; requires it to succeed.
int started_by(const DiskWorld& world, const Ask& ask)
{
    Command command = remote_command(world.root, ask);
    std::vector<std::string> variables;
    for (const auto& [name, text] : command.environment)
        variables.push_back(name + "=" + text);
    std::vector<char*> words;
    std::vector<char*> environment;
    for (std::string& word : command.words)
        words.push_back(word.data());
    for (std::string& variable : variables)
        environment.push_back(variable.data());
    words.push_back(nullptr);
    environment.push_back(nullptr);
    const Started started =
        count_children(command.program.c_str(), words.data(), environment.data());
    INFO(describe(ask));
    REQUIRE(started.status == 0);
    return started.children;
}

} // namespace

TEST_CASE("storage.md 22 23: vm.volume.List")
{
    const DiskWorld world;
    world.gives({"work", "vm.volume.List"}, "root\nprivate\nvolatile\nkernel\n");
    world.gives({"work", "vm.volume.List", "", "", "mgr"}, "root\nprivate\nvolatile\nkernel\n");
    world.gives({"dom0", "vm.volume.List"}, "");
    world.gives({"work", "vm.volume.List", "linux-kernel"}, "kernel\n");
    world.gives({"mgr", "vm.volume.List", "varlibqubes"}, "private\n");
    world.fails({"work", "vm.volume.List", "nosuch"}, failure::pool_not_found);
    world.fails({"work", "vm.volume.List", "nosuch", "", "mgr"}, failure::denied);
    world.fails({"work", "vm.volume.List", "no+such"}, failure::protocol);
    world.fails({"ghost", "vm.volume.List"}, failure::vm_not_found);
}

TEST_CASE("storage.md 24 25 28: vm.volume.Info")
{
    const DiskWorld world;
    const std::string root = world.reply({"work", "vm.volume.Info", "root"});
    CHECK(keys(root) == std::vector<std::string>{"pool", "vid", "size", "usage", "rw", "source",
                                                 "save_on_stop", "snap_on_start",
                                                 "revisions_to_keep", "is_outdated"});
    CHECK(value(root, "source") == "vm-templates/fedora-25/root");
    CHECK(value(root, "snap_on_start") == "True");
    CHECK(value(root, "save_on_stop") == "False");
    CHECK(value(root, "rw") == "False"); // as that generation has it
    CHECK(value(root, "is_outdated") == "False");
    CHECK(value(root, "size") == "10737418240");
    CHECK(value(root, "usage") == "0");
    std::filesystem::resize_file(world.root.below("/var/lib/qm-lvm/appvms/work/private.img"), 0);
    std::filesystem::resize_file(world.root.below("/var/lib/qm-lvm/appvms/work/private.img"),
                                 5368709120);
    world.gives({"work", "vm.volume.Info", "private"},
                "pool=lvm\nvid=appvms/work/private\nsize=5368709120\nusage=0\nrw=True\nsource=\n"
                "save_on_stop=True\nsnap_on_start=False\nrevisions_to_keep=1\nis_outdated=False\n");
    const std::string kernel = world.reply({"work", "vm.volume.Info", "kernel"});
    CHECK(value(kernel, "vid") == "4.8.12-12");
    CHECK(value(kernel, "rw") == "False");

    // the size of a snapshot is that of its source at the next start
    world.gives({"fedora-25", "vm.volume.Extend", "root", "16106127360"}, "16106127360");
    CHECK(value(world.reply({"work", "vm.volume.Info", "root"}), "size") == "16106127360");
}

TEST_CASE("storage.md 26: the source of a disposable's root is that of its template's template")
{
    const DiskWorld world;
    world.gives({"dom0", "vm.Create.DispVM", "fedora-25-dvm", "name=disp7 label=red"}, "");
    const std::string root = world.reply({"disp7", "vm.volume.Info", "root"});
    CHECK(value(root, "source") == "vm-templates/fedora-25/root");
    CHECK(value(world.reply({"disp7", "vm.volume.Info", "private"}), "source") ==
          "appvms/fedora-25-dvm/private");
}

TEST_CASE("storage.md 27: volumes that are not there, and what is no volume")
{
    const DiskWorld world;
    world.fails({"work", "vm.volume.Info", "nosuch"}, failure::volume_not_found);
    world.fails({"work", "vm.volume.Info", "nosuch", "", "mgr"}, failure::denied);
    world.fails({"work", "vm.volume.Info", ""}, failure::protocol);
    world.fails({"work", "vm.volume.Info", "root-dirty"}, failure::protocol);
    world.fails({"work", "vm.volume.Info", "root", "x"}, failure::protocol);
    world.fails({"dom0", "vm.volume.Info", "root"}, failure::volume_not_found);
    world.fails({"work", "vm.volume.ListSnapshots", "nosuch"}, failure::volume_not_found);
    world.gives({"work", "vm.volume.ListSnapshots", "kernel"}, "");
}

TEST_CASE("storage.md 29: a flag that is neither True nor False")
{
    const DiskWorld world{with(store_text_on_files(),
                               "vid=\"appvms/work/private\" revisions_to_keep=\"1\" rw=\"True\"",
                               "vid=\"appvms/work/private\" revisions_to_keep=\"1\" rw=\"true\"")};
    world.fails({"work", "vm.volume.Info", "private"}, failure::storage);
    world.gives({"mgr", "vm.volume.List"}, "root\nprivate\nvolatile\nkernel\n");
}

TEST_CASE("storage.md 12: a volume named in a form that qrexec has spoilt")
{
    const DiskWorld world;
    world.fails({"dom0", "pool.volume.Info", "lvm_appvms_work_private"}, failure::pool_not_found);
    world.fails({"dom0", "pool.volume.Info", "lvm_appvms_work_private", "", "mgr"},
                failure::denied);
    world.fails({"dom0", "pool.volume.Info", "lvm"}, failure::protocol); // no volume is named
}

TEST_CASE("pool.volume.Info says the same in all three forms, and the same as vm.volume.Info")
{
    const DiskWorld world;
    const std::string twin = world.reply({"work", "vm.volume.Info", "private"});
    world.gives({"dom0", "pool.volume.Info", "lvm:appvms/work/private"}, twin);
    world.gives({"dom0", "pool.volume.Info", "lvm+3Aappvms+2Fwork+2Fprivate"}, twin);
    world.gives({"dom0", "pool.volume.Info", "lvm+3Aappvms+2Fwork+2Fprivate", "", "mgr"}, twin);
    world.gives({"dom0", "pool.volume.Info", "lvm", "appvms/work/private"}, twin);
    world.gives({"dom0", "pool.volume.Info", "lvm", "appvms/work/private\n", "mgr"}, twin);
    world.fails({"dom0", "pool.volume.Info", "lvm", "appvms/work/private\n\n"}, failure::protocol);
    world.fails({"dom0", "pool.volume.Info", "lvm:appvms/work/private", "x"}, failure::protocol);
    // qrexec passes no such characters
    world.fails({"dom0", "pool.volume.Info", "lvm:appvms/work/private", "", "mgr"},
                failure::protocol);
    world.fails({"dom0", "pool.volume.Info", "lvm", "appvms/work/home"}, failure::volume_not_found);
    world.fails({"dom0", "pool.volume.Info", "lvm", "appvms/work/home", "mgr"}, failure::denied);
    world.fails({"work", "pool.volume.Info", "lvm", "appvms/work/private"}, failure::protocol);
}

TEST_CASE("storage.md 31: what nobody has may be looked at, not changed")
{
    const DiskWorld world;
    world.root.write("/var/lib/qm-lvm/appvms/gone/private.img", std::string(8192, 'x'));
    world.root.write("/var/lib/qm-lvm/appvms/gone/private.img.3@2024-01-01T00:00:00Z", "old");
    world.gives({"dom0", "pool.volume.Info", "lvm", "appvms/gone/private"},
                "pool=lvm\nvid=appvms/gone/private\nsize=8192\nusage=8192\nrw=True\nsource=\n"
                "save_on_stop=False\nsnap_on_start=False\nrevisions_to_keep=0\n"
                "is_outdated=False\n");
    world.gives({"dom0", "pool.volume.ListSnapshots", "lvm:appvms/gone/private"}, "3\n");
    world.fails_cleanly({"dom0", "pool.volume.Snapshot", "lvm", "appvms/gone/private"},
                        failure::denied);
    world.fails_cleanly({"dom0", "pool.volume.Revert", "lvm", "appvms/gone/private 3"},
                        failure::denied);
    for (const char* const call : {"pool.volume.Extend", "pool.volume.Resize"})
        world.fails_cleanly({"dom0", call, "lvm", "appvms/gone/private 1000000000000"},
                            failure::denied);
}

TEST_CASE("admin.vm.volume.Info adds what today's clients know")
{
    const DiskWorld world;
    const Outcome outcome = run_call(world.root, {"work", "admin.vm.volume.Info", "volatile"});
    REQUIRE(outcome.status == 0);
    const std::string info = outcome.out.substr(2);
    CHECK(keys(info) == std::vector<std::string>{"pool", "vid", "size", "usage", "rw", "source",
                                                 "path", "save_on_stop", "snap_on_start",
                                                 "revisions_to_keep", "ephemeral", "is_outdated"});
    CHECK(value(info, "path").ends_with("/var/lib/qm-lvm/appvms/work/volatile-dirty.img"));
    CHECK(value(info, "ephemeral") == "False");
}

TEST_CASE("no process is started to tell of pools and volumes that are files")
{
    const DiskWorld world;
    for (const Ask& ask :
         {Ask{"work", "vm.volume.List"}, Ask{"work", "vm.volume.Info", "root"},
          Ask{"work", "vm.volume.Info", "private"}, Ask{"work", "vm.volume.Info", "kernel"},
          Ask{"work", "vm.volume.ListSnapshots", "private"}, Ask{"dom0", "pool.List"},
          Ask{"dom0", "pool.Info", "lvm"}, Ask{"dom0", "pool.volume.List", "lvm"},
          Ask{"dom0", "pool.volume.Info", "lvm+3Aappvms+2Fwork+2Fprivate"}})
        CHECK(started_by(world, ask) == 0);
    // one that has a helper for what it may not do itself is seen to have it
    CHECK(started_by(world, {"dom0", "pool.UsageDetails", "lvm"}) == 0);
    CHECK(started_by(world, {"work", "vm.volume.Snapshot", "private"}) > 0);
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/disk_world.hpp"
#include "calls/journal_view.hpp"

#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("store.md 136: vm.Remove takes the qube, its volumes and its directory, and nothing else")
{
    const DiskWorld world;
    world.root.write("/var/lib/qubes/appvms/work/firewall.xml", "<QubesFirewallRules/>");
    world.root.write("/var/lib/qubes/appvms/workshop/notes.txt", "another's");
    world.root.write("/elsewhere/kept", "kept");
    REQUIRE(::symlink(world.root.below("/elsewhere").c_str(),
                      world.root.below("/var/lib/qubes/appvms/work/link").c_str()) == 0);
    const auto before = world.files();
    world.changes({"work", "vm.Remove"}, {{"work"}});
    for (const std::string& path : before) {
        INFO(path);
        const bool of_work = path.find("/appvms/work/") != std::string::npos ||
                             path.ends_with("/appvms/work") ||
                             path.find("qubes.xml") != std::string::npos;
        if (!of_work)
            CHECK(std::filesystem::exists(path));
    }
    CHECK(!world.root.exists("/var/lib/qubes/appvms/work"));
    CHECK(!world.root.exists("/var/lib/qm-lvm/appvms/work/private.img"));
    CHECK(world.root.read("/elsewhere/kept") == "kept");
    CHECK(events_of(world.root, "", "domain-delete") == 1);
    CHECK(events_of(world.root, "", "domain-pre-delete") == 1);
    CHECK(events_of(world.root, "work", "domain-remove-from-disk") == 1);
    world.fails({"work", "vm.Remove"}, failure::vm_not_found);
    CHECK(world.reply({"dom0", "vm.List"}).find("work ") == std::string::npos);
    // Its number and name are free again.
    world.gives({"dom0", "vm.Create.AppVM", "", "name=work label=red"}, "");
}

TEST_CASE("store.md 137 138 139 141: vm.Remove of what is in use")
{
    const DiskWorld world;
    world.fails_cleanly({"sys-net", "vm.Remove"}, failure::vm_in_use);
    world.fails_cleanly({"dom0", "vm.Remove"}, failure::vm_in_use);
    world.fails_cleanly({"fedora-25", "vm.Remove"}, failure::vm_in_use);
    world.fails_cleanly({"fedora-25-dvm", "vm.Remove"}, failure::vm_in_use); // default_dispvm
    world.fails_cleanly({"sys-firewall", "vm.Remove"}, failure::vm_in_use);  // default_netvm

    const DiskWorld backend{with(store_text_on_files(), R"(<tag name="created-by-dom0"/>
      </tags>
      <volume-config>
        <volume name="root" pool="lvm" vid="appvms/mgr/root")",
                                 R"(<tag name="created-by-dom0"/>
      </tags>
      <devices class="block">
        <device backend-domain="work" id="sda"/>
      </devices>
      <volume-config>
        <volume name="root" pool="lvm" vid="appvms/mgr/root")")};
    backend.fails_cleanly({"work", "vm.Remove"}, failure::vm_in_use);
}

TEST_CASE("vm.Remove of a qube that a package of dom0 installed")
{
    const DiskWorld world{with(store_text_on_files(), R"(<property name="name">work</property>)",
                               "<property name=\"installed_by_rpm\">True</property>\n"
                               "        <property name=\"name\">work</property>")};
    world.fails_cleanly({"work", "vm.Remove"}, failure::vm_in_use);
}

TEST_CASE("vm.Remove on a host that has no volumes of the qube any more")
{
    const World world{store_text_on_files()};
    world.changes({"work", "vm.Remove"}, {{"work"}});
}

TEST_CASE("vm.Remove with --dry-run shows what would go and leaves it")
{
    const DiskWorld world;
    const auto before = world.files();
    const std::string store = world.root.store();
    const Outcome outcome =
        run_local(world.root, "mgmt.vm.Remove", {"--dest", "work", "--dry-run"});
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find("-        <property name=\"name\">work</property>\n") !=
          std::string::npos);
    CHECK(world.root.store() == store);
    CHECK(world.files() == before);
}

TEST_CASE("an intent of a removed qube's namesake leaves the present one alone")
{
    const DiskWorld world;
    world.root.write("/var/lib/qubes-mgmt/intent/work",
                     "verb=remove\ncall=mgmt.vm.Remove\n"
                     "uuid=00000000-0000-4000-8000-000000000000\ndirectory=appvms/work\n"
                     "volume=private lvm save - rw appvms/work/private\n");
    world.gives({"mgr", "vm.tag.Set", "t"}, "");
    CHECK(world.root.exists("/var/lib/qm-lvm/appvms/work/private.img"));
    CHECK(!world.root.exists("/var/lib/qubes-mgmt/intent/work"));
}

TEST_CASE("an intent of a removal that was cut off is finished by the next change")
{
    const DiskWorld world;
    world.root.write("/var/lib/qubes/appvms/gone/notes.txt", "");
    world.root.write("/var/lib/qm-lvm/appvms/gone/private.img", "");
    world.root.write("/var/lib/qubes-mgmt/intent/gone",
                     "verb=remove\ncall=mgmt.vm.Remove\n"
                     "uuid=00000000-0000-4000-8000-000000000000\ndirectory=appvms/gone\n"
                     "volume=private lvm save - rw appvms/gone/private\n");
    world.gives({"mgr", "vm.tag.Set", "t"}, "");
    CHECK(!world.root.exists("/var/lib/qubes/appvms/gone"));
    CHECK(!world.root.exists("/var/lib/qm-lvm/appvms/gone/private.img"));
    CHECK(!world.root.exists("/var/lib/qubes-mgmt/intent/gone"));
}

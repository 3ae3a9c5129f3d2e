// SPDX-License-Identifier: GPL-2.0-or-later
//
// Devices as today's clients ask for them, what becomes of them when qubes stop, and two who want
// the same one: firewall-devices.md 2.

#include "calls/block_world.hpp"
#include "support/catch.hpp"

#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;
using namespace qmgmt::test::block;

namespace {

Ask admin(const std::string& verb, const std::string& argument = "",
          const std::string& payload = "", const std::string& qube = "work")
{
    return {qube, "admin.vm.device.block." + verb, argument, payload};
}

void is_exception(const World& world, const Ask& ask, FailureType type)
{
    INFO(describe(ask));
    const std::string before = world.root.store();
    check_exception(run_call(world.root, ask), type);
    CHECK(world.root.store() == before);
}

} // namespace

TEST_CASE("admin.vm.device.block.Attach: quoted options, and keys that say what the argument says")
{
    const Devices host;
    const std::string same = "device_id=':None' port_id='sda' devclass='block' "
                             "backend_domain='sys-usb' mode='manual' frontend_domain='work' ";
    host.gives(admin("Attach", "sys-usb+sda++None", same + "_read-only='yes'"), ok);
    CHECK(host.disk("xvdi") == "/dev/sda of sys-usb ro");
    is_exception(host, admin("Attach", "sys-usb+sda", "_read-only='yes'"),
                 failure::device_attached);
    host.gives(admin("Detach", "sys-usb+sda++None"), ok);
    is_exception(host, admin("Detach", "sys-usb+sda"), failure::device_not_assigned);

    for (const char* const contradiction :
         {"port_id='sdb'", "devclass='usb'", "backend_domain='work'", "frontend_domain='vault'",
          "what='x'", "_='x'"}) {
        INFO(contradiction);
        is_exception(host, admin("Attach", "sys-usb+sda", contradiction),
                     failure::unexpected_device);
    }
    is_exception(host, admin("Attach", "sys-usb+sda+x", "device_id='y'"),
                 failure::unexpected_device);
    is_exception(host, admin("Attach", "sys-usb+sda+0000+1111"), failure::unexpected_device);
    is_exception(host, admin("Attach", "sys-usb+sda", "mode='auto-attach'"), failure::bad_value);
    is_exception(host, admin("Attach", "sys-usb+_"), failure::bad_value);
    is_exception(host, admin("Attach", "_+sda"), failure::bad_value);
    is_exception(host, admin("Attach", "sys-usb+sda", "_foo='x'"), failure::bad_value);
    is_exception(host, admin("Attach", "sys-usb+sda", "read-only=yes"), failure::protocol);
    is_exception(host, admin("Attach", "sys-usb+sda", "persistent='yes'"),
                 failure::unexpected_device);
    CHECK(host.list().empty());
}

TEST_CASE("admin.vm.device.block.Assign: what is for good, in which mode, and not any more")
{
    const Devices host;
    host.gives(admin("Assign", "sys-usb+sda+0951+1666", "mode='auto-attach' _devtype='cdrom'"), ok);
    CHECK(host.seen("device-assign:block") == 1);
    CHECK(host.list() == "sys-usb+sda\n");
    CHECK(host.disk("xvdi").empty()); // the store alone
    const std::string row = "sys-usb+sda:0951:1666 device_id='0951:1666' port_id='sda' "
                            "devclass='block' backend_domain='sys-usb' mode='auto-attach' "
                            "frontend_domain='work' _devtype='cdrom'\n";
    host.gives(admin("Assigned"), ok + row);
    host.gives(admin("Assigned", "sys-usb+sda+0951+1666"), ok + row);
    host.gives(admin("Assigned", "sys-usb+sdb"), ok);
    host.gives(admin("Assigned", "_+sda"), ok + row);
    host.gives(admin("Attached"), ok);

    is_exception(host, admin("Assign", "sys-usb+sda+0951+1666", "mode='required'"),
                 failure::device_assigned);
    host.gives(admin("Assign", "sys-usb+sda", "mode='required'"), ok); // another identity: any
    host.gives(admin("Set.assignment", "sys-usb+sda+0951+1666", "ask-to-attach"), ok);
    CHECK(host.seen("device-assignment-changed:block") == 1);
    host.gives(admin("Set.assignment", "sys-usb+sda+0951+1666", "ask-to-attach"), ok);
    CHECK(host.seen("device-assignment-changed:block") == 1);
    CHECK(host.reply(admin("Assigned")).find("mode='ask-to-attach'") != std::string::npos);
    is_exception(host, admin("Set.assignment", "sys-usb+sda", "manual"), failure::bad_value);
    is_exception(host, admin("Set.assignment", "sys-usb+sda", "sometimes"), failure::bad_value);
    is_exception(host, admin("Set.assignment", "sys-usb+sdc", "required"),
                 failure::device_not_assigned);

    host.gives(admin("Unassign", "sys-usb+sda+0951+1666"), ok);
    host.gives({"work", "vm.device.block.Assigned"}, "sys-usb+sda\n");
    is_exception(host, admin("Unassign", "sys-usb+sda+0951+1666"), failure::device_not_assigned);
    host.gives(admin("Unassign", "sys-usb+sda"), ok);
    CHECK(host.list().empty());
    CHECK(host.seen("device-unassign:block") == 2);

    for (const char* const bad : {"mode='manual'", "mode='x'", "_read-only='yes'"}) {
        INFO(bad);
        is_exception(host, admin("Assign", "sys-usb+sda", bad), failure::bad_value);
    }
    is_exception(host, admin("Assign", "sys-usb+sda", ""), failure::protocol);
    is_exception(host, admin("Assign", "_+sda", "mode='required'"), failure::bad_value);
    is_exception(host, admin("Assign", "sys-usb+_", "mode='required'"), failure::bad_value);
    is_exception(host, admin("Assign", "nobody+sda", "mode='required'"), failure::device_not_found);
    host.gives(admin("Assign", "sys-usb+_+0951+1666", "mode='auto-attach'"), ok);
    host.gives({"work", "vm.device.block.List"}, "sys-usb+*\n");
}

TEST_CASE("vm.device.block.Assign: in a store of the first generation an entry is all there is")
{
    const simulated::Host host{store_with_backend()};
    const std::string tag = "<device backend-domain=\"sys-usb\" id=\"sda\"";
    host.gives({"work", "vm.device.block.Assign", "sys-usb+sda", "mode=auto-attach"}, "");
    CHECK(host.root.store().find(tag + "/>") != std::string::npos);
    refuses(host, {"work", "vm.device.block.Assign", "sys-usb+sdb", "mode=ask-to-attach"},
            Failure::bad_value);
    refuses(host, {"work", "vm.device.block.Assign", "sys-usb+sda", "mode=required"},
            Failure::in_use);
    refuses(host, {"work", "vm.device.denied.Add", "", "u03****"}, Failure::not_found);
    host.gives({"work", "vm.device.denied.List"}, "");
    host.gives({"work", "vm.device.block.Unassign", "sys-usb+sda"}, "");
    CHECK(host.root.store().find(tag) == std::string::npos);
}

TEST_CASE("vm.device.block: what a qube exposed is taken from those who have it when it stops")
{
    const Devices host;
    host.gives({"vault", "vm.Start"}, "");
    host.gives(Devices::attach("sys-usb+sda"), "");
    host.gives(Devices::attach("sys-usb+sdb", "", "vault"), "");
    host.gives({"sys-usb", "vm.Kill"}, "");
    CHECK(host.disk("xvdi").empty());
    CHECK(host.disk("xvdi", vault_uuid).empty());
    CHECK(host.list().empty());
    CHECK(host.seen("device-detach:block") == 1);
    CHECK(host.seen("device-detach:block", "vault") == 1);
    // And nothing is left to be said when they stop.
    host.gives({"work", "vm.Kill"}, "");
    CHECK(host.seen("device-detach:block") == 1);
}

TEST_CASE("vm.device.block: a qube that stops has none of its devices any more")
{
    const Devices host;
    host.gives(Devices::attach("sys-usb+sda"), "");
    host.hypervisor.set(work_uuid, 5, 1, -1); // by itself
    host.gives({"work", "vm.Start"}, "");
    CHECK(host.seen("device-detach:block") == 1);
    CHECK(host.list().empty());
}

TEST_CASE("vm.device.block: a guest that keeps its disk is told from one that has let go")
{
    const Devices host;
    host.gives(Devices::attach("sys-usb+sda"), "");
    host.hypervisor.turn(work_uuid, "keeps-devices", 1);
    refuses(host, Devices::detach("sys-usb+sda"), Failure::timeout);
    CHECK(host.list() == "sys-usb+sda\n");
    CHECK(host.seen("device-detach:block") == 0);
    host.hypervisor.turn(work_uuid, "keeps-devices", 0);
    host.gives(Devices::detach("sys-usb+sda"), "");
    CHECK(host.list().empty());
}

TEST_CASE("vm.device.block: of two qubes that want one device, one gets it")
{
    const Devices host;
    host.gives({"vault", "vm.Start"}, "");
    for (int round = 0; round < 5; ++round) {
        Outcome first;
        Outcome second;
        std::thread other{
            [&] { second = run_call(host.root, Devices::attach("sys-usb+sda", "", "vault")); }};
        first = run_call(host.root, Devices::attach("sys-usb+sda"));
        other.join();
        INFO(first.err << second.err);
        CHECK(first.status + second.status == static_cast<int>(Failure::in_use));
        CHECK(host.disk("xvdi").empty() != host.disk("xvdi", vault_uuid).empty());
        host.gives(Devices::detach("sys-usb+sda", first.status == 0 ? "work" : "vault"), "");
    }
}

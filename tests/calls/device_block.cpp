// SPDX-License-Identifier: GPL-2.0-or-later
//
// Block devices of a qube that exposes them, given to others: firewall-devices.md 4.4.

#include "calls/block_world.hpp"
#include "support/catch.hpp"

using namespace qmgmt;
using namespace qmgmt::test;
using namespace qmgmt::test::block;

TEST_CASE("firewall-devices.md V01 V02 V03 V04: what a qube exposes")
{
    const Devices host;
    const auto gives = [&](const std::string& qube, const std::string& argument,
                           const std::string& reply) {
        host.gives({qube, "vm.device.block.Available", argument}, reply);
    };
    gives("sys-usb", "", "sys-usb+sda\nsys-usb+sdb\n");
    gives("sys-usb", "sda", "sys-usb+sda\n");
    gives("sys-usb", "sys-usb+sdb", "sys-usb+sdb\n");
    gives("sys-usb", "zzz", "");
    gives("sys-usb", "work+sda", "");
    gives("vault", "", "");
    gives("work", "", "");
    gives("dom0", "", "");
    host.fails({"sys-usb", "vm.device.block.Available", "a b"}, failure::protocol);
    // A name that says of itself what it is not, and one that no device can have.
    host.expose("s da!", {{"mode", "w"}});
    gives("sys-usb", "", "sys-usb+sda\nsys-usb+sdb\n");
}

TEST_CASE("vm.device.block.Available: rows of today's clients say all, and who has it "
          "(firewall-devices.md V20)")
{
    const Devices host;
    const std::string row = host.reply({"sys-usb", "admin.vm.device.block.Available", "sda"});
    CHECK(row.starts_with(ok + "sda::None device_id=':None' port_id='sda' devclass='block' "
                               "backend_domain='sys-usb' manufacturer='hosted by sys-usb' "
                               "name='stick' serial='Acme Key' interfaces='b******'"));
    // What it is on a USB port of the qube's is in its id.
    host.expose("sdb", {{"parent", "2-1.4:1.0"}});
    host.expose_usb("2-1_4", {{"desc", "0951:1666 Acme Stick 1C6F"}, {"interfaces", "080650"}});
    CHECK(host.reply({"sys-usb", "admin.vm.device.block.Available", "sdb"})
              .starts_with(ok + "sdb:0951:1666:1C6F:u080650:1.0 "));
    host.gives(Devices::attach("sys-usb+sda"), "");
    CHECK(host.reply({"sys-usb", "admin.vm.device.block.Available", "sda"})
              .find(" attachment='work' ") != std::string::npos);
}

TEST_CASE("firewall-devices.md V05 V06 V07 V15: a device comes, is there, and goes")
{
    const Devices host;
    host.gives(Devices::attach("sys-usb+sda"), "");
    CHECK(host.disk("xvdi") == "/dev/sda of sys-usb rw");
    CHECK(host.list() == "sys-usb+sda\n");
    CHECK(assigned(host).empty());
    CHECK(host.seen("device-attach:block") == 1);

    // The same again, and otherwise.
    host.hypervisor.forget_log();
    host.gives(Devices::attach("sys-usb+sda"), "");
    host.gives(Devices::attach("sys-usb+sda", "read-only=no"), "");
    host.gives(Devices::attach("sys-usb+sda", "frontend-dev=xvdi devtype=disk"), "");
    for (const char* const other : {"read-only=yes", "frontend-dev=xvdj", "devtype=cdrom"})
        refuses(host, Devices::attach("sys-usb+sda", other), Failure::in_use);
    CHECK(host.hypervisor.orders(work_uuid).empty());
    check_exception(run_call(host.root, {"work", "admin.vm.device.block.Attach", "sys-usb+sda"}),
                    failure::device_attached);
    CHECK(host.seen("device-attach:block") == 1);

    host.gives(Devices::detach("sys-usb+sda"), "");
    CHECK(host.disk("xvdi").empty());
    CHECK(host.list().empty());
    CHECK(host.seen("device-detach:block") == 1);
    host.fails(Devices::detach("sys-usb+sda"), failure::device_not_assigned);
}

TEST_CASE("firewall-devices.md V08: what another qube has is in use")
{
    const Devices host;
    host.gives({"vault", "vm.Start"}, "");
    host.gives(Devices::attach("sys-usb+sda"), "");
    host.fails(Devices::attach("sys-usb+sda", "", "vault"), failure::device_attached);
    host.gives(Devices::detach("sys-usb+sda"), "");
    host.gives(Devices::attach("sys-usb+sda", "", "vault"), "");
    CHECK(host.disk("xvdi", vault_uuid) == "/dev/sda of sys-usb rw");
}

TEST_CASE("firewall-devices.md V09 V10: what cannot be written is attached to be read")
{
    const Devices host;
    host.gives(Devices::attach("sys-usb+sda"), "");
    refuses(host, Devices::attach("sys-usb+sdb", "read-only=no"), Failure::bad_value);
    host.gives(Devices::attach("sys-usb+sdb"), "");
    CHECK(host.disk("xvdj") == "/dev/sdb of sys-usb ro");
    host.gives(Devices::attach("sys-usb+sdb", "read-only=yes"), "");
    CHECK(host.list() == "sys-usb+sda\nsys-usb+sdb\n");
    host.gives({"work", "vm.device.block.List", "sys-usb+sdb"}, "sys-usb+sdb\n");
    host.gives({"work", "vm.device.block.List", "sys-usb+zzz"}, "");
}

TEST_CASE("firewall-devices.md V11 V12: a halted qube has what it is given for good")
{
    const Devices host;
    host.fails(Devices::attach("sys-usb+sda", "", "vault"), failure::not_running);
    refuses(host, Devices::attach("sys-usb+sda", "persistent=no", "vault"), Failure::wrong_state);
    host.gives(Devices::attach("sys-usb+sda", "persistent=yes read-only=yes", "vault"), "");
    CHECK(host.list("vault") == "sys-usb+sda\n");
    CHECK(host.root.store().find("<device backend-domain=\"sys-usb\" id=\"sda\" "
                                 "mode=\"auto-attach\" identity=\"*\">") != std::string::npos);
    CHECK(host.reply({"vault", "admin.vm.device.block.Assigned"}) ==
          ok + "sys-usb+sda:* device_id='*' port_id='sda' devclass='block' "
               "backend_domain='sys-usb' mode='auto-attach' frontend_domain='vault' "
               "_read-only='yes'\n");
    CHECK(host.seen("device-assign:block", "vault") == 1);
    CHECK(host.seen("device-attach:block", "vault") == 0);
    const std::string stored = host.root.store();
    host.gives(Devices::attach("sys-usb+sda", "persistent=yes read-only=yes", "vault"), "");
    CHECK(host.root.store() == stored);

    // It has it when it runs, and not afterwards.
    host.gives({"vault", "vm.Start"}, "");
    CHECK(host.disk("xvdi", vault_uuid) == "/dev/sda of sys-usb ro");
    CHECK(host.seen("device-attach:block", "vault") == 1);
    host.gives({"vault", "vm.Kill"}, "");
    CHECK(host.seen("device-detach:block", "vault") == 1);
    CHECK(host.list("vault") == "sys-usb+sda\n");

    // Detach forgets what the store has, too.
    host.gives(Devices::detach("sys-usb+sda", "vault"), "");
    CHECK(host.list("vault").empty());
    CHECK(host.seen("device-unassign:block", "vault") == 1);
}

TEST_CASE("vm.device.block.Attach: for good, to a qube that runs, is now and later")
{
    const Devices host;
    host.gives(Devices::attach("sys-usb+sda", "persistent=yes"), "");
    CHECK(host.disk("xvdi") == "/dev/sda of sys-usb rw");
    CHECK(host.list() == "sys-usb+sda\n");
    CHECK(assigned(host) == "sys-usb+sda\n");
    host.gives({"work", "admin.vm.device.block.Attached"},
               ok + "sys-usb+sda::None device_id=':None' port_id='sda' devclass='block' "
                    "backend_domain='sys-usb' mode='auto-attach' frontend_domain='work' "
                    "_read-only='no' _frontend-dev='xvdi'\n");
    // As admin.* the running state alone changes.
    host.gives({"work", "admin.vm.device.block.Detach", "sys-usb+sda"}, ok);
    CHECK(host.disk("xvdi").empty());
    CHECK(assigned(host) == "sys-usb+sda\n");
    // What was there for good only becomes attached again.
    host.gives(Devices::attach("sys-usb+sda"), "");
    host.gives(Devices::detach("sys-usb+sda"), "");
    CHECK(host.list().empty());

    // A failed attach leaves what the store has.
    host.hypervisor.trouble("fail attach 1 1/0/0 before\n");
    check_refusal(run_call(host.root, Devices::attach("sys-usb+sda", "persistent=yes")),
                  "mgmt.vm.device.block.Attach", Failure::failed);
    CHECK(assigned(host) == "sys-usb+sda\n");
    CHECK(host.disk("xvdi").empty());
}

TEST_CASE("vm.device.block.Attach: what is not there now can be given for good")
{
    const Devices host;
    host.fails(Devices::attach("sys-usb+sdz"), failure::device_not_found);
    host.fails(Devices::attach("nobody+sda"), failure::device_not_found);
    const Outcome outcome = run_call(host.root, Devices::attach("sys-usb+sdz", "persistent=yes"));
    CHECK(outcome.status == 0);
    CHECK(outcome.err.starts_with("mgmt.vm.device.block.Attach: warning: "));
    CHECK(host.list() == "sys-usb+sdz\n");
    host.gives({"sys-usb", "vm.Kill"}, "");
    host.fails(Devices::attach("sys-usb+sda"), failure::device_not_found);
    refuses(host, Devices::attach("sys-usb+sda", "persistent=yes"), Failure::wrong_state);
    host.gives(Devices::attach("sys-usb+sda", "persistent=yes", "vault"), "");
    CHECK(host.list("vault") == "sys-usb+sda\n");
}

TEST_CASE("firewall-devices.md V13: options that block devices do not have")
{
    const Devices host;
    for (const char* const bad : {"devtype=floppy", "foo=1", "frontend-dev=hda", "read-only=maybe",
                                  "persistent=maybe", "mode=required", "devtype="}) {
        INFO(bad);
        refuses(host, Devices::attach("sys-usb+sda", bad), Failure::bad_value);
    }
    for (const char* const bad : {"read-only", "read-only=yes read-only=yes", "a=\"b\""}) {
        INFO(bad);
        refuses(host, Devices::attach("sys-usb+sda", bad), Failure::protocol);
    }
    CHECK(host.list().empty());
}

TEST_CASE("vm.device.block.Attach: a CD-ROM stands where installers look, another disk nowhere "
          "twice (firewall-devices.md V14)")
{
    const Devices host;
    host.gives(Devices::attach("sys-usb+sdb", "devtype=cdrom"), "");
    CHECK(host.disk("xvdd").find("sys-usb") == std::string::npos); // the kernel's modules
    CHECK(host.disk("xvdi") == "/dev/sdb of sys-usb ro cdrom");
    refuses(host, Devices::attach("sys-usb+sda", "frontend-dev=xvdi"), Failure::in_use);
    host.gives(Devices::attach("sys-usb+sda", "frontend-dev=xvdzz"), "");
    CHECK(host.disk("xvdzz") == "/dev/sda of sys-usb rw");
}

TEST_CASE("firewall-devices.md V38: a qube never gets what it is denied, nor what nobody knows")
{
    const Devices host;
    const Ask add{"work", "vm.device.denied.Add", "", "b******"};
    host.gives(add, "");
    host.gives({"work", "vm.device.denied.List"}, "b******");
    host.fails(Devices::attach("sys-usb+sda"), failure::denied);
    refuses(host, Devices::attach("sys-usb+sda", "persistent=yes"), Failure::denied);
    host.gives({"work", "vm.device.denied.Add", "", "u03****p040300"}, "");
    host.gives({"work", "vm.device.denied.List"}, "b******\np040300\nu03****");
    host.gives({"work", "vm.device.denied.Remove", "", "b******"}, "");
    host.gives(Devices::attach("sys-usb+sda"), "");
    // Of what is not there nobody knows what it is.
    refuses(host, Devices::attach("sys-usb+sdz", "persistent=yes"), Failure::denied);
    host.gives({"work", "vm.device.denied.Remove", "", "all"}, "");
    host.gives({"work", "vm.device.denied.List"}, "");

    host.fails({"work", "vm.device.denied.Add", "", "u03***"}, failure::bad_property_value);
    host.fails({"work", "vm.device.denied.Add", "", "u03****u03****"}, failure::protocol);
    host.fails({"work", "vm.device.denied.Remove", "", "x******"}, failure::bad_property_value);
    host.fails({"work", "vm.device.denied.Add", "", ""}, failure::protocol);
}

TEST_CASE("firewall-devices.md V39: without QubesDB nobody knows what is exposed")
{
    const Devices host{store_with_backend(), "qubesdb = off\n"};
    const Outcome outcome = run_call(host.root, {"sys-usb", "vm.device.block.Available"});
    CHECK(outcome.status == 0);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with("mgmt.vm.device.block.Available: warning: "));
    const auto attach = [&](const std::string& options, const char* caller) {
        Ask ask = Devices::attach("sys-usb+sda", options);
        ask.caller = caller;
        return run_call(host.root, ask);
    };
    CHECK(attach("", "dom0").status == static_cast<int>(Failure::not_found));
    CHECK(attach("undetected=yes", "mgr").status == static_cast<int>(Failure::bad_value));
    CHECK(attach("undetected=yes", "dom0").status == 0);
    CHECK(host.disk("xvdi") == "/dev/sda of sys-usb rw");
    CHECK(host.list() == "sys-usb+sda\n");
    host.gives(Devices::detach("sys-usb+sda"), "");
}

TEST_CASE(
    "vm.device.block: who is dom0 is given nothing, and has nothing (firewall-devices.md V40)")
{
    const Devices host;
    host.fails(Devices::attach("sda"), failure::protocol);
    host.fails(Devices::attach("sys-usb+sda", "", "dom0"), failure::bad_value);
    refuses(host, {"dom0", "vm.device.block.Assign", "sys-usb+sda", "mode=auto-attach"},
            Failure::bad_value);
    CHECK(host.list("dom0").empty());
    host.fails(Devices::detach("sys-usb+sda", "dom0"), failure::device_not_assigned);
    host.gives({"dom0", "deviceclass.List"}, "block\nmic\npci\nusb\n");
}

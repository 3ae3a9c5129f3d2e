// SPDX-License-Identifier: GPL-2.0-or-later
//
// Calls beside real virtual machines: a session libvirt and the boot-sector guest.

#include "calls/machine.hpp"
#include "support/catch.hpp"
#include "support/fake_balancer.hpp"
#include "support/fake_qubesdb.hpp"

#include <filesystem>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("store.md 9 10 11: vm.List of a qube that is paused, on its way up, and up")
{
    const Machine machine{store_text_on_files()};
    machine.gives({"work", "vm.List"}, "work class=AppVM state=Halted\n");
    machine.session.start_paused("some-other-name", work_uuid); // found by its uuid alone
    machine.gives({"work", "vm.List"}, "work class=AppVM state=Paused\n");
    machine.session.resume(work_uuid);
    machine.gives({"work", "vm.List"}, "work class=AppVM state=Transient\n");
    machine.root.write("/run/qubes/qrexec.work", "");
    machine.gives({"work", "vm.List"}, "work class=AppVM state=Running\n");
    machine.gives({"dom0", "vm.List"}, "dom0 class=AdminVM state=Running\n"
                                       "fedora-25 class=TemplateVM state=Halted\n"
                                       "fedora-25-dvm class=AppVM state=Halted\n"
                                       "mgr class=AppVM state=Halted\n"
                                       "sys-firewall class=AppVM state=Halted\n"
                                       "sys-net class=AppVM state=Halted\n"
                                       "work class=AppVM state=Running\n");
}

TEST_CASE("store.md 12: vm.List of a qube without agent is Running at once")
{
    const Machine machine{with(store_text_on_files(), R"(<feature name="qrexec">1</feature>)",
                               R"(<feature name="qrexec"></feature>)")};
    machine.session.start_paused("work", work_uuid);
    machine.session.resume(work_uuid);
    machine.gives({"work", "vm.List"}, "work class=AppVM state=Running\n");
}

TEST_CASE("store.md 51 81: Set on a running qube of what needs another state")
{
    const Machine machine{store_text_on_files()};
    machine.session.start_paused("work", work_uuid);
    machine.session.resume(work_uuid);
    machine.fails({"work", "vm.property.Set", "netvm", "sys-net"}, failure::not_started);
    machine.fails({"work", "vm.property.Set", "template", "fedora-25-dvm"},
                  failure::bad_property_value);
    const Machine another{
        with(store_text_on_files(), "<domain id=\"domain-6\" class=\"AppVM\">",
             "<domain id=\"domain-20\" class=\"TemplateVM\"><properties>"
             "<property name=\"label\">black</property>"
             "<property name=\"name\">other</property>"
             "<property name=\"qid\">20</property>"
             "<property name=\"uuid\">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e20</property>"
             "</properties></domain>\n    <domain id=\"domain-6\" class=\"AppVM\">")};
    another.session.start_paused("work", work_uuid);
    another.session.resume(work_uuid);
    another.fails({"work", "vm.property.Set", "template", "other"}, failure::not_halted);
}

TEST_CASE("protocol.md F03 F04 F05: Start of a qube that is halted, running, paused")
{
    const std::string ok{"0\0", 2};
    const Machine machine{with(store_without_network(), R"(<feature name="qrexec"/>)",
                               R"(<feature name="qrexec">1</feature>)")};
    machine.gives({"work", "admin.vm.Start"}, ok);
    const Outcome state = machine.session.run_call({"work", "vm.List"});
    CHECK(state.out == "work class=AppVM state=Transient\n");
    machine.gives({"work", "admin.vm.Start"}, ok);
    machine.gives({"work", "vm.Start"}, "");
    machine.session.suspend(work_uuid);
    machine.fails({"work", "vm.Start"}, failure::not_halted);
    machine.gives({"work", "vm.List"}, "work class=AppVM state=Paused\n");
    machine.gives({"work", "vm.Kill"}, "");
    machine.gives({"work", "vm.List"}, "work class=AppVM state=Halted\n");
    machine.gives({"work", "vm.Kill"}, "");
}

TEST_CASE("store.md 140: a running qube is not removed; a halted one is, with its definition")
{
    const Machine machine;
    machine.gives({"work", "vm.Start"});
    machine.fails({"work", "vm.Remove"}, failure::not_halted);
    machine.gives({"work", "vm.Pause"});
    machine.fails({"work", "vm.Remove"}, failure::not_halted);
    machine.gives({"work", "vm.Kill"});
    machine.gives({"work", "vm.Remove"});
    CHECK_THROWS(machine.session.live_xml(work_uuid)); // libvirt knows it no more
    CHECK(!machine.root.exists("/run/qubes-mgmt/console/work.log"));
}

TEST_CASE("agents: a real machine gets its table, its room and its daemon, and goes when one fails")
{
    const Machine machine;
    const auto add_qrexec_daemon = [&](std::string_view end) {
        const std::string path = "/usr/sbin/qrexec-daemon";
        machine.root.write(path, "#!/bin/sh\necho \"$*\" > \"$QUBES_MGMT_ROOT/qdb/qrexec\"\n" +
                                     std::string{end} + "\n");
        std::filesystem::permissions(machine.root.below(path), std::filesystem::perms{0755});
    };
    add_qubesdb(machine.root);
    add_qrexec_daemon("");
    machine.root.write("/qdb/ran", "");
    for (const char* const path : {"/qdb", "/qdb/ran", "/run/qubes"})
        std::filesystem::permissions(machine.root.below(path), std::filesystem::perms::all);
    const std::string socket = machine.root.below("/run/qubes/qmemman.sock");
    const FakeBalancer balancer{socket, "OK\n"};
    std::filesystem::permissions(socket, std::filesystem::perms::all);
    machine.root.configure("hypervisor = qemu:///session\nqubesdb = required\n"
                           "qrexec = required\nqmemman = required\n");
    machine.gives({"work", "vm.Start"});
    CHECK(machine.state("work") == "Running");
    CHECK(balancer.questions().size() == 1);
    CHECK(qubesdb_table(machine.root.path(), "work").at("/qubes-vm-persistence") == "rw-only");
    const std::string words = machine.root.read("/qdb/qrexec");
    CHECK(words.starts_with("-q -u " + std::string{work_uuid} + " -- "));
    CHECK(words.ends_with(" work user\n"));
    machine.gives({"work", "vm.Kill"});
    machine.check_tidy("work");

    add_qrexec_daemon("exit 3");
    const Outcome outcome = machine.session.run_call({"work", "vm.Start"});
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find("Cannot connect to qrexec agent for 60 seconds") != std::string::npos);
    machine.check_tidy("work");
    machine.root.configure("hypervisor = qemu:///session\n");
    machine.gives({"work", "vm.Start"});
    machine.gives({"work", "vm.Kill"});
    machine.check_tidy("work");
}

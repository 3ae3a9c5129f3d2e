// SPDX-License-Identifier: GPL-2.0-or-later
//
// Calls beside a session daemon that is not there yet, dies, or was told something else by others.

#include "calls/machine.hpp"
#include "support/catch.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

const Ask start{"work", "vm.Start"};
const Ask kill_it{"work", "vm.Kill"};
const Ask list{"work", "vm.List"};

// Daemons that were started for this root.
std::size_t daemons(const ScratchRoot& root)
{
    std::size_t count = 0;
    const std::string mark = "XDG_RUNTIME_DIR=" + root.below("/xdg/run");
    for (const auto& process : fs::directory_iterator{"/proc"}) {
        std::ifstream name{process.path() / "comm"};
        std::ifstream variables{process.path() / "environ", std::ios::binary};
        std::string comm;
        const std::string environment{std::istreambuf_iterator<char>{variables}, {}};
        if (std::getline(name, comm) && comm == "libvirtd" &&
            environment.find(mark) != std::string::npos)
            ++count;
    }
    return count;
}

void lose_daemon(const ScratchRoot& root)
{
    const pid_t pid = daemon_pid(root);
    REQUIRE(::kill(pid, SIGKILL) == 0);
    while (::kill(pid, 0) == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
}

} // namespace

TEST_CASE("hypervisor.md 30: the first calls of a session, six at once, start one daemon")
{
    const Machine machine;
    REQUIRE(daemons(machine.root) == 0);
    std::vector<std::unique_ptr<Process>> first;
    for (int i = 0; i < 6; ++i)
        first.push_back(std::make_unique<Process>(machine.session.command(list)));
    for (const auto& call : first) {
        const Outcome outcome = call->finish();
        CHECK(outcome.err.empty());
        CHECK(outcome.out == "work class=AppVM state=Halted\n");
        CHECK(outcome.status == 0);
    }
    CHECK(daemons(machine.root) == 1);
}

TEST_CASE("hypervisor.md 31: a domain outlives the daemon, and the next call finds it running")
{
    const Machine machine;
    machine.gives(start);
    lose_daemon(machine.root);
    machine.gives(list, "work class=AppVM state=Running\n");
    lose_daemon(machine.root);
    machine.gives(start); // runs already
    CHECK(machine.session.live_xml(work_uuid).find("<domain type='qemu' id='1'") == 0);
    lose_daemon(machine.root);
    machine.gives(kill_it);
    machine.check_tidy("work");
}

TEST_CASE("hypervisor.md 37: a definition that others have edited is ours at the next start")
{
    const Machine machine;
    machine.gives(start);
    const std::string before = machine.session.live_xml(work_uuid);
    machine.session.edit(work_uuid, "<vcpu placement='static'>2</vcpu>",
                         "<vcpu placement='static'>5</vcpu>");
    machine.session.edit(work_uuid, "<on_reboot>destroy</on_reboot>",
                         "<on_reboot>restart</on_reboot>");
    machine.gives(list, "work class=AppVM state=Running\n");
    machine.gives(kill_it);
    CHECK(machine.session.live_xml(work_uuid).find(">5</vcpu>") != std::string::npos);
    machine.gives(start);
    const std::string after = machine.session.live_xml(work_uuid);
    CHECK(after.find("<vcpu placement='static'>2</vcpu>") != std::string::npos);
    CHECK(after.find("<on_reboot>destroy</on_reboot>") != std::string::npos);
    machine.gives(kill_it);
    machine.check_tidy("work");
}

// The document for Xen is another's; the store that both come from is this one's.
TEST_CASE("hypervisor.md 49: what Xen would run as pvh is a q35 here, and says what it would be")
{
    const Machine machine;
    machine.gives({"work", "vm.property.Set", "virt_mode", "pvh"});
    const std::string store = machine.root.store();
    machine.gives(start);
    const std::string live = machine.session.live_xml(work_uuid);
    CHECK(live.find("q35") != std::string::npos);
    INFO(live);
    CHECK(live.find("<qm:vm xmlns:qm=\"https://qubes-mgmt.invalid/xmlns/1\" qid=\"4\" "
                    "class=\"AppVM\" virt-mode=\"pvh\"") != std::string::npos);
    machine.await_guest("work");
    machine.gives({"work", "vm.Shutdown", "wait"});
    machine.check_tidy("work");
    CHECK(machine.root.store() == store);
    // libvirt keeps the definition, and what is said in it.
    lose_daemon(machine.root);
    machine.gives(list, "work class=AppVM state=Halted\n");
    CHECK(machine.session.live_xml(work_uuid).find("virt-mode=\"pvh\"") != std::string::npos);
}

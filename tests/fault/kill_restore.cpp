// SPDX-License-Identifier: GPL-2.0-or-later
//
// kill -9 before every step of a restore, and a disk that says no at every step. Afterwards, and
// after the next changing call, all qubes of the backup are there, whole, or none of them and
// nothing of theirs.

#include "calls/restore_world.hpp"
#include "fault/histogram.hpp"
#include "fault/trace.hpp"
#include "lib/backup/restore/metadata_text.hpp"
#include "support/catch.hpp"

#include <csignal>
#include <filesystem>
#include <iostream>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

const std::string rules = "<firewall version=\"2\"><rules><rule><properties>"
                          "<property name=\"action\">drop</property>"
                          "</properties></rule></rules></firewall>";

// A template and a qube of it.
const ArchiveParts& parts()
{
    static const ArchiveParts all = [] {
        ArchiveParts made;
        made.domains =
            DomainText{.klass = "TemplateVM", .name = "deb", .path = "vm20/"}.text() +
            DomainText{.name = "office", .path = "vm21/", .properties = property("template", "deb")}
                .text();
        std::string root = noise(200'000 / 512 * 512, 1);
        root.resize(2'000'384);
        made.images = {{"vm20/root.img", std::move(root)},
                       {"vm20/private.img", noise(4096, 2)},
                       {"vm21/private.img", noise(8192, 3)}};
        made.files = {{"vm21/firewall.xml", rules}};
        return made;
    }();
    return all;
}

std::string quick_place()
{
    return ::access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

struct Machine : RestoreWorld {
    Machine() : RestoreWorld{"", quick_place()} { before = root.store(); }

    [[nodiscard]] Command command() const
    {
        static const std::string archive = parts().bytes();
        Command command = remote_command(root, restore_nightly);
        command.input = archive;
        return command;
    }

    [[nodiscard]] bool has_all() const
    {
        const StoreView now = view();
        const bool deb = now.domain("deb") != nullptr;
        CHECK(deb == (now.domain("office") != nullptr)); // at once, or not at all
        return deb;
    }

    void check_whole() const
    {
        for (const auto& [name, content] : parts().images) {
            const std::string vid = name.starts_with("vm20/") ? "vm-templates/deb/" + name.substr(5)
                                                              : "appvms/office/" + name.substr(5);
            INFO(vid);
            const bool same = root.read("/var/lib/qm-lvm/" + vid) == content;
            CHECK(same);
        }
        CHECK(root.exists("/var/lib/qubes/appvms/office/firewall.xml"));
        CHECK(reply({"office", "vm.firewall.GetPolicy"}) == "drop");
    }

    void check_nothing() const
    {
        for (const auto& [path, facts] : disks()) {
            INFO(path);
            const bool theirs =
                path.find("/deb") != std::string::npos || path.find("/office") != std::string::npos;
            CHECK((!theirs || (facts == "directory" && path.starts_with("/var/lib/qm-lvm"))));
        }
        const bool same = root.store() == before;
        CHECK(same);
    }

    // What the next changing call leaves, of another qube.
    void check_after_next_call()
    {
        const bool all = has_all();
        static_cast<void>(reply({"mgr", "vm.tag.Set", "next"}));
        static_cast<void>(reply({"mgr", "vm.tag.Remove", "next"}));
        CHECK(has_all() == all);
        if (all)
            check_whole();
        else
            check_nothing();
        const std::string intents = root.below("/var/lib/qubes-mgmt/intent");
        CHECK((!fs::exists(intents) || fs::is_empty(intents)));
    }

    std::string before;
};

} // namespace

TEST_CASE("backup.md 61: killed at any step of a restore, all its qubes are there or none")
{
    const Machine whole;
    const Trace undisturbed = trace(whole.root, whole.command());
    INFO(undisturbed.said);
    REQUIRE(undisturbed.status == 0);
    CHECK(whole.has_all());
    whole.check_whole();
    Histogram histogram;
    std::size_t with_all = 0;
    for (std::size_t at = 0; at < undisturbed.steps.size(); ++at) {
        const std::string& step = undisturbed.steps[at];
        if (step.starts_with("lock ") && histogram.of(step) > 0)
            continue;
        Machine machine;
        const Trace killed = kill_at(machine.root, machine.command(), at, When::before);
        INFO("killed before step " << at << ": " << step << "\n" << killed.said);
        CHECK(killed.hit);
        CHECK(killed.status == 128 + SIGKILL);
        histogram.add(step);
        with_all += machine.has_all() ? 1 : 0;
        machine.check_after_next_call();
        if (at % 8 == 0 && !machine.has_all()) { // and it can be done again
            const Outcome again = run(machine.command());
            INFO(again.out << again.err);
            CHECK(again.status == 0);
            machine.check_whole();
        }
    }
    histogram.print();
    CHECK(histogram.total() >= 40);
    CHECK(with_all > 0);
}

TEST_CASE("restore: a disk that says no at any step leaves all qubes or none", "[backup]")
{
    const Machine whole;
    const Trace undisturbed = trace(whole.root, whole.command());
    REQUIRE(undisturbed.status == 0);
    std::size_t refused = 0;
    for (std::size_t at = 0; at < undisturbed.steps.size(); ++at) {
        const std::string& step = undisturbed.steps[at];
        if (step.starts_with("lock ") || step.starts_with("unlink "))
            continue;
        Machine machine;
        const Trace failed = fail_at(machine.root, machine.command(), at);
        INFO("refused step " << at << ": " << step << "\n" << failed.said);
        refused += failed.status != 0 ? 1 : 0;
        CHECK(failed.status < 128);
        CHECK(failed.status != static_cast<int>(Failure::internal));
        if (failed.status == 0)
            CHECK(machine.has_all());
        machine.check_after_next_call();
    }
    CHECK(refused >= 15);
}

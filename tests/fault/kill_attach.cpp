// SPDX-License-Identifier: GPL-2.0-or-later
//
// Attach and Detach are killed at every step. Whatever the moment, nothing that the qube wrote is
// lost, and the volume is soon nobody's but its own qube's: after the same call again, the end of
// the qube, or a boot of the host.

#include "fault/histogram.hpp"
#include "fault/trace.hpp"
#include "fault/volume_host.hpp"
#include "support/catch.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

const std::string volume = "varlibqubes:appvms/mgr/private";
constexpr const char* image = "/var/lib/qubes/appvms/mgr/private.img";
constexpr const char* running_image = "/var/lib/qubes/appvms/mgr/private-dirty.img";

Ask attach(const std::string& options)
{
    return {"work", "vm.volume.Attach", volume, options};
}

const Ask detach{"work", "vm.volume.Detach", volume};

struct Victim {
    std::string_view title;
    Ask ask;
    std::optional<Ask> first; // what was attached before
};

const std::vector<Victim>& victims()
{
    static const std::vector<Victim> all{
        {"Attach to read", attach(""), {}},
        {"Attach to write", attach("rw=yes"), {}},
        {"Attach to write for good", attach("rw=yes persistent=yes"), {}},
        {"Detach of what was read", detach, attach("")},
        {"Detach of what was written to", detach, attach("rw=yes")},
        {"Detach of what was written to for good", detach, attach("rw=yes persistent=yes")},
    };
    return all;
}

struct Attached : VolumeHost {
    explicit Attached(const Victim& victim)
    {
        run_work();
        if (victim.first) {
            gives(*victim.first, "");
            write();
        }
    }

    // What the guest of `work` does, where it may.
    void write() const
    {
        if (root.exists(running_image))
            put("by work");
    }

    void put(std::string_view text) const
    {
        std::fstream file{root.below(running_image),
                          std::ios::in | std::ios::out | std::ios::binary};
        REQUIRE(file.write(text.data(), static_cast<std::streamsize>(text.size())));
    }

    [[nodiscard]] std::string head() const
    {
        std::string text(7, '\0');
        std::ifstream{root.below(image), std::ios::binary}.read(text.data(), 7);
        return text;
    }

    [[nodiscard]] bool has_disk() const
    {
        return hypervisor.live_xml(work_uuid).find("/appvms/mgr/private") != std::string::npos;
    }

    void end_work() const
    {
        if (state("work") != "Halted")
            gives({"work", "vm.Kill"}, "");
    }

    // The volume is as if it had never been lent, with what was written to it.
    void check_free(bool written) const
    {
        CHECK(head() == (written ? "by work" : "image o"));
        CHECK_FALSE(root.exists(running_image));
        gives({"mgr", "vm.Start"}, ""); // what was being written of a record goes with it
        gives({"mgr", "vm.Kill"}, "");
        for (const auto& entry : fs::directory_iterator{root.below("/var/lib/qubes/appvms/mgr")})
            CHECK(entry.path().string().find(".attached-") == std::string::npos);
        const std::string records = root.below("/run/qubes-mgmt/attached");
        CHECK((!fs::exists(records) || fs::is_empty(records)));
        for (const auto& entry : fs::directory_iterator{root.below("/run/qubes")})
            CHECK(entry.path().string().find("mgr-private") == std::string::npos);
    }

    void reboot() const
    {
        hypervisor.set(work_uuid, 5, 1, -1);
        for (const char* const of :
             {"/run/qubes-mgmt/attached", "/run/qubes-mgmt/run", "/run/qubes"})
            fs::remove_all(root.below(of));
        fs::create_directories(root.below("/run/qubes"));
        CHECK(test::run(tool("qubes-mgmt-boot")).status == 0);
    }
};

enum class Next { repeat, end_of_work, start_of_owner, reboot };
constexpr std::size_t next_count = 4;

// Afterwards nobody has it.
void go_on(const Attached& host, const Victim& victim, Next next)
{
    switch (next) {
    case Next::repeat: {
        const Outcome again = run_call(host.root, victim.ask);
        INFO("again: " << again.err);
        const bool gone = victim.first && again.status == static_cast<int>(Failure::not_found);
        CHECK((again.status == 0 || gone));
        CHECK(host.has_disk() == !victim.first);
        if (!victim.first) {
            host.write();
            host.gives(detach, "");
        }
        CHECK_FALSE(host.has_disk());
        break;
    }
    case Next::start_of_owner: {
        const Outcome started = run_call(host.root, {"mgr", "vm.Start"});
        INFO("Start of mgr: " << started.err);
        const bool written = host.has_disk() && victim.ask.payload.find("rw=yes") == 0;
        CHECK((started.status == 0 || started.status == static_cast<int>(Failure::in_use)));
        if (written)
            CHECK(started.status == static_cast<int>(Failure::in_use));
        if (started.status == 0)
            host.gives({"mgr", "vm.Kill"}, "");
        break;
    }
    case Next::reboot: host.reboot(); break;
    case Next::end_of_work: break;
    }
    host.end_work();
    // an entry in the store may be left, and is no user
    const Outcome last = run_call(host.root, detach);
    INFO("the last Detach: " << last.err);
    CHECK((last.status == 0 || last.status == static_cast<int>(Failure::wrong_state)));
}

} // namespace

TEST_CASE("attached volumes: killed at any step, nothing is lost and nobody keeps a volume")
{
    Histogram all;
    for (const Victim& victim : victims()) {
        const bool writes = (victim.first ? *victim.first : victim.ask).payload.find("rw=yes") == 0;
        const Attached whole{victim};
        const Trace undisturbed = trace(whole.root, remote_command(whole.root, victim.ask));
        INFO(victim.title << ": " << undisturbed.said);
        REQUIRE(undisturbed.status == 0);
        Histogram histogram;
        for (std::size_t at = 0; at < undisturbed.steps.size(); ++at) {
            const std::string& step = undisturbed.steps[at];
            if (is_hypervisors(step) && !makes_it_true(step))
                continue;
            const When when = makes_it_true(step) ? When::after : When::before;
            const auto next = static_cast<Next>(histogram.total() % next_count);
            const Attached host{victim};
            const Trace killed =
                kill_at(host.root, remote_command(host.root, victim.ask), at, when);
            INFO(victim.title << ", killed at step " << at << ": " << step << ", then "
                              << static_cast<int>(next));
            REQUIRE(killed.hit);
            CHECK(killed.status == 128 + SIGKILL);
            histogram.add(step);
            all.add(step);
            const bool has_disk = host.has_disk();
            if (!victim.first && has_disk)
                host.write();
            go_on(host, victim, next);
            host.check_free(writes && (victim.first || has_disk || next == Next::repeat));
        }
        std::cout << victim.title << ":\n";
        histogram.print();
        CHECK(histogram.total() >= 4);
    }
    std::cout << "All:\n";
    all.print();
    CHECK(all.total() >= 60);
}

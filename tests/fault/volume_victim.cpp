// SPDX-License-Identifier: GPL-2.0-or-later

#include "fault/volume_victim.hpp"

#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <filesystem>

namespace qmgmt::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view grown_size = "2097152";

std::function<Ask(const VolumeHost&)> always(Ask ask)
{
    return [ask = std::move(ask)](const VolumeHost&) { return ask; };
}

auto on_private(const std::string& call, const std::string& payload = "")
{
    return always({"work", "vm.volume." + call, "private", payload});
}

Ask clone_of_mgr(const VolumeHost& host)
{
    return {"work", "vm.volume.CloneTo", "private",
            host.reply({"mgr", "vm.volume.CloneFrom", "private"})};
}

std::vector<VolumeVictim> make_victims()
{
    const std::string content = volume_content('i', 768 * 512);
    const std::string grown{grown_size};
    const auto create = [](const std::string& destination, const std::string& call,
                           const std::string& argument, const std::string& payload) {
        return always({destination, "vm." + call, argument, payload});
    };
    return {
        {"Snapshot", on_private("Snapshot")},
        {"Snapshot of a running qube", on_private("Snapshot"), {}, true, true},
        {"Revert", on_private("Revert", "1")},
        {"Revert that shares blocks", on_private("Revert", "1"), {}, false, true},
        {"Extend", on_private("Extend", grown)},
        {"Extend that shares blocks", on_private("Extend", grown), {}, false, true},
        {"Extend of a volatile", always({"work", "vm.volume.Extend", "volatile", "21474836480"})},
        {"Extend of a running qube", on_private("Extend", grown), {}, true},
        {"ImportWithSize",
         on_private("ImportWithSize", std::to_string(content.size()) + "\n" + content)},
        {"Clear that shares blocks", on_private("Clear"), {}, false, true},
        {"CloneTo", clone_of_mgr},
        {"CloneTo that shares blocks", clone_of_mgr, {}, false, true},
        {"Clone", create("work", "Clone", "", "name=unborn"), Failure::in_use},
        {"CloneInPool", create("work", "CloneInPool", "", "name=unborn pool:private=spare"),
         Failure::in_use},
        {"CreateTemplate", create("dom0", "CreateTemplate", "unborn", content), Failure::in_use},
        {"CreateInPool",
         create("dom0", "CreateInPool.AppVM", "fedora-25", "name=unborn label=red pool=spare"),
         Failure::in_use},
        {"pool.Add",
         always({"dom0", "pool.Add", "fresh",
                 "driver=file-reflink\ndir_path=/mnt/fresh\nsetup_check=False\n"}),
         Failure::in_use},
        {"pool.Remove", always({"dom0", "pool.Remove", "spare"}), Failure::not_found},
        {"Set.revisions_to_keep", on_private("Set.revisions_to_keep", "7")},
        {"pool.Set.revisions_to_keep",
         always({"dom0", "pool.Set.revisions_to_keep", "spare", "7"})},
    };
}

void check_runs_from_committed(const VolumeHost& host)
{
    const Disks disks = host.disks();
    CHECK(disks.images.at("/var/lib/qm-lvm/appvms/work/private-dirty.img") ==
          disks.images.at(std::string{VolumeHost::private_image}));
}

void ask_again(const VolumeHost& host, const VolumeVictim& victim, bool is_done)
{
    const Ask ask = victim.ask(host);
    const Outcome outcome = run_call(host.root, ask);
    INFO(describe(ask) << " again: " << outcome.err);
    if (is_done && victim.repeated)
        check_refusal(outcome, full_name(ask.call), *victim.repeated);
    else
        CHECK(outcome.status == 0);
}

} // namespace

const std::vector<VolumeVictim>& volume_victims()
{
    static const std::vector<VolumeVictim> all = make_victims();
    return all;
}

std::unique_ptr<VolumeHost> ready_for(const VolumeVictim& victim)
{
    std::string place = simulated::quick_place();
    if (victim.shares) {
        static const auto sharing = new_pool_on("xfs");
        if (!sharing)
            return nullptr;
        place = on_disk(*sharing);
    }
    auto host = std::make_unique<VolumeHost>(place);
    if (victim.runs)
        host->run_work();
    return host;
}

std::string_view name_of(Next next)
{
    switch (next) {
    case Next::repeat: return "the same again";
    case Next::start_or_kill: return "Start or Kill";
    case Next::snapshot: return "Snapshot";
    case Next::boot: return "boot";
    }
    return {};
}

void check_survived(const VolumeHost& host, const VolumeVictim& victim, const Disks& before,
                    const Disks& done, Next next)
{
    const Disks now = host.disks();
    check_between(now, before, done);
    CHECK(host.reply({"work", "vm.List"}) ==
          std::string{"work class=AppVM state="} + (victim.runs ? "Running" : "Halted") + "\n");
    switch (next) {
    case Next::repeat: {
        ask_again(host, victim, now.store == done.store);
        const Disks repeated = host.disks();
        CHECK(repeated.images == done.images);
        CHECK(repeated.store == done.store);
        break;
    }
    case Next::start_or_kill:
        if (victim.runs) {
            host.gives({"work", "vm.Kill"}, "");
        } else {
            host.gives({"work", "vm.Start"}, "");
            check_runs_from_committed(host);
        }
        break;
    case Next::boot: {
        const Outcome booted = run(host.tool("qubes-mgmt-boot"));
        CHECK(booted.err == "");
        CHECK(booted.status == 0);
        if (!victim.runs) // nobody touches what is in use
            host.check_clear();
        check_between(host.disks(), before, done);
        break;
    }
    case Next::snapshot: break; // what all end with
    }
    if (host.state("work") != "Halted")
        host.gives({"work", "vm.Kill"}, "");
    host.check_volume_works();
}

} // namespace qmgmt::test

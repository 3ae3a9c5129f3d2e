// SPDX-License-Identifier: GPL-2.0-or-later
//
// Many calls on the same volumes at once: what comes out is what some order of them explains.

#include "fault/volume_host.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <set>
#include <sys/stat.h>
#include <thread>
#include <tuple>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

namespace fs = std::filesystem;

using Call = std::unique_ptr<Process>;

constexpr std::size_t import_size = 393216;
constexpr std::size_t smaller_size = 2097152;
constexpr std::size_t larger_size = 3145728;

int host_inputs = 0;

Call begin(const Host& host, const Ask& ask)
{
    Command command = remote_command(host.root, ask);
    // A file: what a pipe holds would have to be fed while others are waited for.
    const std::string path = "/input-" + std::to_string(host_inputs++);
    host.root.write(path, command.input);
    const Fd file{::open(host.root.below(path).c_str(), O_RDONLY | O_CLOEXEC)};
    command.input_from = file.get();
    return std::make_unique<Process>(std::move(command));
}

ino_t inode_of(const std::string& path)
{
    struct stat facts {};
    return ::lstat(path.c_str(), &facts) == 0 ? facts.st_ino : 0;
}

// A volume in thought: the letter of its content and its size.
using State = std::pair<char, std::size_t>;

struct Model {
    State present{'b', VolumeHost::size};
    std::vector<State> revisions{{'a', VolumeHost::old_size}}; // it keeps many
    bool is_there = true;

    // A state that is the newest revision already is not kept twice.
    void keep_present()
    {
        if (revisions.back() != present)
            revisions.push_back(present);
    }
    int extend(std::size_t size)
    {
        if (size < present.second)
            return static_cast<int>(Failure::failed);
        present.second = size;
        return 0;
    }
    int import()
    {
        keep_present();
        present = {'i', import_size};
        return 0;
    }
    int revert()
    {
        keep_present();
        present = revisions.front();
        return 0;
    }
    int snapshot()
    {
        revisions.push_back(present);
        return 0;
    }
    int remove()
    {
        is_there = false;
        return 0;
    }
};

struct Action {
    Ask ask;
    std::function<int(Model&)> happens;
};

std::vector<Action> actions()
{
    const auto on_private = [](const std::string& call, const std::string& payload = "") {
        return Ask{"work", "vm.volume." + call, "private", payload};
    };
    return {
        {on_private("Extend", std::to_string(smaller_size)),
         [](Model& model) { return model.extend(smaller_size); }},
        {on_private("Extend", std::to_string(larger_size)),
         [](Model& model) { return model.extend(larger_size); }},
        {on_private("ImportWithSize",
                    std::to_string(import_size) + "\n" + volume_content('i', import_size)),
         [](Model& model) { return model.import(); }},
        {on_private("Revert", "1"), [](Model& model) { return model.revert(); }},
        {on_private("Snapshot"), [](Model& model) { return model.snapshot(); }},
        {{"work", "vm.Remove"}, [](Model& model) { return model.remove(); }},
    };
}

// What can be seen in the end: how each action answered, and the volume.
using Seen = std::tuple<std::vector<int>, bool, State, std::vector<State>>;

std::set<Seen> explained(const std::vector<Action>& all)
{
    std::vector<std::size_t> order(all.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::set<Seen> found;
    do {
        Model model;
        std::vector<int> answers(all.size());
        for (const std::size_t i : order)
            answers[i] =
                model.is_there ? all[i].happens(model) : static_cast<int>(Failure::not_found);
        if (model.is_there)
            found.emplace(answers, true, model.present, model.revisions);
        else
            found.emplace(answers, false, State{}, std::vector<State>{});
    } while (std::ranges::next_permutation(order).found);
    return found;
}

// A whole content that we know, grown or not.
State state_of(const std::string& path)
{
    const std::string bytes = [&] {
        const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        std::string text(fs::file_size(path), '\0');
        REQUIRE(::pread(file.get(), text.data(), text.size(), 0) ==
                static_cast<ssize_t>(text.size()));
        return text;
    }();
    const char letter = bytes.front();
    const std::size_t size = letter == 'a'   ? VolumeHost::old_size
                             : letter == 'b' ? VolumeHost::size
                                             : import_size;
    std::string whole = volume_content(letter, size);
    whole.resize(bytes.size(), '\0');
    CHECK(bytes == whole);
    return {letter, bytes.size()};
}

Seen seen(const VolumeHost& host, std::vector<int> answers)
{
    const std::string image = host.root.below(VolumeHost::private_image);
    if (!fs::exists(image))
        return {std::move(answers), false, {}, {}};
    std::map<int, State> revisions;
    for (const auto& entry : fs::directory_iterator{fs::path{image}.parent_path()}) {
        const std::string name = entry.path().filename();
        constexpr std::string_view start = "private.img.";
        if (!name.starts_with(start))
            continue;
        int number = 0;
        std::from_chars(name.data() + start.size(), name.data() + name.size(), number);
        revisions.emplace(number, state_of(entry.path()));
    }
    std::vector<State> states;
    for (const auto& [number, state] : revisions)
        states.push_back(state);
    return {std::move(answers), true, state_of(image), std::move(states)};
}

void check_contest(const std::vector<Action>& all, std::minstd_rand& random)
{

    const std::set<Seen> possible = explained(all);
    const VolumeHost host;
    host.gives({"work", "vm.volume.Set.revisions_to_keep", "private", "9"}, "");
    std::vector<std::size_t> order(all.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    std::vector<Call> calls(all.size());
    for (const std::size_t i : order) {
        calls[i] = begin(host, all[i].ask);
        std::this_thread::sleep_for(std::chrono::milliseconds{random() % 8});
    }
    std::vector<int> answers;
    std::string told;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Outcome outcome = calls[i]->finish();
        answers.push_back(outcome.status);
        told += describe(all[i].ask).substr(0, 60) + ": " + std::to_string(outcome.status) + " " +
                outcome.err + "\n";
    }
    const Seen now = seen(host, answers);
    INFO(told << "present: " << std::get<2>(now).first << " " << std::get<2>(now).second);
    CHECK(possible.contains(now));
    CHECK(host.root.exists("/var/lib/qm-lvm/appvms/work") == std::get<1>(now));
    host.check_clear();
    if (std::get<1>(now))
        host.check_volume_works();
}

} // namespace

TEST_CASE("storage.md 95: 50 Snapshots at once have 50 ids, one after the other")
{
    const VolumeHost host;
    std::vector<Call> calls;
    for (int i = 0; i < 50; ++i)
        calls.push_back(begin(host, {"work", "vm.volume.Snapshot", "private"}));
    std::set<int> ids;
    for (const Call& call : calls) {
        const Outcome outcome = call->finish();
        CHECK(outcome.err == "");
        REQUIRE(outcome.status == 0);
        ids.insert(std::stoi(outcome.out));
    }
    CHECK(ids.size() == 50);
    CHECK(*ids.begin() == 2);
    CHECK(*ids.rbegin() == 51);
    const Disks disks = host.disks();
    CHECK(disks.revisions.size() == 51);
    for (const int id : ids)
        CHECK(
            disks.revisions.at(std::string{VolumeHost::private_image} + "." + std::to_string(id)) ==
            disks.images.at(std::string{VolumeHost::private_image}));
    host.check_clear();
}

TEST_CASE("storage.md 96: 20 starts beside the stop of their template run from its old or new root")
{
    constexpr int most = 20;
    const std::string own_root = "/root.img";
    for (const char* const file_system : {"plain", "xfs"}) {
        const auto place = new_pool_on(file_system);
        if (!place)
            continue;
        const VolumeHost host{on_disk(*place)};
        host.gives({"dom0", "property.Set", "default_netvm", ""}, "");
        std::vector<std::string> names;
        for (int i = 1; i <= most; ++i) {
            names.push_back("app" + std::to_string(i));
            host.gives(
                {"dom0", "vm.Create.AppVM", "fedora-25", "name=" + names.back() + " label=red"},
                "");
        }
        const std::string images = "/var/lib/qm-lvm/appvms/";
        const std::string root = host.root.below("/var/lib/qm-lvm/vm-templates/fedora-25/root.img");
        int before = 0;
        int after = 0;
        for (const int head_start : {0, 4, 10, 16}) {
            INFO(file_system << ", the template stops after " << head_start << " starts");
            host.gives({"fedora-25", "vm.Start"}, "");
            const std::string dirty = fs::path{root}.replace_filename("root-dirty.img");
            {
                const Fd file{::open(dirty.c_str(), O_WRONLY | O_CLOEXEC)};
                const std::string mark = "after " + std::to_string(head_start) + "\n";
                REQUIRE(::pwrite(file.get(), mark.data(), mark.size(), 4096) ==
                        static_cast<ssize_t>(mark.size()));
            }
            const ino_t old_root = inode_of(root);
            std::vector<Call> calls;
            Call stopping;
            for (int i = 0; i < most; ++i) {
                if (i == head_start)
                    stopping = begin(host, {"fedora-25", "vm.Kill"});
                calls.push_back(begin(host, {names.at(i), "vm.Start"}));
            }
            for (const Call& call : calls) {
                const Outcome outcome = call->finish();
                CHECK(outcome.err == "");
                CHECK(outcome.status == 0);
            }
            CHECK(stopping->finish().status == 0);
            const ino_t new_root = inode_of(root);
            CHECK(new_root != old_root);
            const Disks disks = host.disks();
            for (const std::string& name : names) {
                INFO(name);
                const ino_t own = inode_of(host.root.below(images + name + own_root));
                CHECK((own == old_root || own == new_root));
                ++(own == old_root ? before : after);
                CHECK(disks.images.at(images + name + "/root-dirty.img") ==
                      disks.images.at(images + name + own_root));
            }
            host.check_clear();
            std::vector<Call> kills;
            for (const std::string& name : names)
                kills.push_back(begin(host, {name, "vm.Kill"}));
            for (const Call& kill : kills)
                CHECK(kill->finish().status == 0);
        }
        std::cout << file_system << ": " << before << " run from the old root, " << after
                  << " from the new one" << std::endl;
        CHECK(before > 0);
        CHECK(after > 0);
    }
}

TEST_CASE("volumes: Extend twice, Import, Revert, Snapshot and Remove at once end as in some order")
{
    std::minstd_rand random{5}; // NOLINT: the same order in each run, as far as can be
    const std::vector<Action> all = actions();
    const std::vector<Action> without_removal{all.begin(), all.end() - 1};
    for (int round = 0; round < 20; ++round) {
        INFO("round " << round);
        check_contest(round % 4 == 3 ? all : without_removal, random);
    }
    const std::vector<Action> end{all[4], all[5]};
    for (int round = 0; round < 6; ++round)
        check_contest(end, random);
}

TEST_CASE("pools: one that goes while a qube is made in it has the qube, or no trace of it")
{
    std::minstd_rand random{5}; // NOLINT: the same order in each run, as far as can be
    const VolumeHost host;
    int made = 0;
    int gone = 0;
    for (std::size_t round = 0; round < 60; ++round) {
        INFO("round " << round);
        const std::array<Ask, 2> asks{
            Ask{"dom0", "vm.CreateInPool.AppVM", "fedora-25", "name=new label=red pool=spare"},
            Ask{"dom0", "pool.Remove", "spare"}};
        const std::size_t first = round % 2;
        std::array<Call, 2> calls;
        calls.at(first) = begin(host, asks.at(first));
        std::this_thread::sleep_for(std::chrono::microseconds{random() % 12000});
        calls.at(1 - first) = begin(host, asks.at(1 - first));
        const Outcome created = calls[0]->finish();
        const Outcome removed = calls[1]->finish();
        INFO(created.err << removed.err);
        CHECK((created.status == 0) != (removed.status == 0));
        CHECK(host.root.exists("/mnt/spare/appvms/new/private.img") == (created.status == 0));
        CHECK(host.root.exists("/var/lib/qubes/appvms/new") == (created.status == 0));
        host.check_clear();
        if (created.status == 0) {
            ++made;
            host.gives({"new", "vm.Remove"}, "");
        } else {
            ++gone;
            host.gives({"dom0", "pool.Add", "file-reflink",
                        "name=spare\ndir_path=/mnt/spare\nsetup_check=False\n"},
                       "");
        }
    }
    std::cout << made << " qubes were made, " << gone << " pools removed" << std::endl;
    CHECK(made > 0);
    CHECK(gone > 0);
}

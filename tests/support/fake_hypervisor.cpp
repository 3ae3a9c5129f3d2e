// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/fake_hypervisor.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace qmgmt::test {
namespace {

constexpr std::array<std::string_view, 12> orders_of_libvirt = {
    "define",   "create", "resume", "suspend", "shutdown", "destroy",
    "undefine", "attach", "detach", "resize",  "take",     "give"};

} // namespace

FakeHypervisor::FakeHypervisor(ScratchRoot& root, std::string_view lines)
    : directory_{root.below("/run/qubes-mgmt/xdg/libvirt")} // calls may write there
{
    std::filesystem::create_directories(directory_);
    root.environment()["XDG_RUNTIME_DIR"] = root.below("/run/qubes-mgmt/xdg");
    root.environment()["LD_LIBRARY_PATH"] = fake_libvirt_directory();
    root.configure("hypervisor = test:///default\n" + std::string{lines});
    change([](fake::World& world) { world.type = "QEMU"; });
}

void FakeHypervisor::set(std::string_view uuid, int state, int reason, int id) const
{
    change([&](fake::World& world) {
        fake::Domain* domain = world.find(uuid);
        if (domain == nullptr)
            domain = &world.domains.emplace_back(
                fake::Domain{"domain-" + std::string{uuid.substr(0, 8)}, std::string{uuid}});
        domain->state = state;
        domain->reason = reason;
        domain->id = id;
        world.next_id = std::max(world.next_id, id + 1);
    });
}

fake::Domain FakeHypervisor::domain(std::string_view uuid) const
{
    fake::WorldFile file{directory_};
    const fake::Domain* domain = file.world.find(uuid);
    return domain == nullptr ? fake::Domain{.state = -1} : *domain;
}

std::string FakeHypervisor::live_xml(std::string_view uuid) const
{
    return fake::WorldFile{directory_}.live(uuid);
}

void FakeHypervisor::trouble(std::string_view lines) const
{
    change([&](fake::World& world) {
        world = fake::World::parse(world.text() + std::string{lines} + "\n");
    });
}

void FakeHypervisor::turn(std::string_view uuid, std::string_view name, long value) const
{
    change([&](fake::World& world) {
        const fake::Switch one{std::string{uuid}, std::string{name}, value};
        world.switches.insert(world.switches.begin(), one); // the first one counts
    });
}

void FakeHypervisor::heal() const
{
    change([](fake::World& world) {
        world.faults.clear();
        world.delays.clear();
        world.hangs.clear();
    });
}

std::vector<Asked> FakeHypervisor::log() const
{
    std::ifstream file{directory_ + "/fake-libvirt.log"};
    std::vector<Asked> found;
    std::string line;
    while (std::getline(file, line)) {
        std::istringstream words{line};
        Asked one;
        words >> one.microseconds >> one.pid >> one.operation >> one.uuid;
        std::getline(words >> std::ws, one.outcome);
        found.push_back(one);
    }
    return found;
}

std::vector<std::string> FakeHypervisor::orders(std::string_view uuid) const
{
    std::vector<std::string> found;
    for (const Asked& one : log()) {
        const bool order =
            std::ranges::find(orders_of_libvirt, one.operation) != orders_of_libvirt.end();
        if (!order || one.outcome == "asked" || (!uuid.empty() && one.uuid != uuid))
            continue;
        found.push_back(one.operation + " " + (uuid.empty() ? one.uuid + " " : "") + one.outcome);
    }
    return found;
}

void FakeHypervisor::await(std::string_view operation) const
{
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (std::chrono::steady_clock::now() < patience) {
        const auto lines = log();
        if (std::ranges::find(lines, operation, &Asked::operation) != lines.end())
            return;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    throw std::runtime_error{"nobody asked for " + std::string{operation}};
}

void FakeHypervisor::forget_log() const
{
    std::filesystem::remove(directory_ + "/fake-libvirt.log");
}

} // namespace qmgmt::test

// SPDX-License-Identifier: GPL-2.0-or-later
//
// A scratch host whose hypervisor does what a test tells it (support/fake_hypervisor): every qube
// of the fixture can be started, and nothing of it is real but the calls, the store and the images.
#pragma once

#include "calls/machine.hpp"
#include "calls/world.hpp"
#include "support/fake_hypervisor.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test::simulated {

// The fixture on files, no agent in its guests. `work` has sys-firewall as its netvm, and that has
// sys-net.
[[nodiscard]] std::string store();
// The same, with a `work` that needs nobody.
[[nodiscard]] std::string store_without_network();
// `text` with a property or feature of a qube before all others of it.
[[nodiscard]] std::string with_property(std::string text, std::string_view qube,
                                        std::string_view name, std::string_view value);
[[nodiscard]] std::string with_feature(std::string text, std::string_view qube,
                                       std::string_view name, std::string_view value);

// `text` with disp77, a disposable of fedora-25-dvm that goes when it stops and needs no netvm.
inline constexpr std::string_view disposable_uuid = "3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e77";
[[nodiscard]] std::string with_disposable(std::string text);

// In memory where that can be had: hundreds of hosts are not written to a disk.
[[nodiscard]] std::string quick_place();

class Host : public World {
public:
    explicit Host(const std::string& text = store(), std::string_view configuration = "",
                  const std::string& parent = quick_place());

    FakeHypervisor hypervisor;

    [[nodiscard]] std::string state(const std::string& qube) const; // as vm.List says it

    // A program for the event, run by /bin/sh; $ROOT is the scratch root.
    void add_hook(std::string_view event, std::string_view name, std::string_view script) const;
    void remove_hooks() const;
    // Hooks for all events of a qube's life that write themselves down.
    void write_hooks_down() const;
    // "EVENT QUBE" in the order they ran.
    [[nodiscard]] std::vector<std::string> hooks_run() const;

    // Names of the events journalled about the qube, in order.
    [[nodiscard]] std::vector<std::string> events(std::string_view qube) const;
    [[nodiscard]] std::size_t count(std::string_view qube, std::string_view event) const;

    // What a run leaves when it is over: nothing. No active domain, no run record, no running
    // volume, no image of a run, nobody's lock; its private image is there.
    void check_tidy(const std::string& qube, std::string_view uuid) const;
    // What it has while it lasts.
    void check_runs(const std::string& qube, std::string_view uuid) const;
    // The same, but for what it was told: that is not in a directory.
    void check_runs_apart(const std::string& qube, std::string_view uuid) const;
    void check_locks_free() const;
    [[nodiscard]] std::string record(std::string_view uuid) const; // empty: there is none
};

} // namespace qmgmt::test::simulated

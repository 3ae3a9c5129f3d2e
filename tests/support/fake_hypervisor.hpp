// SPDX-License-Identifier: GPL-2.0-or-later
//
// The hypervisor of a scratch root when a test needs one that fails, hangs or says odd things: the
// calls load the tests' libvirt (fake_libvirt), whose world this shows and changes.
#pragma once

#include "support/fake_libvirt/world_file.hpp"
#include "support/scratch.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

// A line of its log. Times are of one clock for all processes.
struct Asked {
    long long microseconds = 0;
    pid_t pid = -1;
    std::string operation; // "create"
    std::string uuid;      // "-" where it is about none
    std::string outcome;   // "asked", then "done" or "failed 38/18"; one that hangs is never more
};

class FakeHypervisor {
public:
    // From now on the root's calls see it; `lines` of configuration beside the connection.
    explicit FakeHypervisor(ScratchRoot& root, std::string_view lines = "");

    // Changes the world under its lock.
    template<typename Change>
    void change(Change change) const
    {
        fake::WorldFile file{directory_};
        change(file.world);
        file.save();
    }

    // Adds the domain, or sets its state; by libvirt's numbers.
    void set(std::string_view uuid, int state, int reason, int id) const;
    // As it is; state -1: nobody knows it.
    [[nodiscard]] fake::Domain domain(std::string_view uuid) const;
    [[nodiscard]] std::string live_xml(std::string_view uuid) const;

    // What goes wrong; `lines` are of the world's text (world.hpp): "fail create 1 38/18/2 before".
    void trouble(std::string_view lines) const;
    void turn(std::string_view uuid, std::string_view name, long value) const;
    // Nothing fails, waits or hangs any more.
    void heal() const;

    // Everything that was asked for since the log was last forgotten, in order.
    [[nodiscard]] std::vector<Asked> log() const;
    // The orders among it, as "create done", of one domain or, with none named, as "create UUID
    // done"; of a device of the host as "take pci_0000_00_1f_3 done".
    [[nodiscard]] std::vector<std::string> orders(std::string_view uuid = "") const;
    void forget_log() const;
    // Until somebody has asked for the operation, at most ten seconds; throws then.
    void await(std::string_view operation) const;

private:
    std::string directory_;
};

} // namespace qmgmt::test

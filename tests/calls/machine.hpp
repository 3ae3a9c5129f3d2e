// SPDX-License-Identifier: GPL-2.0-or-later
//
// A scratch host with a real libvirt and guests that run: the fixture on files, whose qubes boot a
// boot-sector guest from their root disk. Catch's assertions stand in here; a failure names the
// request.
#pragma once

#include "base/failure.hpp"
#include "support/guest.hpp"
#include "support/run_call.hpp"
#include "support/scratch.hpp"
#include "support/session.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace qmgmt::test {

inline constexpr std::string_view work_uuid = "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04";
inline constexpr std::string_view firewall_uuid = "7d1b6d0e-55f1-4e2c-93b3-2f7c9c9c0e03";
inline constexpr std::string_view net_uuid = "1c7a2f90-0f2a-4f43-8d7f-9b5e0d5d0e02";

// The fixture on files: no kernels from dom0, little memory, no agent in the guests. `work` has
// sys-firewall as its netvm, that has sys-net.
[[nodiscard]] std::string store_of_guests();
// The same with a `work` that has no netvm.
[[nodiscard]] std::string store_without_network();

class Machine {
public:
    // All qubes made from the template boot `guest`.
    explicit Machine(const std::string& store = store_without_network(),
                     const std::string& guest = guest_image());

    // Exit 0, nothing on standard error, exactly these bytes on standard output.
    void gives(const Ask& ask, std::string_view reply = "") const;
    // Plain and framed: the exit code of the kind, one line, the exception; the store as it was.
    void fails(const Ask& ask, FailureType type) const;

    [[nodiscard]] std::string state(const std::string& qube) const; // as vm.List says it
    // Until vm.List says so; a failed check when it does not within the time.
    void await(const std::string& qube, std::string_view state,
               std::chrono::milliseconds limit = std::chrono::seconds{30}) const;
    // Until the guest has said "GUEST UP".
    void await_guest(const std::string& qube) const;

    // Halted, no run record, no running volume, its locks free.
    void check_tidy(const std::string& qube) const;

    void add_hook(std::string_view event, std::string_view name, std::string_view script) const;

    ScratchRoot root;
    Session session; // once the root's files are as they shall be
};

} // namespace qmgmt::test

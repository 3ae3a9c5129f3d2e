// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the calls need of a hypervisor. Every operation is bounded by its deadline and throws Error;
// a hypervisor that cannot be asked is never taken for a halted qube. Backends never touch the
// store and take none of our locks. States and their names: the nine that clients of Qubes OS know.
#pragma once

#include "base/deadline.hpp"
#include "hypervisor/xen/plan.hpp"
#include "names/uuid.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

enum class PowerState {
    halted,
    transient,
    running,
    paused,
    suspended,
    halting,
    dying,
    crashed,
    na
};

[[nodiscard]] std::string_view name(PowerState state); // "Halted", "Transient", ...

// What the hypervisor says of one domain, before the qrexec refinement (running -> transient) of
// the life floor.
struct DomainStatus {
    Uuid uuid;
    std::string name; // libvirt's idea, for diagnostics only; Xen is not asked for it
    int id = -1;      // -1 when not active
    PowerState state = PowerState::halted;
    int raw_state = 0; // the backend's numbers, for the log
    int raw_reason = 0;
};

// What a domain uses; all 0 when it is not active.
struct DomainUsage {
    std::uint64_t memory_kib = 0;  // now
    std::uint64_t maximum_kib = 0; // of memory
    std::uint64_t cpu_time_ns = 0; // of all its virtual processors since its start
};

class Hypervisor {
public:
    virtual ~Hypervisor() = default;

    // All domains the hypervisor knows, in one round trip. A qube that is not listed is halted.
    [[nodiscard]] virtual std::vector<DomainStatus> list() = 0;
    // One domain; a domain nobody knows is halted.
    [[nodiscard]] virtual DomainStatus status(const Uuid& uuid) = 0;

    // A domain nobody knows uses nothing.
    [[nodiscard]] virtual DomainUsage usage(const Uuid& uuid) = 0;

    virtual void define(const Uuid& uuid, const std::string& xml) = 0;
    // Returns the id of the domain, created and paused.
    virtual int start_paused(const Uuid& uuid) = 0;
    virtual void resume(const Uuid& uuid) = 0;
    virtual void pause(const Uuid& uuid) = 0;
    // Asks the guest, returns at once.
    virtual void request_shutdown(const Uuid& uuid) = 0;
    // A domain that is already off: Error{wrong_state}.
    virtual void destroy(const Uuid& uuid) = 0;
    // An unknown domain is success.
    virtual void undefine(const Uuid& uuid) = 0;
    virtual void attach(const Uuid& uuid, const std::string& device_xml) = 0;
    // A guest that does not let go of the device within the time: Error{failed}, and it is
    // attached.
    virtual void detach(const Uuid& uuid, const std::string& device_xml) = 0;
    // A PCI device that no driver of the host has any more, so that a domain may have it; one that
    // none had is success. And back.
    virtual void take_from_host(const PciPlan& device) = 0;
    virtual void give_to_host(const PciPlan& device) = 0;
    // The same for a disk, whatever describes one here; a guest that keeps it is Error{timeout}.
    // Error{unsupported} for a disk of another qube where there cannot be any. The deadline is for
    // finding out what libvirt reads.
    virtual void attach_disk(const Uuid& uuid, const BlockPlan& disk, Deadline deadline);
    virtual void detach_disk(const Uuid& uuid, const BlockPlan& disk, Deadline deadline);
    // Tells a running guest that its disk of that source has grown to `size` bytes.
    virtual void resize_disk(const Uuid& uuid, const std::string& source, std::uint64_t size) = 0;
    [[nodiscard]] virtual std::string live_xml(const Uuid& uuid) = 0;

    enum class Kind { offline, xen, qemu, test };
    [[nodiscard]] virtual Kind kind() = 0;
    // Of the libvirt that drives it: major * 1000000 + minor * 1000 + release. 0: none does.
    [[nodiscard]] virtual unsigned long version() = 0;
};

// How to reach the hypervisor; all but `reads_only` from mgmt.conf.
struct HypervisorConfig {
    std::string connection;  // `auto`, `offline` or a libvirt URI
    bool socket = false;     // ask who runs over the socket first: key `lvrpc`
    bool libxl = false;      // on Xen, ask Xen itself who runs: key `libxl`
    bool reads_only = false; // the call changes nothing: a connection that could not is enough
    std::chrono::milliseconds open{10'000};
    std::chrono::milliseconds read{10'000};
    std::chrono::milliseconds define{20'000};
    std::chrono::milliseconds start{60'000};
    std::chrono::milliseconds resume{10'000};
    std::chrono::milliseconds shutdown{10'000};
    std::chrono::milliseconds destroy{30'000};
    std::chrono::milliseconds attach{15'000};
};

// The libvirt URI that `auto` stands for on this machine; anything else as it is.
[[nodiscard]] std::string resolved_connection(const std::string& configured);

// Whether that is Xen's.
[[nodiscard]] bool is_xen(const HypervisorConfig& config);

// Connects, at once or, with `socket` or `libxl`, when the library is first needed, or throws:
// Error{unsupported} when the library is not installed, Error{failed} when nobody answers,
// Error{denied} ... as hypervisor.md g. A call that asks nothing of the hypervisor never gets here.
[[nodiscard]] std::unique_ptr<Hypervisor> connect_hypervisor(const HypervisorConfig& config);

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// The qube that a call attaches a device to, held while it does: its lock, its state, and what it
// has.
#pragma once

#include "hypervisor/hypervisor.hpp"
#include "life/device/device_class.hpp"
#include "state/named_lock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

class Frontend {
public:
    // Takes the lock of the call's destination, and cleans up after it.
    Frontend(Call& call, DeviceClass& klass);

    [[nodiscard]] const Qube& qube() const { return *qube_; }
    [[nodiscard]] bool halted() const { return state_ == PowerState::halted; }
    [[nodiscard]] PowerState state() const { return state_; }
    // It runs, or is paused: something can be attached to it.
    [[nodiscard]] bool runs() const;

    // What it has now of that place; what it is assigned there.
    [[nodiscard]] std::optional<AttachedDevice> attached(std::string_view backend,
                                                         std::string_view port);
    [[nodiscard]] std::vector<Assignment> assigned() const;

private:
    Call& call_;
    DeviceClass& class_;
    NamedLock lock_;
    PowerState state_ = PowerState::na;
    const Qube* qube_ = nullptr;
};

// Attaches what is exposed and free, and says so: event, run record. Throws what the class throws,
// and Error{in_use} for a device that another qube has. The frontend's lock is held.
void attach_now(Call& call, DeviceClass& klass, const Qube& frontend, const ExposedDevice& device,
                const DeviceOptions& options);
// The same for its end.
void detach_now(Call& call, DeviceClass& klass, const Qube& frontend, const AttachedDevice& device);

// Whether nobody attaches or detaches a device of that qube just now.
[[nodiscard]] bool are_devices_free(const Call& call, const DeviceClass& klass,
                                    const std::string& backend);

// The device of that place, if it is exposed.
[[nodiscard]] std::optional<ExposedDevice>
exposed_device(Call& call, DeviceClass& klass, const Qube& backend, std::string_view port);

} // namespace qmgmt

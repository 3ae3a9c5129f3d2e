// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is particular to one class of devices. What all classes have in common, arguments, options,
// assignments, locks, the order of the checks, events, stands in life/device beside it and is
// written once.
#pragma once

#include "call/call.hpp"
#include "device/assignment.hpp"
#include "device/device_options.hpp"
#include "device/exposed_device.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

// A device that a running qube has.
struct AttachedDevice {
    std::string backend;
    std::string port;
    DeviceOptions options; // as it has it: "read-only" yes, "frontend-dev" xvdi
};

class DeviceClass {
public:
    virtual ~DeviceClass() = default;

    [[nodiscard]] virtual std::string_view name() const = 0; // "block"

    // How the store keeps a device that `persistent=yes` asks for.
    [[nodiscard]] virtual Assignment::Mode lasting_mode() const
    {
        return Assignment::Mode::auto_attach;
    }
    // Whether a device of the class can be assigned so.
    [[nodiscard]] virtual bool may_be(Assignment::Mode /*mode*/) const { return true; }
    // Whether a qube with this assignment does not run without the device. Stores of the first
    // generation say so of every one: of a class that cannot be required it means that the qube
    // gets it when it is there.
    [[nodiscard]] bool is_required(const Assignment& assignment) const
    {
        return assignment.mode == Assignment::Mode::required && may_be(assignment.mode);
    }
    // The options of an Attach, without `persistent` and `undetected`, as they are stored. Throws
    // Error{bad_value} for one that the class does not have, or a value that it does not take.
    [[nodiscard]] virtual DeviceOptions checked(const DeviceOptions& untrusted_options) const = 0;

    // The one name of a port that can be said in several ways; any other as it is.
    [[nodiscard]] virtual std::string canonical_port(const std::string& said) const { return said; }

    // What a qube exposes now; nothing when it does not run.
    [[nodiscard]] virtual std::vector<ExposedDevice> exposed(Call& call, const Qube& backend) = 0;
    // A device of which dom0 says that it is there, although nothing exposes it. Throws
    // Error{bad_value} for a class that has no such, or a device that cannot be.
    [[nodiscard]] virtual ExposedDevice undetected(Call& call, const Qube& backend,
                                                   const std::string& port);
    // What a running qube has now.
    [[nodiscard]] virtual std::vector<AttachedDevice> attached(Call& call,
                                                               const Qube& frontend) = 0;
    // The qube that has the device now. Asked before it is attached.
    [[nodiscard]] virtual std::optional<std::string> user_of(Call& call,
                                                             const ExposedDevice& device) = 0;
    // What was seen of other qubes may be old by now.
    virtual void look_again() {}
    // Says of exposed devices who has them, as far as that can be known: for listings.
    virtual void add_users(Call& call, std::vector<ExposedDevice>& devices);
    // Whether what is attached is what would be, were it attached with these options.
    [[nodiscard]] virtual bool is_same(const AttachedDevice& attached, const ExposedDevice& device,
                                       const DeviceOptions& options) const = 0;

    // Whether such a qube can ever have a device of the class, running or not: Error{bad_value}.
    virtual void check_kind(Call& call, const Qube& frontend);
    // The three below refuse before anything is done, in this order. First, whether this device
    // can be had with these options: Error{bad_value}.
    virtual void check_options(const ExposedDevice& device, const DeviceOptions& options) const;
    // The frontend runs: whether what serves the device does, too. Error{wrong_state}.
    virtual void check_backend(Call& call, const Qube& frontend, const Qube& backend);
    // The device is free: whether this frontend can have it.
    virtual void check_frontend(Call& call, const Qube& frontend, const DeviceOptions& options);

    // The frontend runs and its lock is held; the device is exposed and free. Complete when it
    // returns; when it throws, the frontend does not have the device.
    virtual void attach(Call& call, const Qube& frontend, const ExposedDevice& device,
                        const DeviceOptions& options) = 0;
    // The same for its end. A guest that does not let go: Error{timeout}, and it has the device.
    virtual void detach(Call& call, const Qube& frontend, const AttachedDevice& device) = 0;
};

} // namespace qmgmt

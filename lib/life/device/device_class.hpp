// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is particular to one class of devices. What all classes have in common, arguments, options,
// assignments, locks, the order of the checks, events, stands in life/device beside it and is
// written once.
#pragma once

#include "call/call.hpp"
#include "device/assignment.hpp"
#include "device/exposed_device.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt {

using DeviceOptions = std::vector<std::pair<std::string, std::string>>;

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
    // The options of an Attach, without `persistent`, as they are stored. Throws Error{bad_value}
    // for one that the class does not have, or a value that it does not take.
    [[nodiscard]] virtual DeviceOptions checked(const DeviceOptions& untrusted_options) const = 0;

    // What a qube exposes now; nothing when it does not run.
    [[nodiscard]] virtual std::vector<ExposedDevice> exposed(Call& call, const Qube& backend) = 0;
    // What a running qube has now.
    [[nodiscard]] virtual std::vector<AttachedDevice> attached(Call& call,
                                                               const Qube& frontend) = 0;
    // The qube that has the device now. Asked before it is attached.
    [[nodiscard]] virtual std::optional<std::string> user_of(Call& call,
                                                             const ExposedDevice& device) = 0;
    // Whether what is attached is what would be, were it attached with these options.
    [[nodiscard]] virtual bool is_same(const AttachedDevice& attached, const ExposedDevice& device,
                                       const DeviceOptions& options) const = 0;

    // The frontend runs and its lock is held; the device is exposed and free. Complete when it
    // returns; when it throws, the frontend does not have the device.
    virtual void attach(Call& call, const Qube& frontend, const ExposedDevice& device,
                        const DeviceOptions& options) = 0;
    // The same for its end. A guest that does not let go: Error{timeout}, and it has the device.
    virtual void detach(Call& call, const Qube& frontend, const AttachedDevice& device) = 0;
};

} // namespace qmgmt

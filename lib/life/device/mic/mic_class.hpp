// SPDX-License-Identifier: GPL-2.0-or-later
//
// The microphone: one device, dom0's by name, wherever the sound card is
// (firewall-devices.md 2.11). Several qubes may have it.
#pragma once

#include "device/device_argument.hpp"
#include "life/device/device_class.hpp"

namespace qmgmt {

// The one that there is.
[[nodiscard]] DeviceArgument the_microphone();

class MicClass : public DeviceClass {
public:
    [[nodiscard]] std::string_view name() const override { return "mic"; }
    [[nodiscard]] bool may_be(Assignment::Mode mode) const override
    {
        return mode != Assignment::Mode::required;
    }
    // It has none.
    [[nodiscard]] DeviceOptions checked(const DeviceOptions& untrusted_options) const override;
    [[nodiscard]] std::vector<ExposedDevice> exposed(Call& call, const Qube& backend) override;
    [[nodiscard]] std::vector<AttachedDevice> attached(Call& call, const Qube& frontend) override;
    // It is never taken from anybody.
    [[nodiscard]] std::optional<std::string> user_of(Call& call,
                                                     const ExposedDevice& device) override;
    void add_users(Call& /*call*/, std::vector<ExposedDevice>& /*devices*/) override {}
    [[nodiscard]] bool is_same(const AttachedDevice& attached, const ExposedDevice& device,
                               const DeviceOptions& options) const override;
    // Whether the audio qube of the frontend is there, Error{bad_value}, and runs.
    void check_backend(Call& call, const Qube& frontend, const Qube& backend) override;
    void attach(Call& call, const Qube& frontend, const ExposedDevice& device,
                const DeviceOptions& options) override;
    void detach(Call& call, const Qube& frontend, const AttachedDevice& device) override;
};

} // namespace qmgmt

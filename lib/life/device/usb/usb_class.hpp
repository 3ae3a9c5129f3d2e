// SPDX-License-Identifier: GPL-2.0-or-later
//
// USB devices: the qubes at both ends pass one on over qrexec, by programs of their own
// (firewall-devices.md 2.10). Neither libvirt nor Xen knows of it.
#pragma once

#include "device/usb/table.hpp"
#include "life/device/device_class.hpp"

namespace qmgmt {

class UsbClass : public DeviceClass {
public:
    [[nodiscard]] std::string_view name() const override { return "usb"; }
    [[nodiscard]] bool may_be(Assignment::Mode mode) const override
    {
        return mode != Assignment::Mode::required;
    }
    // It has none.
    [[nodiscard]] DeviceOptions checked(const DeviceOptions& untrusted_options) const override;

    // What the qube's table says; of dom0 only where dom0 can pass one on.
    [[nodiscard]] std::vector<ExposedDevice> exposed(Call& call, const Qube& backend) override;
    // All that run are asked what they have passed on to it.
    [[nodiscard]] std::vector<AttachedDevice> attached(Call& call, const Qube& frontend) override;
    [[nodiscard]] std::optional<std::string> user_of(Call& call,
                                                     const ExposedDevice& device) override;
    // Their tables have said it.
    void add_users(Call& /*call*/, std::vector<ExposedDevice>& /*devices*/) override {}
    [[nodiscard]] bool is_same(const AttachedDevice& attached, const ExposedDevice& device,
                               const DeviceOptions& options) const override;
    void check_frontend(Call& call, const Qube& frontend, const DeviceOptions& options) override;

    // Throws Error{unsupported} for a frontend without the service qubes.USBAttach.
    void attach(Call& call, const Qube& frontend, const ExposedDevice& device,
                const DeviceOptions& options) override;
    void detach(Call& call, const Qube& frontend, const AttachedDevice& device) override;

private:
    // What a qube that runs, or dom0, says of itself.
    [[nodiscard]] static std::vector<UsbDevice> devices_of(Call& call, const Qube& backend);
};

} // namespace qmgmt

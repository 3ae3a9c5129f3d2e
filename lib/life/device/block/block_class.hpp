// SPDX-License-Identifier: GPL-2.0-or-later
//
// Block devices: disks of qubes, and of dom0, that others may have (firewall-devices.md 2.8).
#pragma once

#include "hypervisor/xen/plan.hpp"
#include "life/device/device_class.hpp"

#include <map>
#include <optional>

namespace qmgmt {

class BlockClass : public DeviceClass {
public:
    [[nodiscard]] std::string_view name() const override { return "block"; }
    [[nodiscard]] DeviceOptions checked(const DeviceOptions& untrusted_options) const override;
    [[nodiscard]] std::vector<ExposedDevice> exposed(Call& call, const Qube& backend) override;
    [[nodiscard]] ExposedDevice undetected(Call& call, const Qube& backend,
                                           const std::string& port) override;
    [[nodiscard]] std::vector<AttachedDevice> attached(Call& call, const Qube& frontend) override;
    [[nodiscard]] std::optional<std::string> user_of(Call& call,
                                                     const ExposedDevice& device) override;
    void look_again() override { users_.reset(); }
    [[nodiscard]] bool is_same(const AttachedDevice& attached, const ExposedDevice& device,
                               const DeviceOptions& options) const override;
    void check_options(const ExposedDevice& device, const DeviceOptions& options) const override;
    void check_frontend(Call& call, const Qube& frontend, const DeviceOptions& options) override;
    void attach(Call& call, const Qube& frontend, const ExposedDevice& device,
                const DeviceOptions& options) override;
    void detach(Call& call, const Qube& frontend, const AttachedDevice& device) override;

private:
    using Users = std::map<std::string, std::string, std::less<>>;
    [[nodiscard]] Users find_users(Call& call);

    std::optional<Users> users_; // the qube that has a device, by "sys-usb+sda"
};

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// PCI devices: dom0's, handed to domains of Xen (firewall-devices.md 2.9). A qube that has one for
// good requires it.
#pragma once

#include "device/pci/address.hpp"
#include "device/pci/bus.hpp"
#include "hypervisor/xenstore.hpp"
#include "life/device/device_class.hpp"

#include <memory>

namespace qmgmt {

class PciClass : public DeviceClass {
public:
    [[nodiscard]] std::string_view name() const override { return "pci"; }
    [[nodiscard]] Assignment::Mode lasting_mode() const override
    {
        return Assignment::Mode::required;
    }
    [[nodiscard]] bool may_be(Assignment::Mode mode) const override
    {
        return mode == Assignment::Mode::required;
    }
    // `no-strict-reset`, `permissive`; one that is off is none.
    [[nodiscard]] DeviceOptions checked(const DeviceOptions& untrusted_options) const override;
    // By either form of its port, where there is such a device.
    [[nodiscard]] std::string canonical_port(const std::string& said) const override;

    // As admin.* also what they are called.
    [[nodiscard]] std::vector<ExposedDevice> exposed(Call& call, const Qube& backend) override;
    // What libvirt says of the domain.
    [[nodiscard]] std::vector<AttachedDevice> attached(Call& call, const Qube& frontend) override;
    // What xenstore says; where that cannot be asked, what libvirt says of all that run.
    [[nodiscard]] std::optional<std::string> user_of(Call& call,
                                                     const ExposedDevice& device) override;
    // What xenstore says; a listing does without it.
    void add_users(Call& call, std::vector<ExposedDevice>& devices) override;
    [[nodiscard]] bool is_same(const AttachedDevice& attached, const ExposedDevice& device,
                               const DeviceOptions& options) const override;

    // Throws Error{denied} also where nobody knows whether disks of dom0 are behind the device.
    void check_options(const ExposedDevice& device, const DeviceOptions& options) const override;
    // A pvh has none.
    void check_kind(Call& call, const Qube& frontend) override;
    void check_frontend(Call& call, const Qube& frontend, const DeviceOptions& options) override;

    void attach(Call& call, const Qube& frontend, const ExposedDevice& device,
                const DeviceOptions& options) override;
    // The guest is asked to let go first, by its service qubes.DetachPciDevice: its kernel may
    // crash otherwise. Where it does not, Error{failed}, and it has the device.
    void detach(Call& call, const Qube& frontend, const AttachedDevice& device) override;

private:
    [[nodiscard]] const PciBus& bus() const;
    [[nodiscard]] std::string port_at(const PciAddress& address) const;
    [[nodiscard]] Xenstore& xenstore();
    [[nodiscard]] static std::optional<std::string> running_user_of(Call& call,
                                                                    const PciAddress& address);
    [[nodiscard]] std::string guest_slot(const Qube& frontend, const PciAddress& address);

    mutable std::unique_ptr<PciBus> bus_; // read when first asked for
    std::unique_ptr<Xenstore> xenstore_;
    bool shows_resets_ = true; // libvirt says of a device how it is reset
};

} // namespace qmgmt

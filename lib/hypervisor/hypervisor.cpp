// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/hypervisor.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "hypervisor/device_key.hpp"
#include "hypervisor/libvirt_hypervisor.hpp"
#include "hypervisor/libxl/loaded.hpp"
#include "hypervisor/libxl/reader.hpp"
#include "hypervisor/libxl_first.hpp"
#include "hypervisor/socket_first.hpp"
#include "hypervisor/xen/probe.hpp"

namespace qmgmt {
namespace {

// No hypervisor, by configuration: everything is halted, and stays so.
class OfflineHypervisor : public Hypervisor {
public:
    std::vector<DomainStatus> list() override { return {}; }
    DomainStatus status(const Uuid& uuid) override { return {.uuid = uuid}; }
    DomainUsage usage(const Uuid&) override { return {}; }
    void define(const Uuid&, const std::string&) override { refuse(); }
    int start_paused(const Uuid&) override { refuse(); }
    void resume(const Uuid&) override { refuse(); }
    void pause(const Uuid&) override { refuse(); }
    void request_shutdown(const Uuid&) override { refuse(); }
    void destroy(const Uuid&) override { refuse(); }
    void undefine(const Uuid&) override {}
    void attach(const Uuid&, const std::string&) override { refuse(); }
    void detach(const Uuid&, const std::string&) override { refuse(); }
    void take_from_host(const PciPlan&) override { refuse(); }
    void give_to_host(const PciPlan&) override { refuse(); }
    void resize_disk(const Uuid&, const std::string&, std::uint64_t) override { refuse(); }
    std::string live_xml(const Uuid&) override { refuse(); }
    Kind kind() override { return Kind::offline; }
    unsigned long version() override { return 0; }

private:
    [[noreturn]] static void refuse()
    {
        throw Error{failure::unsupported, "not available: there is no hypervisor here"};
    }
};

std::string disk_xml(Hypervisor& hypervisor, const BlockPlan& disk, Deadline deadline)
{
    return hypervisor.kind() == Hypervisor::Kind::xen
               ? xen_disk_xml(disk, xen_dialect(hypervisor, deadline))
               : qemu_disk_xml(disk);
}

bool is_dom0_of_xen()
{
    static const bool is =
        read_small_file("/proc/xen/capabilities", 256).find("control_d") != std::string::npos;
    return is;
}

} // namespace

void Hypervisor::attach_disk(const Uuid& uuid, const BlockPlan& disk, Deadline deadline)
{
    attach(uuid, disk_xml(*this, disk, deadline));
}

void Hypervisor::detach_disk(const Uuid& uuid, const BlockPlan& disk, Deadline deadline)
{
    const std::string xml = disk_xml(*this, disk, deadline);
    try {
        detach(uuid, xml);
    } catch (const Error& error) {
        if (error.kind() != Failure::failed || !DeviceKey{xml}.is_in(live_xml(uuid)))
            throw;
        throw Error{failure::timeout, "the guest did not let go of the disk: it is still attached",
                    error.text() + " (" + error.detail() + ")"};
    }
}

std::string_view name(PowerState state)
{
    switch (state) {
    case PowerState::halted: return "Halted";
    case PowerState::transient: return "Transient";
    case PowerState::running: return "Running";
    case PowerState::paused: return "Paused";
    case PowerState::suspended: return "Suspended";
    case PowerState::halting: return "Halting";
    case PowerState::dying: return "Dying";
    case PowerState::crashed: return "Crashed";
    case PowerState::na: return "NA";
    }
    return "NA";
}

std::string resolved_connection(const std::string& configured)
{
    if (configured != "auto")
        return configured;
    return is_dom0_of_xen() ? "xen:///" : "qemu:///session";
}

bool is_xen(const HypervisorConfig& config)
{
    const std::string connection = resolved_connection(config.connection);
    return connection == "xen:///" || connection == "xen:///system";
}

std::unique_ptr<Hypervisor> connect_hypervisor(const HypervisorConfig& config)
{
    if (config.connection == "offline")
        return std::make_unique<OfflineHypervisor>();
    HypervisorConfig resolved = config;
    resolved.connection = resolved_connection(config.connection);
    const auto connect = config.socket ? connect_socket_first : connect_libvirt;
    if (libxl::may_ask(resolved))
        return connect_libxl_first(resolved, libxl::loaded, connect);
    return connect(resolved);
}

} // namespace qmgmt

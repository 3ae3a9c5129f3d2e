// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/libxl_first.hpp"

#include "base/error.hpp"
#include "base/watchdog.hpp"
#include "hypervisor/libxl/session.hpp"
#include "hypervisor/libxl_disks.hpp"
#include "hypervisor/xen/probe.hpp"

#include <map>

namespace qmgmt {
namespace {

constexpr int most_pauses = 255; // that Xen counts

using Load = std::function<const qmgmt_xen&()>;
using Connect = std::function<std::unique_ptr<Hypervisor>(const HypervisorConfig&)>;

class LibxlFirst : public Hypervisor {
public:
    LibxlFirst(HypervisorConfig config, Load load, Connect connect)
        : config_{std::move(config)}, connect_{std::move(connect)}, xen_{config_, std::move(load)}
    {
    }

    std::vector<DomainStatus> list() override
    {
        if (!config_.reads_only)
            return list_agreed();
        if (auto domains = xen_.ask([](libxl::Reader& xen) { return xen.list(); }))
            return std::move(*domains);
        return libvirt().list();
    }

    DomainStatus status(const Uuid& uuid) override
    {
        const auto question = [&](libxl::Reader& xen) { return xen.status(uuid); };
        if (config_.reads_only) {
            const auto xen = xen_.ask(question);
            return xen ? *xen : libvirt().status(uuid);
        }
        const DomainStatus said = libvirt().status(uuid);
        const auto xen = xen_.ask(question);
        return xen ? agreed(said, *xen) : said;
    }

    DomainUsage usage(const Uuid& uuid) override
    {
        if (config_.reads_only) {
            if (const auto used = xen_.ask([&](libxl::Reader& xen) { return xen.usage(uuid); }))
                return *used;
        }
        return libvirt().usage(uuid);
    }

    void define(const Uuid& uuid, const std::string& xml) override { libvirt().define(uuid, xml); }
    int start_paused(const Uuid& uuid) override { return libvirt().start_paused(uuid); }
    void resume(const Uuid& uuid) override
    {
        libvirt().resume(uuid);
        lift_pauses(uuid);
    }
    void pause(const Uuid& uuid) override { libvirt().pause(uuid); }
    void request_shutdown(const Uuid& uuid) override { libvirt().request_shutdown(uuid); }
    void destroy(const Uuid& uuid) override { libvirt().destroy(uuid); }
    void undefine(const Uuid& uuid) override { libvirt().undefine(uuid); }
    void attach(const Uuid& uuid, const std::string& xml) override { libvirt().attach(uuid, xml); }
    void detach(const Uuid& uuid, const std::string& xml) override { libvirt().detach(uuid, xml); }
    void take_from_host(const PciPlan& device) override { libvirt().take_from_host(device); }
    void give_to_host(const PciPlan& device) override { libvirt().give_to_host(device); }
    void resize_disk(const Uuid& uuid, const std::string& source, std::uint64_t size) override
    {
        libvirt().resize_disk(uuid, source, size);
    }
    void attach_disk(const Uuid& uuid, const BlockPlan& disk, Deadline deadline) override
    {
        const auto attach = [&] { Hypervisor::attach_disk(uuid, disk, deadline); };
        if (disk.backend.empty())
            return attach();
        disks_.attach(uuid, disk, libvirt_disks(uuid, deadline, attach));
    }
    void detach_disk(const Uuid& uuid, const BlockPlan& disk, Deadline deadline) override
    {
        const auto detach = [&] { Hypervisor::detach_disk(uuid, disk, deadline); };
        if (disk.backend.empty())
            return detach();
        disks_.detach(uuid, disk, libvirt_disks(uuid, deadline, detach));
    }
    std::string live_xml(const Uuid& uuid) override
    {
        return disks_.described(uuid, libvirt().live_xml(uuid));
    }
    Kind kind() override
    {
        return config_.reads_only && xen_.answers() ? Kind::xen : libvirt().kind();
    }
    unsigned long version() override { return libvirt().version(); }

private:
    std::vector<DomainStatus> list_agreed()
    {
        std::vector<DomainStatus> said = libvirt().list();
        const auto answer = xen_.ask([](libxl::Reader& xen) { return xen.list(); });
        if (!answer)
            return said;
        std::map<Uuid, DomainStatus> on_xen;
        for (const DomainStatus& domain : *answer)
            on_xen.emplace(domain.uuid, domain);
        for (DomainStatus& domain : said) {
            const auto found = on_xen.extract(domain.uuid);
            domain = agreed(domain, found ? found.mapped() : DomainStatus{.uuid = domain.uuid});
        }
        for (const auto& [uuid, domain] : on_xen)
            said.push_back(agreed(DomainStatus{.uuid = uuid}, domain));
        return said;
    }

    // Xen counts pauses, and libvirt takes back one if it knows of one. What is left is of others:
    // it believes that the domain runs, and is right once they are taken back.
    void lift_pauses(const Uuid& uuid)
    {
        const auto paused_id = [&]() -> std::optional<int> {
            const auto domain = xen_.ask([&](libxl::Reader& xen) { return xen.status(uuid); });
            const bool paused = domain && domain->state == PowerState::paused;
            return paused ? std::optional{domain->id} : std::nullopt;
        };
        for (int lifted = 0; const auto id = paused_id(); ++lifted) {
            if (lifted == most_pauses)
                throw Error{failure::vm_failed, "cannot resume the domain: it is paused again"};
            const Watchdog guard{config_.resume};
            try {
                xen_.reader().unpause(*id);
            } catch (const Error&) {
                if (paused_id() == id)
                    throw;
                return; // somebody else was faster
            }
        }
    }

    [[nodiscard]] LibxlDisks::Libvirt libvirt_disks(const Uuid& uuid, Deadline deadline,
                                                    std::function<void()> change)
    {
        return {.change = std::move(change),
                .description = [this, uuid] { return libvirt().live_xml(uuid); },
                .keeps_backend = xen_dialect(*this, deadline).disk_backend};
    }

    Hypervisor& libvirt()
    {
        if (!libvirt_)
            libvirt_ = connect_(config_);
        return *libvirt_;
    }

    HypervisorConfig config_;
    Connect connect_;
    libxl::Session xen_;
    LibxlDisks disks_{xen_};
    std::unique_ptr<Hypervisor> libvirt_;
};

} // namespace

DomainStatus agreed(const DomainStatus& libvirt, const DomainStatus& xen)
{
    DomainStatus status = libvirt;
    switch (xen.state) {
    case PowerState::halted:
    case PowerState::dying:
    case PowerState::halting:
    case PowerState::crashed:
        if (libvirt.state != PowerState::halted)
            status.state = PowerState::dying;
        return status;
    case PowerState::paused:
        if (libvirt.state == PowerState::running)
            status.state = PowerState::paused;
        return libvirt.state == PowerState::halted ? xen : status;
    default: return libvirt.state == PowerState::halted ? xen : libvirt;
    }
}

std::unique_ptr<Hypervisor> connect_libxl_first(const HypervisorConfig& config, Load load,
                                                Connect connect)
{
    return std::make_unique<LibxlFirst>(config, std::move(load), std::move(connect));
}

} // namespace qmgmt

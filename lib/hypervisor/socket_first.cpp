// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/socket_first.hpp"

#include "base/watchdog.hpp"
#include "hypervisor/libvirt_hypervisor.hpp"
#include "hypervisor/lvrpc/list.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// An answer takes a millisecond. Whoever needs longer is asked again, with all patience; so this is
// over before the guard of the same question is.
constexpr std::chrono::milliseconds longest{1000};

class SocketFirst : public Hypervisor {
public:
    explicit SocketFirst(HypervisorConfig config) : config_{std::move(config)} {}

    std::vector<DomainStatus> list() override
    {
        if (auto domains = ask())
            return std::move(*domains);
        return library().list();
    }

    DomainStatus status(const Uuid& uuid) override
    {
        const auto domains = ask();
        if (!domains)
            return library().status(uuid);
        const auto found = std::ranges::find(*domains, uuid, &DomainStatus::uuid);
        return found != domains->end() ? *found : DomainStatus{.uuid = uuid};
    }

    DomainUsage usage(const Uuid& uuid) override { return library().usage(uuid); }
    void define(const Uuid& uuid, const std::string& xml) override { library().define(uuid, xml); }
    int start_paused(const Uuid& uuid) override { return library().start_paused(uuid); }
    void resume(const Uuid& uuid) override { library().resume(uuid); }
    void pause(const Uuid& uuid) override { library().pause(uuid); }
    void request_shutdown(const Uuid& uuid) override { library().request_shutdown(uuid); }
    void destroy(const Uuid& uuid) override { library().destroy(uuid); }
    void undefine(const Uuid& uuid) override { library().undefine(uuid); }
    void attach(const Uuid& uuid, const std::string& xml) override { library().attach(uuid, xml); }
    void detach(const Uuid& uuid, const std::string& xml) override { library().detach(uuid, xml); }
    void take_from_host(const PciPlan& device) override { library().take_from_host(device); }
    void give_to_host(const PciPlan& device) override { library().give_to_host(device); }
    void resize_disk(const Uuid& uuid, const std::string& source, std::uint64_t size) override
    {
        library().resize_disk(uuid, source, size);
    }
    std::string live_xml(const Uuid& uuid) override { return library().live_xml(uuid); }
    Kind kind() override { return library().kind(); }
    unsigned long version() override { return library().version(); }

private:
    // Nothing once the library is there: it answers as fast, and knows what it has just changed.
    std::optional<std::vector<DomainStatus>> ask()
    {
        if (library_ || surprised_)
            return std::nullopt;
        const Watchdog guard{config_.read}; // what --timeout says holds here, too
        const Deadline patience = Deadline::in(config_.open);
        auto domains =
            lvrpc::list(lvrpc::endpoint(config_.connection),
                        Deadline::in(std::min({longest, config_.open / 2, guard.left() / 2})));
        surprised_ = !domains;
        config_.open = patience.left(); // the library gets the rest
        return domains;
    }

    Hypervisor& library()
    {
        if (!library_)
            library_ = connect_libvirt(config_);
        return *library_;
    }

    HypervisorConfig config_;
    std::unique_ptr<Hypervisor> library_;
    bool surprised_ = false;
};

} // namespace

std::unique_ptr<Hypervisor> connect_socket_first(const HypervisorConfig& config)
{
    return std::make_unique<SocketFirst>(config);
}

} // namespace qmgmt

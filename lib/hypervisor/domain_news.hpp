// SPDX-License-Identifier: GPL-2.0-or-later
//
// What happens to the domains of this machine, whoever does it, for who listens for hours: told by
// libvirt's daemon (hypervisor/lvrpc), and on Xen, where that may be asked, pauses that libvirt
// does not hear of.
#pragma once

#include "hypervisor/libxl/session.hpp"
#include "hypervisor/lvrpc/lifecycle.hpp"
#include "hypervisor/pauses.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace qmgmt {

class DomainNews {
public:
    // Begins to listen, at most as long as the configuration gives it to connect. Throws nothing:
    // see `listens`.
    explicit DomainNews(HypervisorConfig config);
    DomainNews(const DomainNews&) = delete;
    DomainNews& operator=(const DomainNews&) = delete;

    // Whether libvirt tells us. Where there is no hypervisor to listen to, it cannot.
    [[nodiscard]] bool listens() const noexcept { return watch_ != nullptr; }
    [[nodiscard]] bool is_offline() const { return config_.connection == "offline"; }

    // Readable when there is something new; -1 when nobody tells.
    [[nodiscard]] int fd() const noexcept { return watch_ ? watch_->fd() : -1; }
    // When to read although there is nothing; nothing: never.
    [[nodiscard]] std::optional<Deadline> next_look() const
    {
        return next_look_ && next_attempt_ ? next_look_->sooner(*next_attempt_)
                                           : (next_look_ ? next_look_ : next_attempt_);
    }

    // What has happened, in order; never waits long. Throws Error{busy} when something is lost:
    // libvirt's daemon has gone, or is back.
    [[nodiscard]] std::vector<lvrpc::LifecycleNews> read();

private:
    void look(std::vector<lvrpc::LifecycleNews>& news);
    void look_for_daemon();

    HypervisorConfig config_;
    lvrpc::Endpoint endpoint_;
    std::unique_ptr<lvrpc::LifecycleWatch> watch_;
    std::unique_ptr<libxl::Session> xen_; // asked now and then
    Pauses pauses_;
    std::optional<Deadline> next_look_;    // at Xen
    std::optional<Deadline> next_attempt_; // to find libvirt's daemon
};

} // namespace qmgmt

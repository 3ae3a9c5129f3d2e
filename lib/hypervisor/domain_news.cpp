// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/domain_news.hpp"

#include "base/error.hpp"
#include "base/unix_socket.hpp"
#include "hypervisor/libxl/loaded.hpp"
#include "hypervisor/session_daemon.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::chrono::milliseconds between_looks{1000};
constexpr std::chrono::milliseconds between_attempts{5000};
constexpr std::chrono::milliseconds patience_of_attempt{500};

} // namespace

DomainNews::DomainNews(HypervisorConfig config) : config_{std::move(config)}
{
    if (is_offline())
        return;
    config_.connection = resolved_connection(config_.connection);
    endpoint_ = lvrpc::endpoint(config_.connection);
    try {
        want_session_daemon(config_);
    } catch (const Error&) {
        // Nobody listens, then: that is seen next.
    }
    watch_ = lvrpc::LifecycleWatch::begin(endpoint_, Deadline::in(config_.open));
    if (libxl::may_ask(config_))
        xen_ = std::make_unique<libxl::Session>(config_, libxl::loaded);
    if (!watch_)
        next_attempt_ = Deadline::in(between_attempts);
    if (xen_) {
        std::vector<lvrpc::LifecycleNews> as_it_is;
        look(as_it_is);
    }
}

// What is seen is held against what was told, so that is to be read before.
void DomainNews::look(std::vector<lvrpc::LifecycleNews>& news)
{
    const auto domains = xen_->ask([](libxl::Reader& xen) { return xen.list(); });
    if (!domains) { // and it is not asked again
        xen_.reset();
        next_look_.reset();
        return;
    }
    for (const lvrpc::LifecycleNews& one : pauses_.seen(*domains))
        news.push_back(one);
    next_look_ = Deadline::in(between_looks);
}

void DomainNews::look_for_daemon()
{
    const auto heard = [this](const std::vector<std::string>& sockets) {
        return std::ranges::any_of(sockets, is_listening);
    };
    if ((heard(endpoint_.sockets) || heard(endpoint_.read_only_sockets)) &&
        lvrpc::LifecycleWatch::begin(endpoint_, Deadline::in(patience_of_attempt)))
        throw Error{failure::busy, "the hypervisor is back: events are lost"};
}

std::vector<lvrpc::LifecycleNews> DomainNews::read()
{
    std::vector<lvrpc::LifecycleNews> news;
    if (watch_) {
        auto told = watch_->read();
        if (!told)
            throw Error{failure::busy, "the hypervisor has gone: events are lost"};
        for (const lvrpc::LifecycleNews& one : *told) {
            if (!xen_ || pauses_.is_news(one))
                news.push_back(one);
        }
    }
    if (next_look_ && next_look_->passed())
        look(news);
    if (next_attempt_ && next_attempt_->passed()) {
        next_attempt_ = Deadline::in(between_attempts);
        look_for_daemon();
    }
    return news;
}

} // namespace qmgmt

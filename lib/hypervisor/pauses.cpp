// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/pauses.hpp"

#include <utility>

namespace qmgmt {

std::vector<lvrpc::LifecycleNews> Pauses::seen(const std::vector<DomainStatus>& domains)
{
    std::vector<lvrpc::LifecycleNews> news;
    std::map<Uuid, Known> now;
    for (const DomainStatus& domain : domains) {
        const bool paused = domain.state == PowerState::paused;
        if (!paused && domain.state != PowerState::running)
            continue; // on its way to its end
        const auto before = known_.find(domain.uuid);
        if (before == known_.end()) {
            now[domain.uuid] = {paused, false};
            continue;
        }
        now[domain.uuid] = before->second;
        if (before->second.paused == paused)
            continue;
        now[domain.uuid] = {paused, true};
        news.push_back(
            {domain.uuid, paused ? lvrpc::lifecycle_suspended : lvrpc::lifecycle_resumed, 0});
    }
    known_ = std::move(now);
    return news;
}

bool Pauses::is_news(const lvrpc::LifecycleNews& told)
{
    if (told.event != lvrpc::lifecycle_suspended && told.event != lvrpc::lifecycle_resumed) {
        if (told.event == lvrpc::lifecycle_started || told.event == lvrpc::lifecycle_stopped)
            known_.erase(told.uuid); // another run
        return true;
    }
    const bool paused = told.event == lvrpc::lifecycle_suspended;
    const auto before = known_.find(told.uuid);
    if (before != known_.end() && before->second.paused == paused && before->second.only_seen) {
        before->second.only_seen = false;
        return false;
    }
    known_[told.uuid] = {paused, false};
    return true;
}

} // namespace qmgmt

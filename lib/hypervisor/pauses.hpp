// SPDX-License-Identifier: GPL-2.0-or-later
//
// Pauses that libvirt does not hear of: others may pause a domain of Xen past it, and Xen tells
// nobody. They are found by looking; what libvirt tells and what is seen is one event.
#pragma once

#include "hypervisor/hypervisor.hpp"
#include "hypervisor/lvrpc/message.hpp"

#include <map>
#include <vector>

namespace qmgmt {

class Pauses {
public:
    // What is otherwise than it was when last seen or told of, as news.
    [[nodiscard]] std::vector<lvrpc::LifecycleNews> seen(const std::vector<DomainStatus>& domains);
    // Whether what libvirt tells is news; not if it has been seen already.
    [[nodiscard]] bool is_news(const lvrpc::LifecycleNews& told);

private:
    struct Known {
        bool paused = false;
        bool only_seen = false; // and not told of by libvirt
    };
    std::map<Uuid, Known> known_;
};

} // namespace qmgmt

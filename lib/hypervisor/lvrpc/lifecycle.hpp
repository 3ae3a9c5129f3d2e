// SPDX-License-Identifier: GPL-2.0-or-later
//
// What happens to domains, told by libvirt's daemon over its socket as it happens, without the
// library: that needs an event loop of its own, and memory for as long as somebody listens.
#pragma once

#include "base/deadline.hpp"
#include "base/fd.hpp"
#include "hypervisor/lvrpc/list.hpp"
#include "hypervisor/lvrpc/message.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qmgmt::lvrpc {

class LifecycleWatch {
public:
    // Told of everything that happens from when this returns; nothing for any surprise whatever, or
    // when the deadline passed. Where there is a socket for those who only read, it is that. Starts
    // no daemon.
    [[nodiscard]] static std::unique_ptr<LifecycleWatch> begin(const Endpoint& endpoint,
                                                               Deadline deadline);
    LifecycleWatch(const LifecycleWatch&) = delete;
    LifecycleWatch& operator=(const LifecycleWatch&) = delete;
    ~LifecycleWatch(); // says goodbye

    // Readable when there is something new.
    [[nodiscard]] int fd() const noexcept { return socket_.get(); }
    // What has arrived, in order; never waits. Nothing when the daemon has gone, or says what it
    // never says.
    [[nodiscard]] std::optional<std::vector<LifecycleNews>> read();

private:
    explicit LifecycleWatch(Fd socket) : socket_{std::move(socket)} {}
    [[nodiscard]] bool subscribe(std::uint32_t serial, Deadline deadline);
    // The whole messages that have arrived; false when there will be no more.
    [[nodiscard]] bool receive(std::vector<std::string>& messages);
    [[nodiscard]] bool take(const std::string& message);

    Fd socket_;
    std::string unfinished_;           // of the message that is arriving
    std::vector<LifecycleNews> early_; // came before they were asked for
    std::uint32_t serial_ = 0;
};

} // namespace qmgmt::lvrpc

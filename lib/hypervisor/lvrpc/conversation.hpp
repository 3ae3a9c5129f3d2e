// SPDX-License-Identifier: GPL-2.0-or-later
//
// Questions to libvirt's daemon over a connection to it, and its answers, before a deadline.
#pragma once

#include "base/deadline.hpp"
#include "base/fd.hpp"
#include "hypervisor/lvrpc/message.hpp"

#include <optional>
#include <string>

namespace qmgmt::lvrpc {

// After nothing came of one question, nothing is to be asked any more.
class Conversation {
public:
    Conversation(Fd socket, Deadline deadline);

    // What the next request is to be numbered.
    [[nodiscard]] std::uint32_t serial() const { return serial_; }

    // The answer to the request; nothing when it did not come or is none. Valid until the next.
    [[nodiscard]] std::optional<Reply> ask(Procedure procedure, const std::string& request);

    // The same for many requests at once, numbered upwards: the daemon answers as it gets ready.
    // `send` waits until the daemon has taken them all, so what it answers must find room
    // meanwhile.
    [[nodiscard]] bool send(const std::string& requests, std::uint32_t count);
    [[nodiscard]] std::optional<Reply> receive(Procedure procedure);

    // Whether any message came, whatever it says.
    [[nodiscard]] bool receive_any();

    // The connection, for somebody else to go on with.
    [[nodiscard]] Fd release() { return std::move(socket_); }

    void hurry(std::chrono::milliseconds span) { deadline_ = deadline_.sooner(Deadline::in(span)); }

private:
    Fd socket_;
    Deadline deadline_;
    std::uint32_t serial_ = 0;
    std::string message_;
};

} // namespace qmgmt::lvrpc

// SPDX-License-Identifier: GPL-2.0-or-later
//
// An end to waits that cannot be given a deadline: a library that blocks in the kernel. The failure
// is prepared before; when time is up the handler writes it and ends the process, with nothing but
// async-signal-safe calls.
#pragma once

#include "base/log.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace qmgmt {

namespace watchdog {

// What this process says when time is up.
struct LastWords {
    std::string output;     // for standard output
    std::string error_line; // for standard error
    int exit_code;
    PreparedLog log;
};

// How to make them; asked once, when the first guard begins. Until then: one line and the code of
// `timeout`.
void prepare(std::function<LastWords()> make);

// A packet that is sent as the very last, as long as this exists: work that somebody else is to
// take back when time is up. They nest: the latest is sent.
class LastPacket {
public:
    LastPacket(int socket, std::string bytes); // the socket stays open as long
    LastPacket(const LastPacket&) = delete;
    LastPacket& operator=(const LastPacket&) = delete;
    ~LastPacket();

private:
    PreparedLog packet_;
    const PreparedLog* outer_;
};

// No guard lasts longer than until then: what --timeout says.
void cap(std::chrono::milliseconds from_now);

} // namespace watchdog

// Bounds what happens in its scope. Guards nest: the one that ends sooner holds.
class Watchdog {
public:
    explicit Watchdog(std::chrono::milliseconds span);
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;
    ~Watchdog();

    // What is left until it, or one around it, bites.
    [[nodiscard]] std::chrono::milliseconds left() const;

private:
    std::chrono::steady_clock::time_point outer_;
};

} // namespace qmgmt

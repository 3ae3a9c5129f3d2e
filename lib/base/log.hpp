// SPDX-License-Identifier: GPL-2.0-or-later
//
// One structured record a call, to journald by its native protocol, else to syslog, both by their
// sockets below the root in force; neither there: nowhere. Sending never blocks and never fails a
// call. Values are printable ASCII, bounded.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace qmgmt {

struct LogRecord {
    std::string_view call;
    std::string_view source;
    std::string_view destination;
    std::string_view argument;
    std::string_view result = "ok"; // or the word of the failure
    int exit_code = 0;
    std::string detail; // for the log alone: paths, errno, the hypervisor's own words
    std::chrono::microseconds lock_wait{0};
    std::chrono::microseconds total{0};
};

void log_call(const LogRecord& record);

// A record made ready for a signal handler, which may call nothing but
// send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL).
struct PreparedLog {
    int socket = -1; // connected, owned by the log; -1 when nobody listens
    std::string bytes;
};
[[nodiscard]] PreparedLog prepare_log(const LogRecord& record);

// What does not stop a call; ends in ", ignoring".
void log_warning(std::string_view text);
// What does not stop a call, either, and leaves the machine otherwise than it was asked to be.
void log_error(std::string_view text);

// Connects now instead of at the first record: for a process that is about to give up the right to.
void log_connect();

// The program's name in all that follows.
void log_as(std::string_view program);

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/log.hpp"

#include "base/ascii.hpp"
#include "base/paths.hpp"
#include "base/unix_socket.hpp"

#include <array>
#include <ctime>
#include <sys/socket.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr int priority_error = 3;
constexpr int priority_warning = 4;
constexpr int priority_info = 6;
constexpr int facility_daemon = 3 << 3;
constexpr std::size_t longest_argument = 256;
constexpr std::size_t longest_detail = 2048;

std::string& identifier()
{
    static std::string name = "qubes-mgmt";
    return name;
}

class Target {
public:
    Target()
    {
        journald_ = connect("/run/systemd/journal/socket");
        if (!journald_)
            syslog_ = connect("/dev/log");
        if (syslog_)
            ::tzset(); // its time is local; the zone may be out of reach later
    }

    // One datagram. `fields` are "NAME=value\n" lines for journald; syslog gets `message` alone.
    [[nodiscard]] std::string datagram(int priority, std::string_view message,
                                       std::string_view fields) const
    {
        std::string bytes;
        if (journald_) {
            bytes = "PRIORITY=" + std::to_string(priority) + "\nSYSLOG_IDENTIFIER=" + identifier() +
                    "\nMESSAGE=";
            bytes += message;
            bytes += '\n';
            bytes += fields;
        } else if (syslog_) {
            std::array<char, 32> time{};
            const std::time_t now = std::time(nullptr);
            struct tm local {};
            ::localtime_r(&now, &local);
            std::strftime(time.data(), time.size(), "%b %e %H:%M:%S", &local);
            bytes = "<" + std::to_string(facility_daemon | priority) + ">" + time.data() + " " +
                    identifier() + "[" + std::to_string(::getpid()) + "]: ";
            bytes += message;
        }
        return bytes;
    }

    [[nodiscard]] int socket() const { return journald_ ? journald_.get() : syslog_.get(); }

    [[nodiscard]] bool to_journald() const { return static_cast<bool>(journald_); }

private:
    static Fd connect(std::string_view absolute)
    {
        return connect_to_socket(paths::below_root(absolute), SOCK_DGRAM);
    }

    Fd journald_;
    Fd syslog_;
};

const Target& target()
{
    static const Target connected;
    return connected;
}

void send_to(int socket, const std::string& bytes)
{
    // A full or closed log is no reason for a call to fail.
    if (socket >= 0) {
        [[maybe_unused]] const ssize_t sent =
            ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

void field(std::string& fields, std::string_view name, std::string_view value, std::size_t limit)
{
    fields += name;
    fields += '=';
    fields += printable(value, limit);
    fields += '\n';
}

} // namespace

void log_connect()
{
    static_cast<void>(target());
}

void log_as(std::string_view program)
{
    identifier() = printable(program, 64);
}

PreparedLog prepare_log(const LogRecord& record)
{
    std::string message = printable(record.call, 64) + " from '" + printable(record.source, 48) +
                          "' to '" + printable(record.destination, 48) + "'";
    if (!record.argument.empty())
        message += " argument '" + printable(record.argument, longest_argument) + "'";
    message += ": ";
    message += record.result;
    if (!record.detail.empty())
        message += " (" + printable(record.detail, longest_detail) + ")";
    const auto lock_wait = std::to_string(record.lock_wait.count());
    const auto total = std::to_string(record.total.count());
    if (!target().to_journald())
        message += " lock_wait_us=" + lock_wait + " time_us=" + total;
    std::string fields;
    field(fields, "QMGMT_CALL", record.call, 64);
    field(fields, "QMGMT_SOURCE", record.source, 48);
    field(fields, "QMGMT_DESTINATION", record.destination, 48);
    field(fields, "QMGMT_ARGUMENT", record.argument, longest_argument);
    field(fields, "QMGMT_RESULT", record.result, 32);
    field(fields, "QMGMT_EXIT", std::to_string(record.exit_code), 8);
    field(fields, "QMGMT_LOCK_WAIT_US", lock_wait, 24);
    field(fields, "QMGMT_TIME_US", total, 24);
    if (!record.detail.empty())
        field(fields, "QMGMT_DETAIL", record.detail, longest_detail);
    const bool ours = record.result == "internal" || record.result == "store";
    const int priority = record.result == "ok" ? priority_info
                         : ours                ? priority_error
                                               : priority_warning;
    return {target().socket(), target().datagram(priority, message, fields)};
}

void log_call(const LogRecord& record)
{
    const PreparedLog prepared = prepare_log(record);
    send_to(prepared.socket, prepared.bytes);
}

void log_warning(std::string_view text)
{
    send_to(target().socket(),
            target().datagram(priority_warning, printable(text, longest_detail), {}));
}

void log_error(std::string_view text)
{
    send_to(target().socket(),
            target().datagram(priority_error, printable(text, longest_detail), {}));
}

} // namespace qmgmt

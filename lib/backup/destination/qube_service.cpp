// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/destination/qube_service.hpp"

#include "base/ascii.hpp"
#include "base/loadable.hpp"
#include "life/power_state.hpp"
#include "life/qrexec/guest_service.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace qmgmt {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_said = 1024;
constexpr std::size_t piece = 65'536;

[[noreturn]] void fail_cancelled()
{
    throw BackupError{BackupFault::cancelled, "Backup cancelled"};
}

std::string client_for(BackupFault failed)
{
    std::string client = qrexec_client();
    if (client.empty())
        throw BackupError{failed, "this host has no qrexec"};
    return client;
}

// What a qube says is shown to people: one line, nothing that a format or a terminal takes for
// more.
std::string shown(std::string_view untrusted)
{
    constexpr std::size_t most = 120;
    std::string text =
        printable(untrusted.substr(0, untrusted.find_last_not_of(" \r\n\t") + 1), most);
    for (char& c : text)
        if (c == '%' || c == '{' || c == '}')
            c = '_';
    return text;
}

// Starts it with the call that is there for that, which confines itself.
void start_qube(const std::string& qube, BackupFault failed, const StopSignals& stop)
{
    constexpr std::chrono::minutes patience{10}; // a Start gives up long before
    const Deadline deadline = Deadline::in(patience);
    PipedProgram start{{program_directory() + "/mgmt.vm.Start", "--plain", "--dest=" + qube}};
    start.close_input();
    std::string said;
    for (;;) {
        std::array<pollfd, 2> waits{{{start.ending(), POLLIN, 0}, {start.errors(), POLLIN, 0}}};
        if (!stop.wait_any(waits, deadline)) {
            if (stop.arrived())
                fail_cancelled();
            throw BackupError{failed, "'" + qube + "' did not start in time"};
        }
        if (waits[1].revents != 0) {
            std::array<char, most_said> buffer{};
            const ssize_t got = ::read(start.errors(), buffer.data(), buffer.size());
            if (got > 0 && said.size() < most_said)
                said.append(buffer.data(), static_cast<std::size_t>(got));
            else if (got == 0)
                start.close_errors();
        }
        if (waits[0].revents != 0)
            break;
    }
    if (start.status() != 0)
        throw BackupError{failed, "'" + qube + "' cannot be started", said};
}

} // namespace

void have_qube_run(Call& call, const std::string& qube, bool start, QubeFaults faults,
                   const StopSignals& stop)
{
    const Qube* found = call.store().find(qube);
    if (found == nullptr)
        throw BackupError{faults.missing, "'" + qube + "' does not exist"};
    const PowerState state = power_state(call, *found);
    if (state == PowerState::halted || state == PowerState::crashed) {
        if (!start)
            throw BackupError{faults.missing, "'" + qube + "' does not run"};
        start_qube(qube, faults.failed, stop);
    } else if (state != PowerState::running && state != PowerState::transient) {
        throw BackupError{faults.failed, "'" + qube + "' does not run"};
    }
}

QubeService::QubeService(std::string qube, const std::string& service, BackupFault failed,
                         const StopSignals& stop, Secret* answer)
    : qube_{std::move(qube)}, failed_{failed}, stop_{stop}, answer_{answer}, thrown_away_{piece},
      program_{{client_for(failed), "-d", qube_, "DEFAULT:QUBESRPC " + service + " dom0"}}
{
}

void QubeService::fail(const std::string& how)
{
    const std::string text = shown(said_);
    throw BackupError{failed_, "'" + qube_ + "' " + how + (text.empty() ? "" : ": " + text)};
}

// Its pipe is closed, or it has ended: soon it will have said why.
void QubeService::fail_with_its_end()
{
    constexpr std::chrono::seconds patience{5};
    const Deadline deadline = Deadline::in(patience);
    Turn turn = Turn::late;
    do
        turn = wait(false, deadline);
    while (turn == Turn::writable);
    read_errors();
    if (turn == Turn::late)
        fail("does not read any more");
    fail("ended with exit status " + std::to_string(program_.status()));
}

void QubeService::read_output()
{
    Secret& into = answer_ != nullptr && !too_much_ ? *answer_ : thrown_away_;
    if (into.bytes().size() == into.room()) {
        too_much_ = true;
        into.clear();
        return;
    }
    const std::size_t size = into.bytes().size();
    const ssize_t got = ::read(program_.output(), into.data() + size, into.room() - size);
    if (got > 0 && &into == answer_)
        into.set_size(size + static_cast<std::size_t>(got));
    else if (got == 0)
        program_.close_output();
}

void QubeService::read_errors()
{
    std::array<char, most_said> buffer{};
    for (;;) {
        const ssize_t got = ::read(program_.errors(), buffer.data(), buffer.size());
        if (got == 0)
            return program_.close_errors();
        if (got < 0)
            return;
        const std::size_t room = most_said - said_.size();
        said_.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
    }
}

// Meanwhile reads what it says, lest it wait for us.
QubeService::Turn QubeService::wait(bool to_write, std::optional<Deadline> deadline)
{
    for (;;) {
        std::array<pollfd, 4> waits{{{to_write ? program_.input() : -1, POLLOUT, 0},
                                     {program_.output(), POLLIN, 0},
                                     {program_.errors(), POLLIN, 0},
                                     {program_.ending(), POLLIN, 0}}};
        if (!stop_.wait_any(waits, deadline)) {
            if (stop_.arrived())
                fail_cancelled();
            return Turn::late;
        }
        if (waits[1].revents != 0)
            read_output();
        if (waits[2].revents != 0)
            read_errors();
        if (waits[3].revents != 0)
            return Turn::ended;
        if (waits[0].revents != 0)
            return Turn::writable;
    }
}

void QubeService::write(std::string_view bytes, std::chrono::milliseconds longest_stall)
{
    while (!bytes.empty()) {
        if (stop_.arrived())
            fail_cancelled();
        const ssize_t wrote =
            ::write(program_.input(), bytes.data(), std::min(bytes.size(), piece));
        if (wrote > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(wrote));
            continue;
        }
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote == 0 || errno != EAGAIN)
            fail_with_its_end();
        const auto deadline =
            longest_stall.count() > 0 ? std::optional{Deadline::in(longest_stall)} : std::nullopt;
        switch (wait(true, deadline)) {
        case Turn::writable: break;
        case Turn::ended: fail_with_its_end();
        case Turn::late: fail("reads nothing any more");
        }
    }
}

void QubeService::finish(std::optional<Deadline> deadline)
{
    program_.close_input();
    if (wait(false, deadline) == Turn::late)
        fail("gave no answer in time");
    read_errors();
    while (program_.output() >= 0) {
        struct pollfd rest {
            program_.output(), POLLIN, 0
        };
        if (::poll(&rest, 1, 0) <= 0)
            break; // the end, or a child of it that has kept the pipe
        read_output();
    }
    if (const int status = program_.status(); status != 0)
        fail("ended with exit status " + std::to_string(status));
}

} // namespace qmgmt

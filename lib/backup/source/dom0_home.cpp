// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/source/dom0_home.hpp"

#include "backup/fault.hpp"
#include "backup/home/home_tree.hpp"
#include "base/child.hpp"
#include "base/loadable.hpp"
#include "base/paths.hpp"
#include "base/real_path.hpp"
#include "names/number.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::chrono::minutes patience{10}; // to look at every file
constexpr std::chrono::milliseconds look_around{200};
constexpr std::size_t most_errors = 1024;

std::string program()
{
    return program_directory() + "/qubes-mgmt-home";
}

std::string first_line(const std::string& text)
{
    return text.substr(0, text.find('\n'));
}

[[noreturn]] void fail(std::string detail)
{
    throw BackupError{BackupFault::read_error, "vm=dom0 its home cannot be read",
                      std::move(detail)};
}

} // namespace

Dom0Home Dom0Home::find(bool mask_name)
{
    auto user = user_of_qubes();
    if (!user)
        throw BackupError{BackupFault::read_error, "vm=dom0 has no user of group qubes"};
    const std::string name = mask_name ? "user" : user->name;
    if (!is_home_name(name) || !user->home.starts_with('/'))
        throw BackupError{BackupFault::read_error, "vm=dom0 an archive cannot name its user"};
    user->home = paths::below_root(user->home);
    return {*std::move(user), "dom0-home/" + name};
}

bool Dom0Home::holds(const std::string& directory) const
{
    const auto home = real_path(user.home);
    const auto place = real_path(directory);
    return home && place && (*place + "/").starts_with(*home + "/");
}

std::uint64_t Dom0Home::measure() const
{
    const auto result = run_program({program(), "measure", user.home}, Deadline::in(patience),
                                    {.errors_apart = true, .as_user_of_qubes = true});
    const auto bytes = parse_decimal(first_line(result.output));
    if (result.status != 0 || !bytes)
        fail(first_line(result.errors));
    return *bytes;
}

HomeTar::HomeTar(const Dom0Home& home, const StopSignals& stop)
    : program_{{program(), "pack", home.user.home, home.path.substr(home.path.find('/') + 1)},
               true},
      stop_{stop}
{
    program_.close_input();
}

std::size_t HomeTar::read(char* into, std::size_t room)
{
    std::size_t done = 0;
    while (done < room && !ended_) {
        if (stop_.arrived())
            throw BackupError{BackupFault::cancelled, "Backup cancelled"};
        std::array<pollfd, 2> wait{
            {{program_.output(), POLLIN, 0}, {program_.errors(), POLLIN, 0}}};
        ::poll(wait.data(), wait.size(), static_cast<int>(look_around.count()));
        if (wait[1].revents != 0)
            collect_errors();
        if (wait[0].revents == 0)
            continue;
        const ssize_t got = ::read(program_.output(), into + done, room - done);
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            throw_errno(failure::failed, "cannot read from a program", program());
        if (got == 0)
            finish();
        done += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    return done;
}

// What it says on standard error: how much was left out, or why it failed.
void HomeTar::collect_errors()
{
    std::array<char, 512> buffer{};
    const ssize_t got = ::read(program_.errors(), buffer.data(), buffer.size());
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        return program_.close_errors();
    if (got > 0)
        errors_.append(buffer.data(),
                       std::min(static_cast<std::size_t>(got), most_errors - errors_.size()));
}

void HomeTar::finish()
{
    ended_ = true;
    const int status = program_.status();
    for (bool more = program_.errors() >= 0; more;) {
        const auto before = errors_.size();
        collect_errors();
        more = errors_.size() > before;
    }
    if (status != 0)
        fail(first_line(errors_));
    left_out_ = parse_decimal(first_line(errors_)).value_or(0);
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/home_restore.hpp"

#include "backup/fault.hpp"
#include "base/child.hpp"
#include "base/loadable.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"

#include <array>
#include <cerrno>
#include <ctime>
#include <poll.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::chrono::minutes patience{10};
constexpr std::chrono::milliseconds look_around{200};

std::string program()
{
    return program_directory() + "/qubes-mgmt-home";
}

Account user_of_dom0()
{
    auto user = user_of_qubes();
    if (!user || !user->home.starts_with('/'))
        throw BackupError{BackupFault::dom0_home_unsafe, "dom0 has no user of group qubes"};
    user->home = paths::below_root(user->home);
    return *std::move(user);
}

std::string name_of_now()
{
    const std::time_t now = ::time(nullptr);
    std::tm parts{};
    std::array<char, 64> text{};
    ::localtime_r(&now, &parts);
    return {text.data(),
            std::strftime(text.data(), text.size(), "home-restore-%Y-%m-%dT%H%M%S", &parts)};
}

} // namespace

HomeRestore::HomeRestore(const ArchivedHome& archived, bool any_user, const StopSignals& stop)
    : stop_{stop}, user_{user_of_dom0()}, name_{name_of_now()}
{
    if (archived.user() != user_.name && !any_user)
        throw BackupError{BackupFault::bad_request,
                          "the home in the backup is another user's: 'ignore-username' takes it"};
    clear();
    program_.emplace(std::vector<std::string>{program(), "unpack",
                                              user_.home + "/." + name_ + ".partial",
                                              std::to_string(archived.most_content())},
                     true);
    program_->close_output();
}

HomeRestore::~HomeRestore()
{
    program_.reset();
    if (!placed_)
        clear();
}

// As the user, whose files they are. What does not go now goes with the next restore.
void HomeRestore::clear() const
{
    try {
        const auto result = run_program({program(), "clear", user_.home}, Deadline::in(patience),
                                        {.completes = true, .as_user_of_qubes = true});
        if (result.status != 0)
            log_warning("cannot remove all of a home that was being restored, ignoring");
    } catch (const Error& error) {
        log_warning("cannot remove a home that was being restored: " + error.text() + ", ignoring");
    }
}

void HomeRestore::end()
{
    program_->close_input();
    const int status = program_->status();
    program_.reset();
    if (status == static_cast<int>(Failure::resources))
        throw BackupError{BackupFault::no_space, "there is no room for the home in the backup"};
    if (status != 0)
        throw BackupError{BackupFault::dom0_home_unsafe,
                          "the home in the backup cannot be unpacked",
                          "qubes-mgmt-home: " + std::to_string(status)};
}

void HomeRestore::await_room()
{
    for (;;) {
        if (stop_.arrived())
            throw BackupError{BackupFault::cancelled, "the call was told to stop"};
        std::array<pollfd, 2> wait{
            {{program_->input(), POLLOUT, 0}, {program_->ending(), POLLIN, 0}}};
        ::poll(wait.data(), wait.size(), static_cast<int>(look_around.count()));
        if (wait[1].revents != 0)
            return end();
        if (wait[0].revents != 0)
            return;
    }
}

void HomeRestore::write(std::string_view bytes)
{
    // What comes behind the end of a tar is only what fills it up.
    while (!bytes.empty() && program_) {
        await_room();
        if (!program_)
            return;
        const ssize_t put = ::write(program_->input(), bytes.data(), bytes.size());
        if (put > 0)
            bytes.remove_prefix(static_cast<std::size_t>(put));
        else if (put < 0 && errno != EAGAIN && errno != EINTR)
            end();
    }
}

void HomeRestore::finish()
{
    if (program_)
        end();
}

void HomeRestore::place()
{
    const auto result = run_program({program(), "place", user_.home, name_}, Deadline::in(patience),
                                    {.as_user_of_qubes = true});
    if (result.status != 0)
        throw BackupError{BackupFault::dom0_home_unsafe,
                          "the home in the backup cannot be put in its place", result.output};
    placed_ = true;
}

} // namespace qmgmt

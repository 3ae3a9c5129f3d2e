// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/zfs/program.hpp"

#include "base/ascii.hpp"
#include "base/child.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "base/wait.hpp"

namespace qmgmt::zfs {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view zfs_program = "/usr/sbin/zfs";
constexpr std::string_view zpool_program = "/usr/sbin/zpool";
constexpr auto longest = 120s; // one command; what is large is freed in the background
constexpr std::size_t most_logged = 1000;
constexpr auto busy_for = 5s;
constexpr auto between_tries = 250ms;
constexpr std::size_t most_output = std::size_t{4} << 20; // some ten thousand datasets

bool says(const ChildResult& result, std::string_view text)
{
    return result.errors.find(text) != std::string::npos;
}

ChildResult execute(std::string_view program, const Words& words, const std::string& purpose)
{
    Words command{paths::below_root(program)};
    command.insert(command.end(), words.begin(), words.end());
    try {
        return run_program(command, Deadline::in(longest),
                           {.most_output = most_output, .errors_apart = true, .completes = true});
    } catch (const Error& error) {
        if (error.kind() != Failure::failed)
            throw;
        throw Error{failure::storage, purpose + ": the programs of ZFS cannot be run",
                    error.detail()};
    }
}

[[noreturn]] void fail(const ChildResult& result, const Words& words, const std::string& purpose)
{
    std::string detail = "zfs " + words.front() + ", exit code " + std::to_string(result.status) +
                         ": " + printable(result.errors, most_logged);
    if (result.timed_out)
        throw Error{failure::timeout, purpose + ": ZFS took too long", std::move(detail)};
    if (says(result, "is busy"))
        throw Error{failure::busy, purpose + ": something has it open", std::move(detail)};
    if (says(result, "out of space") || says(result, "No space left") ||
        says(result, "quota exceeded"))
        throw Error{failure::no_space, purpose + ": no space left", std::move(detail)};
    throw Error{failure::storage, purpose + ": the command 'zfs " + words.front() + "' failed",
                std::move(detail)};
}

void refuse_cut_off(const ChildResult& result, const std::string& purpose)
{
    if (result.output.size() >= most_output)
        throw Error{failure::storage, purpose + ": ZFS has more datasets than can be listed"};
}

ChildResult run_patiently(const Words& words, const std::string& purpose)
{
    const auto patience = Deadline::in(busy_for);
    for (;;) {
        auto result = execute(zfs_program, words, purpose);
        if (result.status == 0 && !result.timed_out)
            refuse_cut_off(result, purpose);
        else if (says(result, "is busy") && !patience.passed()) {
            wait(between_tries);
            continue;
        }
        return result;
    }
}

} // namespace

Words programs()
{
    return {paths::below_root(zfs_program), paths::below_root(zpool_program)};
}

std::string run(const Words& words, const std::string& purpose)
{
    auto result = run_patiently(words, purpose);
    if (result.status != 0 || result.timed_out)
        fail(result, words, purpose);
    return std::move(result.output);
}

std::optional<std::string> run_if_there(const Words& words, const std::string& purpose)
{
    auto result = run_patiently(words, purpose);
    if (result.status == 0 && !result.timed_out)
        return std::move(result.output);
    if (!result.timed_out && says(result, "dataset does not exist"))
        return std::nullopt;
    fail(result, words, purpose);
}

std::optional<std::string> pool_health(const std::string& pool, const std::string& purpose)
{
    const Words words{"list", "-Hp", "-o", "health", pool};
    auto result = execute(zpool_program, words, purpose);
    if (result.status == 0 && !result.timed_out)
        return result.output.substr(0, result.output.find('\n'));
    if (!result.timed_out && says(result, "no such pool"))
        return std::nullopt;
    fail(result, words, purpose);
}

bool try_run(const Words& words)
{
    const auto result = execute(zfs_program, words, "cannot tidy up");
    return result.status == 0 && !result.timed_out;
}

} // namespace qmgmt::zfs

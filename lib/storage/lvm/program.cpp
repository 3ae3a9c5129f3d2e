// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/lvm/program.hpp"

#include "base/ascii.hpp"
#include "base/child.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace qmgmt::lvm {

namespace {

constexpr std::chrono::minutes patience{5};
constexpr std::size_t most_report = std::size_t{4} << 20; // some ten thousand volumes
constexpr std::size_t most_logged = 1000;

// How lvm says that there is no room.
constexpr std::array<std::string_view, 4> full = {"reached threshold", "nsufficient free space",
                                                  "nsufficient suitable", "No space left"};

// Each line of what lvm said, but for its remark that volumes are larger than their pool: that is
// what thin pools are for.
std::string remarks(std::string_view errors)
{
    std::string text;
    while (!errors.empty()) {
        const auto end = std::min(errors.find('\n'), errors.size());
        const auto line = errors.substr(0, end);
        errors.remove_prefix(std::min(end + 1, errors.size()));
        if (line.find("exceeds the size of thin pool") != std::string_view::npos || line.empty())
            continue;
        if (!text.empty())
            text += ' ';
        text += line;
    }
    return printable(text, most_logged);
}

ChildResult run_to_end(const std::string& purpose, const std::vector<std::string>& words)
{
    std::vector<std::string> command{program()};
    command.insert(command.end(), words.begin(), words.end());
    try {
        return run_program(command, Deadline::in(patience),
                           {.most_output = most_report, .errors_apart = true, .completes = true});
    } catch (const Error& error) {
        throw Error{error.type(), purpose + ": lvm cannot be run",
                    error.text() + ": " + error.detail()};
    }
}

[[noreturn]] void fail(const std::string& purpose, const std::string& command,
                       const ChildResult& result)
{
    const std::string detail =
        command + ": exit code " + std::to_string(result.status) + ": " + remarks(result.errors);
    if (result.timed_out)
        throw Error{failure::timeout, purpose + ": lvm took too long", detail};
    if (std::ranges::any_of(full, [&](std::string_view words) {
            return result.errors.find(words) != std::string::npos;
        }))
        throw Error{failure::no_space, purpose + ": the pool is full", detail};
    throw Error{failure::storage, purpose + ": lvm refuses (" + command + ")", detail};
}

std::string checked(const std::string& purpose, const std::string& command,
                    const ChildResult& result)
{
    if (result.status != 0)
        fail(purpose, command, result);
    if (const auto said = remarks(result.errors); !said.empty())
        log_warning(command + ": " + said + ", ignoring");
    return result.output;
}

// A bare group would mean all its volumes.
const std::string& volume_name(const std::string& name)
{
    const auto slash = name.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == name.size() || name[0] == '-')
        throw Error{failure::internal, "not the name of a logical volume", printable(name, 200)};
    return name;
}

// lvm makes whole extents of what it is given, but takes only whole sectors.
std::string bytes(std::uint64_t size)
{
    constexpr std::uint64_t sector = 512;
    return std::to_string((size + sector - 1) / sector * sector) + "B";
}

} // namespace

std::string program()
{
    return paths::below_root("/usr/sbin/lvm");
}

std::string run(const std::string& purpose, const std::vector<std::string>& words)
{
    return checked(purpose, words.front(), run_to_end(purpose, words));
}

void create(const std::string& purpose, const std::string& pool, const std::string& name,
            std::uint64_t size)
{
    run(purpose, {"lvcreate", "--thin", "--setactivationskip=n", "--activate=y", "--name=" + name,
                  "--virtualsize=" + bytes(size), "--", volume_name(pool)});
}

void clone(const std::string& purpose, const std::string& from, const std::string& to)
{
    // lvm takes --snapshot or --type, not both; with --type it never is a snapshot of the other
    // kind
    run(purpose, {"lvcreate", "--setactivationskip=n", "--activate=y", "--type=thin",
                  "--name=" + volume_name(to), "--", volume_name(from)});
}

void rename(const std::string& purpose, const std::string& from, const std::string& to)
{
    run(purpose, {"lvrename", "--", volume_name(from), volume_name(to)});
}

void remove(const std::string& purpose, const std::vector<std::string>& volumes)
{
    std::vector<std::string> words{"lvremove", "--force", "--"};
    for (const std::string& volume : volumes)
        words.push_back(volume_name(volume));
    run(purpose, words);
}

void extend(const std::string& purpose, const std::string& volume, std::uint64_t size)
{
    const auto result =
        run_to_end(purpose, {"lvextend", "--size=" + bytes(size), "--", volume_name(volume)});
    if (result.errors.find("matches existing size") == std::string::npos || result.timed_out)
        checked(purpose, "lvextend", result);
}

void reduce(const std::string& purpose, const std::string& volume, std::uint64_t size)
{
    run(purpose, {"lvreduce", "--force", "--size=" + bytes(size), "--", volume_name(volume)});
}

void activate(const std::string& purpose, const std::string& volume)
{
    run(purpose, {"lvchange", "--activate=y", "--", volume_name(volume)});
}

} // namespace qmgmt::lvm

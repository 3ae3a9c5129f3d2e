// SPDX-License-Identifier: GPL-2.0-or-later

#include "confine/landlock.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace qmgmt {
namespace {

// The kernel's interface, spelled here: the header of an older kernel lacks the newer half.
constexpr std::uint64_t execute = 1U << 0;
constexpr std::uint64_t write_file = 1U << 1;
constexpr std::uint64_t read_file = 1U << 2;
constexpr std::uint64_t read_directory = 1U << 3;
constexpr std::uint64_t remove_directory = 1U << 4;
constexpr std::uint64_t remove_file = 1U << 5;
constexpr std::uint64_t make_directory = 1U << 7;
constexpr std::uint64_t make_file = 1U << 8;
constexpr std::uint64_t make_link = 1U << 12;
constexpr std::uint64_t all_of_version_1 = (1U << 13) - 1;
constexpr std::uint64_t refer = 1U << 13;           // version 2
constexpr std::uint64_t truncate_file = 1U << 14;   // version 3
constexpr std::uint64_t device_control = 1U << 15;  // version 5
constexpr std::uint64_t tcp_bind_connect = 3;       // version 4
constexpr std::uint64_t scope_abstract_sockets = 1; // version 6
constexpr std::uint64_t scope_signals = 2;          // version 6

struct RulesetAttributes {
    std::uint64_t files;
    std::uint64_t network;
    std::uint64_t scoped;
};

struct __attribute__((packed)) PathBeneath {
    std::uint64_t allowed;
    std::int32_t parent;
};

constexpr unsigned rule_path_beneath = 1;
constexpr unsigned ask_version = 1;

RulesetAttributes handled_by(int version, bool signals)
{
    RulesetAttributes handled{all_of_version_1, 0, 0};
    if (version >= 2)
        handled.files |= refer;
    if (version >= 3)
        handled.files |= truncate_file;
    if (version >= 4)
        handled.network = tcp_bind_connect;
    if (version >= 5)
        handled.files |= device_control;
    if (version >= 6)
        handled.scoped = scope_abstract_sockets | (signals ? 0 : scope_signals);
    return handled;
}

std::uint64_t allowed_by(Access access, bool directory)
{
    constexpr std::uint64_t of_files =
        execute | write_file | read_file | truncate_file | device_control;
    std::uint64_t allowed = read_file | read_directory;
    if (access == Access::write)
        allowed |= write_file | remove_directory | remove_file | make_directory | make_file |
                   make_link | refer | truncate_file;
    if (access == Access::control)
        allowed |= write_file | device_control;
    return directory ? allowed : allowed & of_files;
}

[[noreturn]] void fail(const char* where)
{
    throw_errno(failure::internal, "cannot give up rights", where);
}

void allow(int ruleset, const PathRight& right, std::uint64_t handled)
{
    const Fd at{::open(right.path.c_str(), O_PATH | O_CLOEXEC)};
    struct stat facts {};
    if (!at || ::fstat(at.get(), &facts) != 0)
        return; // not there, so it cannot be used
    const PathBeneath rule{allowed_by(right.access, S_ISDIR(facts.st_mode)) & handled, at.get()};
    if (::syscall(SYS_landlock_add_rule, ruleset, rule_path_beneath, &rule, 0) != 0)
        fail("landlock_add_rule");
}

} // namespace

int landlock_version()
{
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_version);
    return version < 0 ? 0 : static_cast<int>(version);
}

bool restrict_files(std::span<const PathRight> rights, bool signals)
{
    const int version = landlock_version();
    if (version == 0)
        return false;
    const RulesetAttributes handled = handled_by(version, signals);
    // An older kernel takes the longer structure as long as what it does not know is zero.
    const Fd ruleset{
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0))};
    if (!ruleset)
        fail("landlock_create_ruleset");
    for (const PathRight& right : rights)
        allow(ruleset.get(), right, handled.files);
    if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
        fail("landlock_restrict_self");
    return true;
}

} // namespace qmgmt

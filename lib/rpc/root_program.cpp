// SPDX-License-Identifier: GPL-2.0-or-later

#include "rpc/root_program.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/loadable.hpp"
#include "rpc/run.hpp"

#include <algorithm>
#include <string>
#include <unistd.h>
#include <vector>

namespace qmgmt::rpc {
namespace {

bool is_variable(std::string_view word)
{
    constexpr std::string_view prefix = "QREXEC_";
    const auto end = word.find('=');
    return word.starts_with(prefix) && end != std::string_view::npos &&
           word.substr(0, end).find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") ==
               std::string_view::npos;
}

// "admin.vm.Create.AppVM" is a name of "mgmt.vm.Create", "policy.Get" of "mgmt.policy.Get". The
// name becomes a path: no slash.
bool is_name_of(std::string_view name, std::string_view call)
{
    constexpr std::string_view admin = "admin.";
    constexpr std::string_view mgmt = "mgmt.";
    if (name.find('/') != std::string_view::npos)
        return false;
    if (name.starts_with(admin) && call.starts_with(mgmt)) {
        name.remove_prefix(admin.size());
        call.remove_prefix(mgmt.size());
    } else if (name.starts_with("policy.") && call.starts_with(mgmt)) {
        call.remove_prefix(mgmt.size());
    }
    return name == call || (name.starts_with(call) && name.substr(call.size(), 1) == ".");
}

int refuse(std::string_view reason)
{
    static_cast<void>(write_all(
        STDERR_FILENO, failure_line("qubes-mgmt-root", Failure::denied, std::string{reason})));
    return static_cast<int>(Failure::denied);
}

} // namespace

int run_root_program(std::span<const std::string_view> calls, int argc, char** argv)
{
    std::vector<char*> variables;
    int at = 1;
    for (; at < argc && is_variable(argv[at]); ++at)
        variables.push_back(argv[at]);
    std::string path{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
    std::string locale{"LC_ALL=C"};
    variables.insert(variables.end(), {path.data(), locale.data(), nullptr});
    if (at >= argc)
        return refuse("expected the name of a call");
    const std::string_view name = argv[at];
    if (std::ranges::none_of(calls, [&](auto call) { return is_name_of(name, call); }))
        return refuse("this is no call that runs as root");
    try {
        const std::string program = program_directory() + "/" + std::string{name};
        ::execve(program.c_str(), argv + at, variables.data());
    } catch (const Error& error) {
        return refuse(error.text());
    }
    return refuse("this call is not installed");
}

} // namespace qmgmt::rpc

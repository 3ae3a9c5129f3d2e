// SPDX-License-Identifier: GPL-2.0-or-later

#include "rpc/as_root.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/loadable.hpp"
#include "base/paths.hpp"
#include "rpc/replace_process.hpp"

#include <string_view>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace qmgmt::rpc {
namespace {

// What was read from standard input can be read there again.
void put_back(const std::string& payload)
{
    const Fd again{::memfd_create("payload", MFD_CLOEXEC)};
    if (!again || !write_all(again.get(), payload) || ::lseek(again.get(), 0, SEEK_SET) != 0 ||
        ::dup2(again.get(), STDIN_FILENO) < 0) // NOLINT: inherited on purpose
        throw_errno(failure::internal, "cannot run as root", "memfd");
}

} // namespace

bool is_root()
{
    return ::geteuid() == 0;
}

void run_as_root(const CallSpec& spec, const Request& request, int argc, char** argv)
{
    const std::string sudo = paths::below_root("/usr/bin/sudo");
    std::vector<std::string> words{sudo, "-n", program_directory() + "/qubes-mgmt-root"};
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (std::string_view{*variable}.starts_with("QREXEC_"))
            words.emplace_back(*variable);
    }
    words.push_back(request.program);
    words.insert(words.end(), argv + 1, argv + argc);
    std::vector<std::string> variables{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"};
    if (spec.input == Input::required || spec.input == Input::optional)
        put_back(request.payload);
    replace_process(std::move(words), std::move(variables));
    throw Error{failure::unsupported, "cannot run as root: sudo is not there", sudo};
}

} // namespace qmgmt::rpc

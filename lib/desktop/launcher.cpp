// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/launcher.hpp"

#include "base/paths.hpp"

#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::string_view service = "qubes.StartApp+";
constexpr std::size_t longest_old_service = 63;
// So that "<qube>-<id>.desktop" is the name of a file, also while it is a temporary one.
constexpr std::size_t longest_id = 200;
constexpr const char* old_program = "/usr/lib/qubes/qrexec-client-vm";

bool is_there(const char* path)
{
    return ::access(paths::below_root(path).c_str(), F_OK) == 0;
}

} // namespace

Launcher launcher_of_this_machine()
{
    if (is_there("/usr/bin/qrexec-client") || is_there("/usr/lib/qubes/qrexec-client"))
        return Launcher::dom0;
    if (is_there(old_program) && !is_there("/usr/bin/qrexec-client-vm"))
        return Launcher::old_qube;
    return Launcher::qube;
}

bool can_start(Launcher launcher, std::string_view id)
{
    return id.size() <= longest_id &&
           (launcher != Launcher::old_qube || service.size() + id.size() <= longest_old_service);
}

std::vector<std::string> start_command(Launcher launcher, const QubeName& qube, std::string_view id)
{
    const std::string start = std::string{service}.append(id);
    switch (launcher) {
    case Launcher::qube: return {"qrexec-client-vm", qube.text(), start};
    case Launcher::old_qube: return {old_program, qube.text(), start};
    case Launcher::dom0: return {"qvm-run", "-q", "-a", "--service", "--", qube.text(), start};
    }
    return {};
}

} // namespace qmgmt

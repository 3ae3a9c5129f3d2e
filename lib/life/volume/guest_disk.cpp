// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/guest_disk.hpp"

#include "base/ascii.hpp"
#include "base/child.hpp"
#include "base/config.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "life/power_state.hpp"

#include <array>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::chrono::seconds guest_patience{60};

// Empty where qrexec is not installed or not wanted.
std::string qrexec_client()
{
    if (config().word("qrexec", "auto", {"auto", "required", "off"}) == "off")
        return {};
    for (const char* const program : {"/usr/bin/qrexec-client", "/usr/lib/qubes/qrexec-client"}) {
        std::string path = paths::below_root(program);
        if (::access(path.c_str(), X_OK) == 0)
            return path;
    }
    return {};
}

} // namespace

void tell_of_growth(Call& call, const Qube& qube, const Volume& volume, const std::string& path,
                    std::uint64_t size)
{
    const auto failed = [&](std::string detail) {
        return Error{failure::storage,
                     "online resize failed, resize the file system manually: the volume '" +
                         volume.role + "' of '" + qube.name() + "' has its new size",
                     std::move(detail)};
    };
    // Xen's own backend notices by itself, and libvirt has no such call for it
    if (call.hypervisor().kind() == Hypervisor::Kind::qemu)
        call.hypervisor().resize_disk(uuid_of(qube), path, size);
    const std::string client = qrexec_client();
    if (client.empty())
        return;
    if (power_state(call, qube) != PowerState::running)
        throw failed("its agent is not there");
    // what the local program prints is what the service reads
    const ChildResult result =
        run_program({client, "-d", qube.name(), "-l", "/bin/echo " + volume.role,
                     "root:QUBESRPC qubes.ResizeDisk dom0"},
                    call.deadline(guest_patience));
    if (result.status != 0)
        throw failed("qubes.ResizeDisk: exit code " + std::to_string(result.status) + ", " +
                     printable(result.output, 200));
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/guest_disk.hpp"

#include "base/error.hpp"
#include "life/power_state.hpp"
#include "life/qrexec/guest_service.hpp"

namespace qmgmt {
namespace {

constexpr std::chrono::seconds guest_patience{60};

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
    if (!has_qrexec())
        return;
    if (power_state(call, qube) != PowerState::running)
        throw failed("its agent is not there");
    const auto end = run_guest_service(qube.name(), "qubes.ResizeDisk", volume.role + "\n",
                                       call.deadline(guest_patience));
    if (end && !end->done())
        throw failed("qubes.ResizeDisk: " + end->fault());
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/property/icon_link.hpp"

#include "base/log.hpp"
#include "call/qube_directory.hpp"
#include "life/property/live.hpp"

#include <cerrno>
#include <cstdio>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::string_view icons = "/usr/share/icons/hicolor/128x128/devices";

} // namespace

void update_icon_link(Call& call, const std::string& name) noexcept
{
    const Qube* qube = call.store().find_any(name);
    if (call.store().dialect() != Dialect::r40 || qube == nullptr)
        return;
    const std::string directory = qube_directory(*qube);
    if (::access(directory.c_str(), F_OK) != 0)
        return;
    SystemValues live{call};
    const std::string target = std::string{icons} +
                               (qube->class_bit() == class_disp ? "/dispvm-" : "/appvm-") +
                               Effective{call.store(), live}.text(*qube, "label") + ".png";
    const std::string temporary = directory + "/icon.png~";
    ::unlink(temporary.c_str());
    if (::symlink(target.c_str(), temporary.c_str()) != 0 ||
        ::rename(temporary.c_str(), (directory + "/icon.png").c_str()) != 0)
        log_warning("cannot link the icon of '" + name + "', ignoring");
}

} // namespace qmgmt

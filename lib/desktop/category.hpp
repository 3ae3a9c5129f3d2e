// SPDX-License-Identifier: GPL-2.0-or-later
//
// The categories of applications that freedesktop.org's menu specification registers, main and
// additional ones. The reserved ones (Screensaver, TrayIcon, Applet, Shell) are not among them:
// they are for parts of a desktop.
#pragma once

#include <string_view>
#include <vector>

namespace qmgmt {

// Those of a list "Network;WebBrowser;", in its order, each once; what is not registered is left
// out. The views last as long as the program.
[[nodiscard]] std::vector<std::string_view> registered_categories(std::string_view untrusted_list);

} // namespace qmgmt

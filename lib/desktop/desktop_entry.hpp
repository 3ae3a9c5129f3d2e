// SPDX-License-Identifier: GPL-2.0-or-later
//
// The desktop entry that shows an application of another qube in the menu of this one.
#pragma once

#include "desktop/application.hpp"
#include "desktop/launcher.hpp"
#include "names/names.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// "<qube>-<id>.desktop".
[[nodiscard]] std::string entry_file(const QubeName& qube, std::string_view id);

// The whole file. What the user reads begins with the qube's name, whatever the qube says.
[[nodiscard]] std::string desktop_entry(const QubeName& qube, const Application& application,
                                        Launcher launcher);

// Whether a file says, as those of desktop_entry do, that it is for an application of this qube.
[[nodiscard]] bool is_entry_of(const QubeName& qube, std::string_view untrusted_text);

} // namespace qmgmt

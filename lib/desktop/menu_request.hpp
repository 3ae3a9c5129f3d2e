// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whose applications are to be in which menu: "QUBE", for the menu of the user who asks, or
// "QUBE:DIRECTORY".
#pragma once

#include "names/names.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

struct MenuRequest {
    QubeName qube;
    std::string directory; // absolute, below the root in force

    // Throws Error{bad_value} for what is no name of a qube, or of dom0, and for a directory that
    // is no plain absolute path, or when none is named and the user has no home.
    static MenuRequest parse(std::string_view untrusted_text);

    // What of the directory is to be made first: itself, or one above it whose own directory is
    // there.
    [[nodiscard]] std::string first_to_make() const;
};

} // namespace qmgmt

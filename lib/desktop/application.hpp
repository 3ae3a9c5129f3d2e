// SPDX-License-Identifier: GPL-2.0-or-later
//
// An application of a qube, as far as what the qube says of it is believed: each text is of the
// bytes that its kind may have (protocol.md 5.3), and may be empty, the id and the name excepted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

struct Application {
    std::string id; // what qubes.StartApp takes: [A-Za-z0-9._-]+
    std::string name;
    std::string generic_name;
    std::string comment;
    std::string icon;                         // a name, or a file below where icons are installed
    std::string window_class;                 // StartupWMClass
    std::vector<std::string_view> categories; // registered ones alone, each once

    friend bool operator==(const Application&, const Application&) = default;
};

} // namespace qmgmt

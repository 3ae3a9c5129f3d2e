// SPDX-License-Identifier: GPL-2.0-or-later
//
// XML that an administrator of this host has written.
#pragma once

#include <pugixml.hpp>

#include <optional>
#include <string>

namespace qmgmt::override_file {

// Why a file, or what it asks for, cannot be used: for the log.
class Unusable {
public:
    explicit Unusable(std::string reason) : reason_{std::move(reason)} {}
    [[nodiscard]] const std::string& reason() const { return reason_; }

private:
    std::string reason_;
};

// Nothing when there is no such file. Throws Unusable for one that is no file, that somebody else
// than root or we could have written, that is larger than 256 KiB or no XML.
[[nodiscard]] std::optional<pugi::xml_document> load(const std::string& path);

} // namespace qmgmt::override_file

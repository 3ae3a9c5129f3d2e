// SPDX-License-Identifier: GPL-2.0-or-later
//
// HMAC-SHA256, of bytes as they come.
#pragma once

#include "backup/container/mac.hpp"

#include <array>
#include <string_view>

namespace qmgmt {

using HmacValue = std::array<char, 32>;

class Hmac {
public:
    // Throws BackupError{internal}, as all below.
    explicit Hmac(std::string_view key);

    void update(std::string_view bytes) { mac_.update(bytes); }
    // Once, the last of all.
    [[nodiscard]] HmacValue value();
    // Whether the value is `untrusted`, in a time that says nothing about it. Once, the last of
    // all.
    [[nodiscard]] bool matches(std::string_view untrusted);

private:
    Mac mac_;
};

} // namespace qmgmt

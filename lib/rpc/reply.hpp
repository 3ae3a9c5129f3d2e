// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a call answers. Nothing is written before success is certain.
#pragma once

#include <string>
#include <utility>

namespace qmgmt {

class Reply {
public:
    Reply() = default; // nothing
    explicit Reply(std::string bytes) : bytes_{std::move(bytes)} {}

    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

private:
    std::string bytes_;
};

} // namespace qmgmt

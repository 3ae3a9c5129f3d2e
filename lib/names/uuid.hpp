// SPDX-License-Identifier: GPL-2.0-or-later
//
// The identifier under which the hypervisor knows a qube: 16 bytes, written 8-4-4-4-12 in
// lower-case hex.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

class Uuid {
public:
    using Bytes = std::array<std::uint8_t, 16>;

    Uuid() = default; // all zero: dom0's
    explicit Uuid(const Bytes& bytes) : bytes_{bytes} {}

    // 36 characters, any case; nothing else.
    static std::optional<Uuid> parse(std::string_view untrusted_text);
    // Version 4, from the kernel's generator.
    static Uuid random();

    [[nodiscard]] std::string text() const;
    [[nodiscard]] const Bytes& bytes() const noexcept { return bytes_; }
    [[nodiscard]] bool is_zero() const { return bytes_ == Bytes{}; }

    friend auto operator<=>(const Uuid&, const Uuid&) = default;

private:
    Bytes bytes_{};
};

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// A token that stands for the content of one volume, for one copy by the same caller within ten
// minutes (storage.md 3.12). Tokens lie in /run/qubes-mgmt/clone.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

struct CloneToken {
    static constexpr std::chrono::minutes lifetime{10};

    std::string pool;
    std::string vid;
    std::string qube;
    std::string uuid; // of the qube: another of its name is another
    std::string caller;

    // Returns the token: 32 letters and digits.
    [[nodiscard]] std::string issue() const;
    // It is used up, whatever it is then used for. Nothing when it was never issued, is used up or
    // too old, or was issued to another caller.
    static std::optional<CloneToken> redeem(const std::string& token, std::string_view caller);

    // Throws Error{protocol} for what cannot be a token; one line end behind it is let pass.
    [[nodiscard]] static std::string parse(std::string_view untrusted_text);
};

// Forgets the tokens that are too old.
void forget_old_tokens();

} // namespace qmgmt

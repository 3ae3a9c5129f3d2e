// SPDX-License-Identifier: GPL-2.0-or-later
//
// The names of what an archive holds: "vm7/private.img.000.enc" is the first chunk of the file
// "vm7/private.img". Nothing else can be named than what backup.md 1.8 lists.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

inline constexpr std::string_view header_member = "backup-header";
inline constexpr std::string_view header_proof_member = "backup-header.hmac";
inline constexpr std::string_view metadata_file = "qubes.xml";
inline constexpr std::string_view manifest_file = "qubes-mgmt-manifest";

// Six digits.
inline constexpr unsigned most_chunk = 999'999;

struct MemberName {
    std::string file;   // "vm7/private.img"
    unsigned chunk = 0; // of the file, from 0

    // Of a member's name in the outer tar. Nothing for a name that no archive may have.
    static std::optional<MemberName> parse(std::string_view untrusted);

    // "vm7/private.img.000": what the key of the member is bound to.
    [[nodiscard]] std::string bound() const;
    // "vm7/private.img.000.enc": its name in the outer tar.
    [[nodiscard]] std::string outer() const;
};

// Whether an archive may hold a file of this name.
[[nodiscard]] bool is_archived_name(std::string_view untrusted_file) noexcept;
// "vm7/" of "vm7/private.img"; empty for what lies in no directory.
[[nodiscard]] std::string_view directory_of(std::string_view file) noexcept;

} // namespace qmgmt

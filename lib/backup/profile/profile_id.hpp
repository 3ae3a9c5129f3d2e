// SPDX-License-Identifier: GPL-2.0-or-later
//
// The name of a backup's profile: of a file, an argument of qrexec, part of a tag and of a service
// (backup.md 1.10).
#pragma once

#include <string>
#include <string_view>

namespace qmgmt {

class ProfileId {
public:
    // A letter or digit, then at most 39 of those, `_` and `-`. Throws BackupError{bad_request}.
    static ProfileId parse(std::string_view untrusted);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    // "backup-nightly": qubes with this tag are in the backup.
    [[nodiscard]] std::string tag() const { return "backup-" + text_; }

    friend bool operator==(const ProfileId&, const ProfileId&) = default;

private:
    explicit ProfileId(std::string_view text) : text_{text} {}

    std::string text_;
};

} // namespace qmgmt

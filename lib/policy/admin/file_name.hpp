// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the policy calls say of a file of qrexec's policy (protocol.md 4.8): "30-user" is
// 30-user.policy, of the files to include it is include/30-user.
#pragma once

#include <string>
#include <string_view>

namespace qmgmt {

// The two directories that the policy calls change.
enum class PolicyPlace { policies, includes };

// As a policy says it.
[[nodiscard]] std::string_view directory_of(PolicyPlace place) noexcept;
// What the names of its files end in, which the calls leave out.
[[nodiscard]] std::string_view suffix_of(PolicyPlace place) noexcept;

class PolicyFileName {
public:
    // Letters, digits, '_' and '-'. Throws Error{protocol}.
    [[nodiscard]] static PolicyFileName parse(std::string_view untrusted, PolicyPlace place);

    [[nodiscard]] PolicyPlace place() const noexcept { return place_; }
    // In its directory.
    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    // As a policy says it.
    [[nodiscard]] std::string path() const;

private:
    PolicyFileName(PolicyPlace place, std::string file) : place_{place}, file_{std::move(file)} {}

    PolicyPlace place_;
    std::string file_;
};

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// The files of a policy, and whether they are still as they were when they were read: for who
// answers by a policy for hours.
#pragma once

#include "policy/files.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

class RememberedPolicyFiles final : public PolicyFiles {
public:
    [[nodiscard]] std::optional<std::string> read(const std::string& path) const override;
    [[nodiscard]] std::optional<std::vector<std::string>>
    list(const std::string& directory) const override;

    // Whether a file or directory that was asked for is another one now, or has other bytes; one
    // that was not there, too.
    [[nodiscard]] bool changed() const;

private:
    void remember(const std::string& path) const;

    HostPolicyFiles files_;
    mutable std::map<std::string, std::string> facts_; // by path; before it was read
};

} // namespace qmgmt

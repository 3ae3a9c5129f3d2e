// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the texts of a policy come from: the host's files, or those as they would be after a
// change.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

class PolicyFiles {
public:
    PolicyFiles() = default;
    PolicyFiles(const PolicyFiles&) = delete;
    PolicyFiles& operator=(const PolicyFiles&) = delete;
    virtual ~PolicyFiles() = default;

    // `path` is absolute, as a policy says it. Nothing when there is no such file. Throws
    // Error{failed} for what cannot be read, is no file or has more than 1 MiB.
    [[nodiscard]] virtual std::optional<std::string> read(const std::string& path) const = 0;
    // The names of the files in it, links to files too, in the order of their bytes. Nothing when
    // there is no such directory. Throws Error{failed}.
    [[nodiscard]] virtual std::optional<std::vector<std::string>>
    list(const std::string& directory) const = 0;
};

// This machine's, below the root in force.
class HostPolicyFiles final : public PolicyFiles {
public:
    [[nodiscard]] std::optional<std::string> read(const std::string& path) const override;
    [[nodiscard]] std::optional<std::vector<std::string>>
    list(const std::string& directory) const override;
};

// Other files, of which some say something else, or are gone.
class ChangedPolicyFiles final : public PolicyFiles {
public:
    // `present` outlives this.
    explicit ChangedPolicyFiles(const PolicyFiles& present) : present_{present} {}

    // Nothing: the file is gone.
    void change(const std::string& path, std::optional<std::string> text);

    [[nodiscard]] std::optional<std::string> read(const std::string& path) const override;
    [[nodiscard]] std::optional<std::vector<std::string>>
    list(const std::string& directory) const override;

private:
    const PolicyFiles& present_;
    std::map<std::string, std::optional<std::string>> changed_;
};

} // namespace qmgmt

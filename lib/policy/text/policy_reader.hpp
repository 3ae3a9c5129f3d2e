// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reads the files of a policy, and those that they include, into rules.
#pragma once

#include "policy/text/rule_line.hpp"
#include "policy/text/rules.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace qmgmt {

class PolicyReader {
public:
    // Both outlive this.
    PolicyReader(const PolicyFiles& files, PolicyRules& into) : files_{files}, into_{into} {}

    // All throw PolicyFault.

    // The `*.policy` files of a directory, by name; of one that is not there none. A name that a
    // later directory has, too, is that one's.
    void directories(const std::vector<std::string>& directories);
    // Lines of all they are for.
    void file(const std::string& path);
    // Lines of what they are for; a file that includes others of its kind.
    void short_file(const std::string& path, const PolicyMatch& match);
    // What an older host has: first what is for one argument, then what is for all.
    void old_directory();
    // One file of those.
    void old_file(const std::string& name);
    // Denies what that file is for, because of a line of it.
    void deny_instead(const std::string& name, unsigned line);

private:
    using Line = std::function<void(std::string_view line)>;

    void lines(const std::string& path, const Line& line);
    void full_line(std::string_view line);
    void include(const std::vector<std::string_view>& words);
    void short_line(std::string_view line, const PolicyMatch& match, std::string_view directory);
    void short_file(const std::string& path, const PolicyMatch& match, std::string_view directory);
    void add(PolicyRule rule);
    void deny(const PolicyMatch& match, TokenKind destination);
    [[nodiscard]] static std::string path_below(std::string_view directory, std::string_view path);

    const PolicyFiles& files_;
    PolicyRules& into_;
    std::size_t file_ = 0; // of the present line
    unsigned line_ = 0;
    std::string_view text_; // of that line
    unsigned depth_ = 0; // of files that include each other
    std::size_t bytes_ = 0;
};

// What an old file is for, by its name; nothing for names that are none of a policy.
[[nodiscard]] std::optional<PolicyMatch> match_of_old_file(std::string_view name);

} // namespace qmgmt

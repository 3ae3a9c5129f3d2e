// SPDX-License-Identifier: GPL-2.0-or-later
//
// The policy templates of the source tree, as a host has them after they were installed.
#pragma once

#include "support/policy_world.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace qmgmt::test {

// Of all files below a folder of policy-templates/ the text, by path: "include/mgmt-local-ro".
inline std::map<std::string, std::string> templates_of(const std::string& folder)
{
    std::map<std::string, std::string> texts;
    const std::filesystem::path top = std::filesystem::path{QMGMT_TEST_TEMPLATES} / folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{top}) {
        std::ifstream file{entry.path(), std::ios::binary};
        if (entry.is_regular_file())
            texts[std::filesystem::relative(entry.path(), top)] = {
                std::istreambuf_iterator<char>{file}, {}};
    }
    return texts;
}

// The files of a host, by path.
using PolicyTree = std::map<std::string, std::string>;

inline PolicyTree installed(const std::string& folder, const std::string& directory)
{
    PolicyTree files;
    for (auto& [path, text] : templates_of(folder))
        files[directory + "/" + path] = text;
    return files;
}

// With the policy of R4.1 and later.
inline PolicyTree new_host()
{
    return installed("policy.d", "/etc/qubes/policy.d");
}

// "r40", "r32"
inline PolicyTree old_host(const std::string& release)
{
    return installed(release, "/etc/qubes-rpc/policy");
}

inline Policy load(const PolicyTree& tree, std::string_view service = {})
{
    PolicyTexts files{};
    for (const auto& [path, text] : tree)
        files.add(path, text);
    return Policy::load(files, service);
}

} // namespace qmgmt::test

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Policies that stand in a test, and the qubes that they speak of.
#pragma once

#include "policy/policy.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace qmgmt::test {

// Files that are nowhere but here, by their paths.
class PolicyTexts final : public PolicyFiles {
public:
    PolicyTexts(std::initializer_list<std::pair<const std::string, std::string>> texts)
        : texts_{texts}
    {
    }

    void add(const std::string& path, std::string text) { texts_[path] = std::move(text); }

    [[nodiscard]] std::optional<std::string> read(const std::string& path) const override
    {
        const auto found = texts_.find(path);
        return found == texts_.end() ? std::nullopt : std::optional{found->second};
    }

    [[nodiscard]] std::optional<std::vector<std::string>>
    list(const std::string& directory) const override
    {
        std::optional<std::vector<std::string>> names;
        const std::string start = directory + "/";
        for (const auto& [path, text] : texts_)
            if (path.starts_with(start)) {
                names = names.value_or(std::vector<std::string>{});
                if (path.find('/', start.size()) == std::string::npos)
                    names->push_back(path.substr(start.size()));
            }
        return names;
    }

private:
    std::map<std::string, std::string> texts_;
};

inline PolicyParty dom0()
{
    return {.kind = PartyKind::admin};
}

inline PolicyParty qube(std::string_view name, std::string_view tags = " ",
                        std::string_view klass = "AppVM")
{
    return {.kind = PartyKind::qube, .qube = {.name = name, .klass = klass, .tags = tags}};
}

} // namespace qmgmt::test

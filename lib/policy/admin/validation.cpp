// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/admin/validation.hpp"

#include "base/error.hpp"
#include "base/paths.hpp"
#include "base/utf8.hpp"
#include "policy/text/rules.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// As a policy names files, from its own directory.
std::string shortened(std::string text)
{
    const std::string start = std::string{paths::policy} + "/";
    for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at))
        text.erase(at, start.size());
    return text;
}

PolicyRules understood(const PolicyFiles& files)
{
    try {
        return read_policy(files);
    } catch (const PolicyFault& fault) {
        throw Error{failure::policy_syntax, shortened(fault.where()), fault.where()};
    }
}

} // namespace

void check_policy_text(std::string_view untrusted)
{
    if (untrusted.size() > most_of_new_content)
        throw Error{failure::too_large, "a policy file has at most 256 KiB"};
    if (!is_utf8(untrusted))
        throw Error{failure::policy_protocol, "the content is not UTF-8"};
    // A carriage return, say, ends a line for some and is a part of it for others.
    if (std::ranges::any_of(untrusted, [](char c) {
            return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
        }))
        throw Error{failure::policy_syntax, "the content has control characters"};
}

void check_policy_with(const PolicyFiles& present, const PolicyFileName& name,
                       std::optional<std::string> content)
{
    ChangedPolicyFiles changed{present};
    changed.change(name.path(), std::move(content));
    static_cast<void>(understood(changed));
    const std::string until_boot{paths::policy_until_boot};
    const auto passing = present.list(until_boot);
    if (!passing || passing->empty())
        return;
    for (const std::string& file : *passing)
        changed.change(until_boot + "/" + file, std::nullopt);
    static_cast<void>(understood(changed));
}

std::vector<std::string> files_for_service(const PolicyFiles& files, std::string_view service)
{
    const PolicyRules all = understood(files);
    const std::string start = std::string{paths::policy} + "/";
    std::vector<std::string> found;
    for (const PolicyRule& rule : all.rules) {
        if (!rule.service.empty() && rule.service != service)
            continue;
        std::string name = all.files.at(rule.file);
        if (name.starts_with(start)) {
            name.erase(0, name.rfind('/') + 1);
            if (const auto dot = name.rfind('.'); dot != std::string::npos && dot > 0)
                name.resize(dot);
        }
        if (std::ranges::find(found, name) == found.end())
            found.push_back(std::move(name));
    }
    return found;
}

} // namespace qmgmt

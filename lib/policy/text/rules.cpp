// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/text/rules.hpp"

#include "base/paths.hpp"
#include "policy/text/policy_reader.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

bool is_for(std::string_view name, std::string_view service)
{
    const auto match = match_of_old_file(name);
    return match && (service.empty() || match->service == service);
}

// What of a file was read before a line turned out to be wrong does not count.
void read_or_deny(const PolicyFiles& files, const std::string& name, PolicyRules& all)
{
    const std::size_t before = all.rules.size();
    const auto deny = [&](const PolicyFault& fault) {
        all.rules.resize(before);
        PolicyReader{files, all}.deny_instead(name, fault.line);
        all.ignored.push_back(fault);
    };
    try {
        PolicyReader{files, all}.old_file(name);
    } catch (const PolicyFault& fault) {
        deny(fault);
    } catch (const PolicySyntax& wrong) {
        deny({std::string{paths::service_policy} + "/" + name, 0, wrong.text});
    }
}

} // namespace

std::string PolicyFault::where() const
{
    return file + ":" + (line > 0 ? std::to_string(line) + ":" : "") + " " + text;
}

PolicyRules read_policy(const PolicyFiles& files, std::string_view service)
{
    PolicyRules all;
    PolicyReader{files, all, service}.directories(
        {std::string{paths::policy}, std::string{paths::policy_until_boot}});
    return all;
}

PolicyRules read_old_policy(const PolicyFiles& files, std::string_view service)
{
    PolicyRules all;
    auto names =
        files.list(std::string{paths::service_policy}).value_or(std::vector<std::string>{});
    std::erase_if(names, [&](const std::string& name) { return !is_for(name, service); });
    std::stable_partition(names.begin(), names.end(), [](const std::string& name) {
        return name.find('+') != std::string::npos;
    });
    for (const std::string& name : names)
        read_or_deny(files, name, all);
    return all;
}

} // namespace qmgmt

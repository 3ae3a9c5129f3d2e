// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/events/policy_versions.hpp"

#include "base/paths.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace qmgmt {
namespace {

// Empty: there is no such thing.
std::string facts_of(const std::string& path)
{
    struct stat facts {};
    if (::stat(paths::below_root(path).c_str(), &facts) != 0)
        return {};
    std::string text;
    for (const long number :
         {static_cast<long>(facts.st_dev), static_cast<long>(facts.st_ino),
          static_cast<long>(facts.st_size), static_cast<long>(facts.st_mode), facts.st_mtim.tv_sec,
          facts.st_mtim.tv_nsec, facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec})
        text += std::to_string(number) + ' ';
    return text;
}

} // namespace

void RememberedPolicyFiles::remember(const std::string& path) const
{
    facts_.try_emplace(path, facts_of(path));
}

std::optional<std::string> RememberedPolicyFiles::read(const std::string& path) const
{
    remember(path);
    return files_.read(path);
}

std::optional<std::vector<std::string>>
RememberedPolicyFiles::list(const std::string& directory) const
{
    remember(directory);
    return files_.list(directory);
}

bool RememberedPolicyFiles::changed() const
{
    return std::ranges::any_of(facts_,
                               [](const auto& one) { return facts_of(one.first) != one.second; });
}

} // namespace qmgmt

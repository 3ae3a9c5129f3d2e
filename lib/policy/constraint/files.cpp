// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/constraint/files.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/paths.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>

namespace qmgmt {
namespace {

constexpr off_t most_of_a_file = off_t{1} << 20;

// Below a scratch root there is nobody but who made it.
std::string owner_fault(const struct stat& facts)
{
    const bool trusted =
        facts.st_uid == 0 || (!paths::root().empty() && facts.st_uid == ::geteuid());
    if (!trusted)
        return "it does not belong to root";
    if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return "it can be changed by others than root";
    return "";
}

ConstraintText read_text(int directory, const std::string& name)
{
    ConstraintText found{std::string{paths::constraints} + "/" + name, {}};
    // A pipe of that name keeps nobody waiting.
    const Fd file{::openat(directory, name.c_str(),
                           O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK)};
    struct stat facts {};
    if (!file || ::fstat(file.get(), &facts) != 0)
        found.fault = errno == ELOOP ? "it is a symbolic link"
                                     : std::string{"it cannot be read: "} + std::strerror(errno);
    else if (!S_ISREG(facts.st_mode))
        found.fault = "it is no ordinary file";
    else if (facts.st_size > most_of_a_file)
        found.fault = "it has more than 1 MiB";
    else
        found.fault = owner_fault(facts);
    if (!found.fault.empty())
        return found;
    try {
        found.text = read_at(file.get(), 0, static_cast<std::size_t>(facts.st_size));
    } catch (const Error& error) {
        found.fault = error.text();
    }
    return found;
}

} // namespace

std::vector<ConstraintText> host_constraint_texts()
{
    const auto useless = [](std::string fault) {
        return std::vector{ConstraintText{std::string{paths::constraints}, {}, std::move(fault)}};
    };
    const std::string path = paths::below_root(paths::constraints);
    const std::unique_ptr<DIR, int (*)(DIR*)> listing{::opendir(path.c_str()), ::closedir};
    if (!listing && errno == ENOENT)
        return {};
    struct stat facts {};
    if (!listing || ::fstat(::dirfd(listing.get()), &facts) != 0)
        return useless(std::string{"it cannot be read: "} + std::strerror(errno));
    if (std::string fault = owner_fault(facts); !fault.empty())
        return useless(std::move(fault));
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(listing.get())) {
        const std::string_view name = entry->d_name;
        if (name.ends_with(".conf") && !name.starts_with('.'))
            names.emplace_back(name);
        errno = 0;
    }
    if (errno != 0)
        return useless(std::string{"it cannot be read: "} + std::strerror(errno));
    std::ranges::sort(names);
    std::vector<ConstraintText> texts;
    for (const std::string& name : names)
        texts.push_back(read_text(::dirfd(listing.get()), name));
    return texts;
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/files.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/paths.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>

namespace qmgmt {
namespace {

constexpr off_t most_of_a_file = off_t{1} << 20;

[[noreturn]] void fail(const std::string& path)
{
    throw_errno(failure::failed, "cannot read the policy", path);
}

} // namespace

std::optional<std::string> HostPolicyFiles::read(const std::string& path) const
{
    const Fd file{
        ::open(paths::below_root(path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (!file && (errno == ENOENT || errno == ENOTDIR))
        return std::nullopt;
    struct stat facts {};
    if (!file || ::fstat(file.get(), &facts) != 0)
        fail(path);
    if (!S_ISREG(facts.st_mode) || facts.st_size > most_of_a_file)
        throw Error{failure::failed, "cannot read the policy: it is no file, or too large", path};
    return read_at(file.get(), 0, static_cast<std::size_t>(facts.st_size));
}

std::optional<std::vector<std::string>> HostPolicyFiles::list(const std::string& directory) const
{
    const std::unique_ptr<DIR, int (*)(DIR*)> listing{
        ::opendir(paths::below_root(directory).c_str()), ::closedir};
    if (!listing && (errno == ENOENT || errno == ENOTDIR))
        return std::nullopt;
    if (!listing)
        fail(directory);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(listing.get())) {
        struct stat facts {};
        const bool known = entry->d_type == DT_REG || entry->d_type == DT_DIR;
        if (known ? entry->d_type == DT_REG
                  : ::fstatat(::dirfd(listing.get()), entry->d_name, &facts, 0) != 0 ||
                        S_ISREG(facts.st_mode)) // what leads nowhere is told when it is read
            names.emplace_back(entry->d_name);
        errno = 0;
    }
    if (errno != 0)
        fail(directory);
    std::ranges::sort(names);
    return names;
}

void ChangedPolicyFiles::change(const std::string& path, std::optional<std::string> text)
{
    changed_[path] = std::move(text);
}

std::optional<std::string> ChangedPolicyFiles::read(const std::string& path) const
{
    const auto found = changed_.find(path);
    return found == changed_.end() ? present_.read(path) : found->second;
}

std::optional<std::vector<std::string>> ChangedPolicyFiles::list(const std::string& directory) const
{
    auto names = present_.list(directory);
    const std::string start = directory + "/";
    for (const auto& [path, text] : changed_) {
        if (!path.starts_with(start) || path.find('/', start.size()) != std::string::npos)
            continue;
        const std::string name = path.substr(start.size());
        if (!names)
            names.emplace();
        std::erase(*names, name);
        if (text)
            names->push_back(name);
    }
    if (names)
        std::ranges::sort(*names);
    return names;
}

} // namespace qmgmt

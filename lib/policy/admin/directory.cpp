// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/admin/directory.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/file_lock.hpp"
#include "base/paths.hpp"
#include "policy/files.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace qmgmt {
namespace {

constexpr off_t most_of_a_file = off_t{1} << 20; // as much as is read of a policy
constexpr mode_t mode_of_files = 0664;
constexpr mode_t mode_of_directories = 02775;

[[noreturn]] void fail(const char* what, const std::string& path)
{
    throw_errno(failure::failed, what, path);
}

// A file of another suffix: one that ends in ".policy" and is not named like a policy, whatever it
// begins with, makes qrexec deny everything.
std::string temporary_for(const PolicyFileName& name)
{
    return paths::below_root(directory_of(name.place())) + "/!" + name.file();
}

// What of the files there a row can name: none that is hidden, or half written.
bool is_shown(std::string_view name) noexcept
{
    return !name.empty() && name.front() != '.' && name.front() != '!' &&
           std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f; });
}

void make_includes()
{
    const std::string path = paths::below_root(paths::policy_includes);
    struct stat facts {};
    if (::stat(path.c_str(), &facts) == 0)
        return;
    make_directories(path, mode_of_directories);
    const Fd made{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!made)
        fail("cannot make the directory of policies to include", path);
    give_to_qubes_group(made.get());
    flush_directory_of(path);
}

} // namespace

PolicyDirectory::PolicyDirectory(Deadline deadline)
{
    const std::string path = paths::below_root(paths::policy);
    held_ = Fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!held_ && errno == ENOENT)
        throw Error{failure::unsupported, "this host has no directory of policies", path};
    if (!held_)
        fail("cannot open the directory of policies", path);
    if (!flock_file(held_.get(), deadline))
        throw Error{failure::busy, "somebody else is changing the policy"};
}

std::vector<std::string> PolicyDirectory::list(PolicyPlace place) const
{
    const std::string_view suffix = suffix_of(place);
    std::vector<std::string> names;
    for (const std::string& file :
         HostPolicyFiles{}.list(std::string{directory_of(place)}).value_or(names))
        if (is_shown(file) && file.ends_with(suffix))
            names.push_back(file.substr(0, file.size() - suffix.size()));
    std::ranges::sort(names);
    return names;
}

std::optional<std::string> PolicyDirectory::read(const PolicyFileName& name) const
{
    const std::string path = paths::below_root(name.path());
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
    if (!file && (errno == ENOENT || errno == ENOTDIR))
        return std::nullopt;
    if (!file && errno == ELOOP)
        throw Error{failure::policy_path, "the file is a link, which may lead anywhere"};
    struct stat facts {};
    if (!file || ::fstat(file.get(), &facts) != 0)
        fail("cannot read the policy", path);
    if (!S_ISREG(facts.st_mode))
        throw Error{failure::policy_path, "this is no file"};
    if (facts.st_size > most_of_a_file)
        throw Error{failure::too_large, "the file is too large for a policy"};
    return read_at(file.get(), 0, static_cast<std::size_t>(facts.st_size));
}

void PolicyDirectory::replace(const PolicyFileName& name, std::string_view content) const
{
    if (name.place() == PolicyPlace::includes)
        make_includes();
    const std::string temporary = temporary_for(name);
    remove_leftovers(temporary);
    ReplacementFile file{paths::below_root(name.path()), mode_of_files, temporary};
    give_to_qubes_group(file.fd());
    file.write(content);
    file.put_in_place();
}

void PolicyDirectory::remove(const PolicyFileName& name) const
{
    const std::string path = paths::below_root(name.path());
    remove_leftovers(temporary_for(name));
    if (::unlink(path.c_str()) != 0)
        fail("cannot remove the policy", path);
    flush_directory_of(path);
}

bool policy_is_roots()
{
    struct stat facts {};
    return ::stat(paths::below_root(paths::policy).c_str(), &facts) == 0 && facts.st_uid == 0;
}

} // namespace qmgmt

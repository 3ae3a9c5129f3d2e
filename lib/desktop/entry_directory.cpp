// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/entry_directory.hpp"

#include "base/atomic_file.hpp"
#include "base/directory_tree.hpp"
#include "base/error.hpp"
#include "desktop/desktop_entry.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::size_t longest_entry = 65536; // ours are a tenth of it
constexpr mode_t directory_mode = 0755;
constexpr mode_t entry_mode = 0644;

[[noreturn]] void fail(const std::string& path)
{
    throw_errno(failure::failed, "cannot use the directory of the entries", path);
}

// As ReplacementFile names them.
bool is_temporary(std::string_view name)
{
    constexpr std::string_view end = ".desktop~XXXXXX";
    return name.size() > end.size() &&
           name.substr(name.size() - end.size()).starts_with(".desktop~");
}

} // namespace

EntryDirectory::EntryDirectory(std::string path) : path_{std::move(path)}
{
    make_directories(path_, directory_mode);
    directory_ = open_trusted_directory(path_);
    if (!directory_)
        fail(path_);
    if (::flock(directory_.get(), LOCK_EX | LOCK_NB) == 0)
        return;
    if (errno == EWOULDBLOCK)
        throw Error{failure::busy, "the entries are being written by another", path_};
    fail(path_);
}

EntryDirectory::Changes
EntryDirectory::replace_all(const QubeName& qube, const std::map<std::string, std::string>& entries)
{
    Changes changes;
    for (const auto& [name, text] : entries) {
        std::string present;
        const Owner owner = owner_of(qube, name, present);
        if (owner == Owner::this_qube && present == text)
            continue;
        const bool written = owner != Owner::other && write(name, text, owner == Owner::nobody);
        (written ? changes.written : changes.taken).push_back(name);
    }
    std::vector<std::string> names;
    if (!read_entries(directory_.get(), names))
        fail(path_);
    std::ranges::sort(names);
    for (const std::string& name : names) {
        if (!name.starts_with(qube.text() + "-"))
            continue;
        std::string present;
        if (is_temporary(name)) {
            remove_leftover(name);
        } else if (name.ends_with(".desktop") && !entries.contains(name) &&
                   owner_of(qube, name, present) == Owner::this_qube) {
            if (::unlinkat(directory_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
                throw_errno(failure::failed, "cannot remove an entry", path_ + "/" + name);
            changes.removed.push_back(name);
        }
    }
    return changes;
}

EntryDirectory::Owner EntryDirectory::owner_of(const QubeName& qube, const std::string& name,
                                               std::string& text) const
{
    const Fd file{::openat(directory_.get(), name.c_str(),
                           O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    if (!file)
        return errno == ENOENT ? Owner::nobody : Owner::other;
    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode))
        return Owner::other;
    text = read_at(file.get(), 0, longest_entry + 1);
    return text.size() <= longest_entry && is_entry_of(qube, text) ? Owner::this_qube
                                                                   : Owner::other;
}

bool EntryDirectory::write(const std::string& name, const std::string& text, bool is_new) const
{
    ReplacementFile file{path_ + "/" + name, entry_mode};
    file.write(text);
    if (is_new)
        return file.put_in_place_new();
    file.put_in_place();
    return true;
}

// Of a run that was killed: nobody else of us is here now.
void EntryDirectory::remove_leftover(const std::string& name) const
{
    struct stat facts {};
    if (::fstatat(directory_.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(facts.st_mode))
        ::unlinkat(directory_.get(), name.c_str(), 0);
}

} // namespace qmgmt

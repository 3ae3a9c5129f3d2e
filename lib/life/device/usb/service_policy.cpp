// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/usb/service_policy.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/file_lock.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::chrono::seconds patience{10};
constexpr std::size_t most_bytes = 1'048'576;
constexpr mode_t for_the_group = 0664;

PolicyLines lines_of(std::string_view text)
{
    PolicyLines lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string text_of(const PolicyLines& lines)
{
    std::string text;
    for (const std::string& line : lines)
        text += line + "\n";
    return text;
}

// What is open is what has the name.
bool is_still_at(const Fd& file, const std::string& path)
{
    struct stat ours {};
    struct stat there {};
    return ::fstat(file.get(), &ours) == 0 && ::lstat(path.c_str(), &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

mode_t mode_of(const Fd& file)
{
    struct stat facts {};
    return ::fstat(file.get(), &facts) == 0 ? facts.st_mode & 0777 : for_the_group;
}

// Locked, and not replaced meanwhile; invalid when there is none.
Fd locked(const std::string& path)
{
    const Deadline deadline = Deadline::in(patience);
    for (;;) {
        Fd file{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
        if (!file && errno == ENOENT)
            return {};
        if (!file)
            throw_errno(failure::failed, "cannot open the policy of a service", path);
        if (!lock_file(file.get(), LockMode::exclusive, deadline))
            throw Error{failure::busy, "the policy of a service is being changed", path};
        if (is_still_at(file, path))
            return file;
    }
}

void put(const std::string& path, const PolicyLines& lines, mode_t mode)
{
    ReplacementFile file{path, mode};
    file.write(text_of(lines));
    file.put_in_place();
}

// False when there is one by now.
bool put_new(const std::string& path, const PolicyLines& lines)
{
    ReplacementFile file{path, for_the_group};
    file.write(text_of(lines));
    return file.put_in_place_new();
}

} // namespace

void change_policy_file(const std::string& path,
                        const std::function<PolicyLines(const PolicyLines&)>& change)
{
    for (;;) {
        const Fd file = locked(path);
        if (!file) {
            const PolicyLines lines = change({});
            if (lines.empty() || put_new(path, lines))
                return;
            continue;
        }
        const std::string text = read_at(file.get(), 0, most_bytes + 1);
        if (text.size() > most_bytes)
            throw Error{failure::failed, "the policy of a service is too long", path};
        const PolicyLines old = lines_of(text);
        const PolicyLines lines = change(old);
        if (lines == old)
            return;
        if (!lines.empty())
            put(path, lines, mode_of(file));
        else if (::unlink(path.c_str()) != 0)
            throw_errno(failure::failed, "cannot remove the policy of a service", path);
        return;
    }
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "qube/firewall_file.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::size_t longest = 1U << 20;
constexpr const char* cannot_read = "cannot read the firewall rules of the template";

std::string path_in(const std::string& directory)
{
    return directory + "/" + std::string{firewall_file};
}

} // namespace

std::optional<std::string> read_firewall_file(const std::string& directory)
{
    const std::string path = path_in(directory);
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (!file && errno == ENOENT)
        return std::nullopt;
    if (!file)
        throw_errno(failure::failed, cannot_read, path);
    std::string rules = read_at(file.get(), 0, longest + 1);
    if (rules.size() > longest)
        throw Error{failure::failed, std::string{cannot_read} + ": they are too long", path};
    return rules;
}

void write_firewall_file(const std::string& directory, std::string_view rules)
{
    const std::string path = path_in(directory);
    const Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file || !write_all(file.get(), rules) || ::fchmod(file.get(), 0660) != 0 ||
        ::fsync(file.get()) != 0)
        throw_errno(failure::failed, "cannot write the firewall rules", path);
    flush_directory_of(path);
}

} // namespace qmgmt

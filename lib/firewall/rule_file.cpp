// SPDX-License-Identifier: GPL-2.0-or-later

#include "firewall/rule_file.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "firewall/firewall_xml.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr const char* cannot_read = "the firewall rules of the qube cannot be read";

} // namespace

std::string rule_file_in(const std::string& directory)
{
    return directory + "/" + std::string{rule_file_name};
}

std::optional<std::string> read_rule_file(const std::string& directory)
{
    const std::string path = rule_file_in(directory);
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
    if (!file && errno == ENOENT)
        return std::nullopt;
    if (!file)
        throw_errno(failure::store, cannot_read, path);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        throw Error{failure::store, cannot_read, path + " is not a regular file"};
    std::string bytes = read_at(file.get(), 0, longest_firewall_file + 1);
    if (bytes.size() > longest_firewall_file)
        throw Error{failure::store, cannot_read, path + " is too long"};
    return bytes;
}

RuleList stored_rules(const std::string& directory)
{
    const auto bytes = read_rule_file(directory);
    return bytes ? parse_firewall_xml(*bytes) : RuleList::accept_all();
}

void write_new_rule_file(const std::string& directory, std::string_view bytes)
{
    const std::string path = rule_file_in(directory);
    const Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file || !write_all(file.get(), bytes) || ::fchmod(file.get(), 0664) != 0)
        throw_errno(failure::failed, "cannot write the firewall rules", path);
    give_to_qubes_group(file.get());
    if (::fsync(file.get()) != 0)
        throw_errno(failure::failed, "cannot write the firewall rules", path);
    flush_directory_of(path);
}

} // namespace qmgmt

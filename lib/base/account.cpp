// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/account.hpp"

#include "base/fd.hpp"
#include "base/paths.hpp"

#include <charconv>
#include <vector>

namespace qmgmt {
namespace {

constexpr std::size_t longest_file = 1 << 20;

std::vector<std::string> split(std::string_view text, char at)
{
    std::vector<std::string> parts;
    for (auto end = text.find(at); end != std::string_view::npos; end = text.find(at)) {
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    parts.emplace_back(text);
    return parts;
}

template<typename Id>
bool parse(const std::string& text, Id& id)
{
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, id);
    return result.ec == std::errc{} && result.ptr == end;
}

// name:password:id:group:comment:home:shell
std::optional<Account> account_of(const std::vector<std::string>& fields)
{
    Account account;
    if (fields.size() != 7 || !parse(fields[2], account.user) || !parse(fields[3], account.group))
        return std::nullopt;
    account.name = fields[0];
    account.home = fields[5];
    account.shell = fields[6];
    return account;
}

// The fields of the first line that has `name` as its first; none when there is no such line.
std::vector<std::string> entry(std::string_view name, std::string_view file)
{
    for (const std::string& line : split(file, '\n')) {
        if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':')
            return split(line, ':');
    }
    return {};
}

} // namespace

std::optional<Account> first_user_of(std::string_view group, std::string_view groups,
                                     std::string_view accounts)
{
    const auto members = entry(group, groups); // name:password:id:member,member
    if (members.size() != 4)
        return std::nullopt;
    const std::string name = split(members[3], ',').front();
    auto account = name.empty() ? std::nullopt : account_of(entry(name, accounts));
    if (account && account->user == 0)
        return std::nullopt;
    return account;
}

std::optional<Account> user_with_id(uid_t user)
{
    const std::string accounts = read_small_file(paths::below_root("/etc/passwd"), longest_file);
    for (const std::string& line : split(accounts, '\n')) {
        auto account = account_of(split(line, ':'));
        if (account && account->user == user)
            return account;
    }
    return std::nullopt;
}

std::optional<Account> user_of_qubes()
{
    return first_user_of("qubes", read_small_file(paths::below_root("/etc/group"), longest_file),
                         read_small_file(paths::below_root("/etc/passwd"), longest_file));
}

} // namespace qmgmt

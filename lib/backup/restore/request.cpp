// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/request.hpp"

#include "backup/fault.hpp"
#include "names/names.hpp"

#include <array>
#include <utility>

namespace qmgmt {
namespace {

constexpr std::size_t most_names = 4096;

[[noreturn]] void refuse(const std::string& reason)
{
    throw BackupError{BackupFault::bad_request, reason};
}

// `key` is one of ours: it may be said.
[[noreturn]] void refuse_value(std::string_view key)
{
    refuse("the value of '" + std::string{key} + "' is not one it can have");
}

bool yes(std::string_view key, std::string_view value)
{
    if (value == "yes")
        return true;
    if (value == "no")
        return false;
    refuse_value(key);
}

// What `allowed` says may be asked for; to ask for less is always right.
bool permitted_yes(std::string_view key, std::string_view value, bool allowed)
{
    const bool wanted = yes(key, value);
    if (wanted && !allowed)
        refuse("the profile does not permit '" + std::string{key} + "'");
    return wanted;
}

std::string qube_name(std::string_view key, std::string_view text)
{
    if (!QubeName::fault(text).empty())
        refuse_value(key);
    if (text == "dom0")
        refuse("dom0 is no qube to restore: its home is, by 'dom0-home'");
    return std::string{text};
}

// Calls `visit` with each text between commas.
template<typename Visit>
void each_of_list(std::string_view key, std::string_view list, Visit visit)
{
    for (std::size_t count = 0;; ++count) {
        const auto comma = list.find(',');
        if (count == most_names)
            refuse_value(key);
        visit(list.substr(0, comma));
        if (comma == std::string_view::npos)
            return;
        list.remove_prefix(comma + 1);
    }
}

std::set<std::string> names(std::string_view key, std::string_view list)
{
    std::set<std::string> found;
    each_of_list(key, list, [&](std::string_view name) {
        if (!found.insert(qube_name(key, name)).second)
            refuse_value(key);
    });
    return found;
}

std::map<std::string, std::string> renames(std::string_view key, std::string_view list)
{
    std::map<std::string, std::string> found;
    std::set<std::string> new_names;
    each_of_list(key, list, [&](std::string_view pair) {
        const auto colon = pair.find(':');
        if (colon == std::string_view::npos)
            refuse_value(key);
        std::string new_name = qube_name(key, pair.substr(colon + 1));
        if (!new_names.insert(new_name).second ||
            !found.emplace(qube_name(key, pair.substr(0, colon)), std::move(new_name)).second)
            refuse_value(key);
    });
    return found;
}

template<typename Choice, std::size_t count>
Choice one_of(std::string_view key, std::string_view value,
              const std::array<std::pair<std::string_view, Choice>, count>& choices)
{
    for (const auto& [word, choice] : choices)
        if (word == value)
            return choice;
    refuse_value(key);
}

using Conflict = RestoreRequest::OnConflict;
using Template = RestoreRequest::OnMissingTemplate;
using Netvm = RestoreRequest::OnMissingNetvm;

constexpr std::array<std::pair<std::string_view, Conflict>, 3> conflict_words{
    {{"fail", Conflict::fail}, {"skip", Conflict::skip}, {"rename", Conflict::rename}}};
constexpr std::array<std::pair<std::string_view, Template>, 3> template_words{
    {{"fail", Template::fail}, {"skip", Template::skip}, {"default", Template::by_default}}};
constexpr std::array<std::pair<std::string_view, Netvm>, 4> netvm_words{
    {{"fail", Netvm::fail},
     {"skip", Netvm::skip},
     {"none", Netvm::none},
     {"default", Netvm::by_default}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> error_words{
    {{"abort", false}, {"keep-good", true}}};

std::string pool_name(std::string_view key, std::string_view value)
{
    try {
        return PoolName::parse(value).text();
    } catch (const Error&) {
        refuse_value(key);
    }
}

void set(RestoreRequest& request, std::string_view key, std::string_view value,
         const RestorePolicy& permitted)
{
    if (key == "verify-only")
        request.verify_only = yes(key, value);
    else if (key == "include")
        request.include = names(key, value);
    else if (key == "exclude")
        request.exclude = names(key, value);
    else if (key == "rename")
        request.renames = renames(key, value);
    else if (key == "on-conflict")
        request.on_conflict = one_of(key, value, conflict_words);
    else if (key == "on-missing-template")
        request.on_missing_template = one_of(key, value, template_words);
    else if (key == "on-missing-netvm")
        request.on_missing_netvm = one_of(key, value, netvm_words);
    else if (key == "on-error")
        request.keep_good = one_of(key, value, error_words);
    else if (key == "pool")
        request.pool = pool_name(key, value);
    else if (key == "dom0-home")
        request.dom0_home = permitted_yes(key, value, permitted.dom0_home);
    else if (key == "ignore-username")
        request.ignore_username = yes(key, value);
    else if (key == "ignore-size-limit")
        request.ignore_size_limit = permitted_yes(key, value, permitted.ignore_size_limit);
    else
        refuse("an option before the archive is not known");
    if (request.on_missing_netvm == Netvm::by_default && !permitted.allow_default_netvm)
        refuse("the profile does not permit the default netvm for one that is missing");
}

} // namespace

RestoreRequest RestoreRequest::parse(std::string_view untrusted_lines,
                                     const RestorePolicy& permitted)
{
    RestoreRequest request;
    std::set<std::string_view> seen;
    if (untrusted_lines.size() > most_preamble)
        refuse("what stands before the archive is too long");
    while (!untrusted_lines.empty()) {
        const auto end = untrusted_lines.find('\n');
        const std::string_view line = untrusted_lines.substr(0, end);
        const auto equals = line.find('=');
        if (end == std::string_view::npos || equals == std::string_view::npos)
            refuse("what stands before the archive is not made of lines 'key=value'");
        const std::string_view key = line.substr(0, equals);
        set(request, key, line.substr(equals + 1), permitted);
        if (!seen.insert(key).second)
            refuse("the option '" + std::string{key} + "' stands there twice");
        untrusted_lines.remove_prefix(end + 1);
    }
    return request;
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/outer/member_name.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace qmgmt {
namespace {

constexpr std::string_view suffix = ".enc";
constexpr std::string_view home_directory = "dom0-home/";
constexpr std::size_t most_file = 63;
constexpr std::size_t most_user = 32;
constexpr std::size_t most_qid_digits = 10;

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

bool is_letter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// What may follow the first character of the name of a file.
bool is_plain(std::string_view text) noexcept
{
    return text.find("..") == std::string_view::npos && std::ranges::all_of(text, [](char c) {
               return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-';
           });
}

// "vm7/"
bool is_qube_directory(std::string_view text) noexcept
{
    if (!text.starts_with("vm") || !text.ends_with('/'))
        return false;
    const std::string_view qid = text.substr(2, text.size() - 3);
    return !qid.empty() && qid.size() <= most_qid_digits && qid.front() != '0' &&
           std::ranges::all_of(qid, is_digit);
}

// At least three digits, and more only where they are needed.
std::optional<unsigned> chunk_number(std::string_view digits) noexcept
{
    if (digits.size() < 3 || digits.size() > 6 || !std::ranges::all_of(digits, is_digit) ||
        (digits.size() > 3 && digits.front() == '0'))
        return std::nullopt;
    unsigned number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

} // namespace

std::string_view directory_of(std::string_view file) noexcept
{
    const std::size_t slash = file.find('/');
    return slash == std::string_view::npos ? std::string_view{} : file.substr(0, slash + 1);
}

bool is_archived_name(std::string_view untrusted_file) noexcept
{
    if (untrusted_file == metadata_file || untrusted_file == manifest_file)
        return true;
    const std::string_view directory = directory_of(untrusted_file);
    const std::string_view name = untrusted_file.substr(directory.size());
    if (name.empty() || !is_plain(name))
        return false;
    const char first = name.front();
    if (directory == home_directory)
        return name.size() <= most_user && (is_letter(first) || is_digit(first) || first == '_');
    return is_qube_directory(directory) && name.size() <= most_file && is_letter(first);
}

std::optional<MemberName> MemberName::parse(std::string_view untrusted)
{
    if (!untrusted.ends_with(suffix))
        return std::nullopt;
    untrusted.remove_suffix(suffix.size());
    const std::size_t dot = untrusted.rfind('.');
    if (dot == std::string_view::npos)
        return std::nullopt;
    const std::optional<unsigned> chunk = chunk_number(untrusted.substr(dot + 1));
    const std::string_view file = untrusted.substr(0, dot);
    // "name." would make ".." with the dot before the number.
    if (!chunk || !is_archived_name(file) || file.ends_with('.'))
        return std::nullopt;
    if ((file == metadata_file || file == manifest_file) && *chunk != 0)
        return std::nullopt;
    return MemberName{std::string{file}, *chunk};
}

std::string MemberName::bound() const
{
    std::array<char, 16> number{};
    std::snprintf(number.data(), number.size(), ".%03u", chunk);
    return file + number.data();
}

std::string MemberName::outer() const
{
    return bound() + std::string{suffix};
}

} // namespace qmgmt

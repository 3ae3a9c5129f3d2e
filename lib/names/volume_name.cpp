// SPDX-License-Identifier: GPL-2.0-or-later

#include "names/volume_name.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace qmgmt {
namespace {

constexpr std::size_t role_limit = 32;
constexpr std::size_t vid_limit = 255;

// Of images and devices that belong to a role of the name in front.
constexpr std::array<std::string_view, 7> reserved_endings = {
    "-dirty", "-precache", "-import", "-cow", "-snap", "-back", "-tmp"};

bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_plain(char c)
{
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
}

[[noreturn]] void malformed(const char* reason)
{
    throw Error{failure::protocol, std::string{"malformed request: "} + reason};
}

bool is_component(std::string_view text)
{
    return !text.empty() && text != "." && text != ".." && text.front() != '-' &&
           std::ranges::all_of(text, [](char c) { return is_plain(c) || c == '+'; });
}

int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Nothing when it is no encoding, or not the one and only.
std::optional<std::string> decode(std::string_view text)
{
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '+') {
            if (!is_plain(text[at]))
                return std::nullopt;
            decoded += text[at];
            continue;
        }
        if (text.size() - at < 3)
            return std::nullopt;
        const int high = hex_digit(text[at + 1]);
        const int low = hex_digit(text[at + 2]);
        if (high < 0 || low < 0)
            return std::nullopt;
        const char byte = static_cast<char>(high * 16 + low);
        if (is_plain(byte))
            return std::nullopt; // such a byte stands for itself
        decoded += byte;
        at += 2;
    }
    return decoded;
}

} // namespace

bool RoleName::is_one(std::string_view untrusted_text) noexcept
{
    return !untrusted_text.empty() && untrusted_text.size() <= role_limit &&
           is_letter(untrusted_text.front()) &&
           std::ranges::all_of(
               untrusted_text,
               [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; }) &&
           std::ranges::none_of(reserved_endings, [&](std::string_view ending) {
               return untrusted_text.ends_with(ending);
           });
}

RoleName RoleName::parse(std::string_view untrusted_text)
{
    if (!is_one(untrusted_text))
        malformed("this is not the name of a volume");
    return RoleName{std::string{untrusted_text}};
}

bool is_vid(std::string_view untrusted_text) noexcept
{
    if (untrusted_text.empty() || untrusted_text.size() > vid_limit)
        return false;
    for (std::size_t at = 0; at <= untrusted_text.size();) {
        const auto end = std::min(untrusted_text.find('/', at), untrusted_text.size());
        if (!is_component(untrusted_text.substr(at, end - at)))
            return false;
        at = end + 1;
    }
    return true;
}

bool VolumeRequest::named_by_argument(std::string_view untrusted_argument) noexcept
{
    return untrusted_argument.find(':') != std::string_view::npos ||
           untrusted_argument.find("+3A") != std::string_view::npos;
}

VolumeRequest VolumeRequest::parse(std::string_view untrusted_argument,
                                   std::string_view untrusted_payload)
{
    const std::string_view payload = without_line_end(untrusted_payload);
    const auto checked = [](std::string_view vid) {
        if (!is_vid(vid))
            malformed("this is not the id of a volume");
        return std::string{vid};
    };
    if (!named_by_argument(untrusted_argument)) {
        const auto blank = payload.find(' ');
        const std::string_view vid = payload.substr(0, blank);
        return {PoolName::parse(untrusted_argument), vid.empty() ? "" : checked(vid),
                blank == std::string_view::npos ? "" : std::string{payload.substr(blank + 1)}};
    }
    std::string named{untrusted_argument};
    if (named.find(':') == std::string::npos) {
        const auto decoded = decode(untrusted_argument);
        if (!decoded)
            malformed("the argument is not encoded as it should be");
        named = *decoded;
    }
    const auto colon = named.find(':');
    return {PoolName::parse(std::string_view{named}.substr(0, colon)),
            checked(std::string_view{named}.substr(colon + 1)), std::string{payload}};
}

std::string_view without_line_end(std::string_view untrusted_text) noexcept
{
    if (untrusted_text.ends_with('\n'))
        untrusted_text.remove_suffix(1);
    return untrusted_text;
}

} // namespace qmgmt

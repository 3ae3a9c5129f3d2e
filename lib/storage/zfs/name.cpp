// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/zfs/name.hpp"

#include "base/random.hpp"
#include "names/names.hpp"
#include "names/number.hpp"
#include "names/volume_name.hpp"
#include "storage/pool.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace qmgmt {

namespace {

constexpr std::size_t container_limit = 100; // ZFS takes 255 bytes of a whole name
constexpr std::string_view clean_start = "qubes-clean-";
constexpr std::string_view revision_start = "qubes:";
constexpr std::uint64_t second = 1'000'000;
constexpr std::size_t seconds_limit = 11; // digits
constexpr std::size_t fraction_digits = 6;

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_component(std::string_view text)
{
    return !text.empty() && (is_letter(text.front()) || is_digit(text.front())) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == ':';
           });
}

std::string random_letters()
{
    std::array<unsigned char, 8> bytes{};
    fill_random(std::as_writable_bytes(std::span{bytes}));
    std::string word;
    for (const unsigned char byte : bytes)
        word += static_cast<char>('a' + byte % 26);
    return word;
}

std::string padded_fraction(std::uint64_t microseconds)
{
    const auto digits = std::to_string(microseconds % second);
    return std::string(fraction_digits - digits.size(), '0') + digits;
}

std::string seconds_text(std::uint64_t microseconds)
{
    return std::to_string(microseconds / second) + "." + padded_fraction(microseconds);
}

} // namespace

bool is_container(std::string_view untrusted_text) noexcept
{
    if (untrusted_text.size() > container_limit || untrusted_text.empty() ||
        !is_letter(untrusted_text.front()))
        return false;
    for (std::string_view rest = untrusted_text;;) {
        const auto slash = rest.find('/');
        if (!is_component(rest.substr(0, slash)))
            return false;
        if (slash == std::string_view::npos)
            return true;
        rest.remove_prefix(slash + 1);
    }
}

std::optional<ZfsNames> ZfsNames::parse(const std::string& container,
                                        std::string_view untrusted_vid)
{
    if (!untrusted_vid.starts_with(container + "/"))
        return std::nullopt;
    const auto below = untrusted_vid.substr(container.size() + 1);
    const auto slash = below.find('/');
    if (slash == std::string_view::npos || !QubeName::fault(below.substr(0, slash)).empty() ||
        !RoleName::is_one(below.substr(slash + 1)))
        return std::nullopt;
    return ZfsNames{container + "/" + std::string{below.substr(0, slash)},
                    std::string{below.substr(slash + 1)}};
}

std::string ZfsNames::helper(std::string_view kind) const
{
    std::string name = qube_;
    return name.append("/").append(kind).append("/").append(role_);
}

std::string ZfsNames::former(std::uint64_t moment) const
{
    return helper(".former") + "/" + seconds_text(moment);
}

bool ZfsNames::is_former(std::string_view dataset) const
{
    return dataset.starts_with(helper(".former") + "/");
}

std::optional<std::string> ZfsNames::attached_key(std::string_view dataset) const
{
    const std::string start = attached("");
    if (!dataset.starts_with(start) || !is_export_key(dataset.substr(start.size())))
        return std::nullopt;
    return std::string{dataset.substr(start.size())};
}

std::string ZfsNames::new_export() const
{
    return helper(".exported") + "/" + random_letters();
}

bool ZfsNames::is_export(std::string_view dataset) const
{
    return dataset.starts_with(helper(".exported") + "/");
}

std::string revision_name(std::string_view cause, std::uint64_t microseconds)
{
    return std::string{revision_start}.append(cause).append(":").append(seconds_text(microseconds));
}

std::optional<std::uint64_t> revision_moment(std::string_view snapshot)
{
    if (!snapshot.starts_with(revision_start))
        return std::nullopt;
    snapshot.remove_prefix(revision_start.size());
    if (const auto colon = snapshot.find(':'); colon != std::string_view::npos) {
        const auto cause = snapshot.substr(0, colon);
        if (cause.empty() || !std::all_of(cause.begin(), cause.end(), [](char c) {
                return (c >= 'a' && c <= 'z') || c == '-';
            }))
            return std::nullopt;
        snapshot.remove_prefix(colon + 1);
    }
    const auto point = snapshot.find('.');
    const auto seconds = parse_decimal(snapshot.substr(0, point));
    if (!seconds || std::min(point, snapshot.size()) > seconds_limit)
        return std::nullopt;
    if (point == std::string_view::npos)
        return *seconds * second;
    const auto fraction = snapshot.substr(point + 1);
    if (fraction.size() != fraction_digits ||
        !std::all_of(fraction.begin(), fraction.end(), is_digit))
        return std::nullopt;
    std::uint64_t microseconds = 0;
    for (const char digit : fraction)
        microseconds = microseconds * 10 + static_cast<std::uint64_t>(digit - '0');
    return *seconds * second + microseconds;
}

std::string new_clean_mark()
{
    return std::string{clean_start} + random_letters();
}

std::string live_snapshot_name(std::string_view key)
{
    return "qubes-live-" + std::string{key};
}

bool is_clean_mark(std::string_view snapshot) noexcept
{
    return snapshot.starts_with(clean_start);
}

} // namespace qmgmt

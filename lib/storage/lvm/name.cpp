// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/lvm/name.hpp"

#include "base/paths.hpp"
#include "storage/pool.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace qmgmt::lvm {

namespace {

constexpr std::size_t name_limit = 126;        // of group and volume together
constexpr std::size_t device_name_limit = 127; // of the two, escaped and joined
constexpr std::size_t time_digits_limit = 18;  // fits into 64 bits, and so does the next
constexpr std::string_view back = "-back";
constexpr std::string_view longest_end = "-9999999999-back"; // no shorter than an export's

constexpr std::array<std::string_view, 3> part_ends = {"-snap", "-import", back};

// lvm keeps these for parts of its own.
constexpr std::array<std::string_view, 12> reserved_parts = {
    "_cdata",  "_cmeta", "_corig", "_mimage", "_mlog",  "_pmspare",
    "_rimage", "_rmeta", "_tdata", "_tmeta",  "_vdata", "_vorigin",
};
constexpr std::array<std::string_view, 2> reserved_starts = {"snapshot", "pvmove"};

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

std::string escaped(std::string_view name)
{
    std::string text;
    for (const char c : name)
        text.append(c == '-' ? 2 : 1, c);
    return text;
}

} // namespace

bool is_name(std::string_view untrusted_text) noexcept
{
    return !untrusted_text.empty() && untrusted_text.size() <= name_limit &&
           untrusted_text.front() != '-' && untrusted_text != "." && untrusted_text != ".." &&
           std::ranges::all_of(untrusted_text, [](char c) {
               return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                      c == '.' || c == '+' || c == '-';
           });
}

std::string device_path(std::string_view group, std::string_view volume)
{
    return device_path_start(group) + escaped(volume);
}

std::string device_path_start(std::string_view group)
{
    return paths::below_root("/dev/mapper/" + escaped(group) + "-");
}

std::optional<VolumeName> VolumeName::parse(std::string_view untrusted_vid)
{
    const auto slash = untrusted_vid.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    const auto group = untrusted_vid.substr(0, slash);
    const auto volume = untrusted_vid.substr(slash + 1);
    if (!is_name(group) || !is_name(volume) || is_part(volume))
        return std::nullopt;
    return VolumeName{std::string{group}, std::string{volume}};
}

std::optional<std::string> VolumeName::exported_key(std::string_view volume) const
{
    constexpr std::string_view end = "-snap";
    if (!volume.starts_with(main_ + "-") || !volume.ends_with(end))
        return std::nullopt;
    volume.remove_prefix(main_.size() + 1);
    volume.remove_suffix(std::min(end.size(), volume.size()));
    if (!is_export_key(volume))
        return std::nullopt;
    return std::string{volume};
}

std::optional<std::string> VolumeName::revision_id(std::string_view volume) const
{
    if (!volume.starts_with(main_ + "-"))
        return std::nullopt;
    const auto id = volume.substr(main_.size() + 1);
    if (!revision_time(id))
        return std::nullopt;
    return std::string{id};
}

std::string VolumeName::why_unusable() const
{
    for (const auto part : reserved_parts)
        if (main_.find(part) != std::string::npos)
            return "its name holds '" + std::string{part} + "', which is reserved";
    for (const auto start : reserved_starts)
        if (main_.starts_with(start))
            return "its name begins with '" + std::string{start} + "', which is reserved";
    const auto longest = main_ + std::string{longest_end};
    if (group_.size() + longest.size() > name_limit ||
        escaped(group_).size() + 1 + escaped(longest).size() > device_name_limit)
        return "its name is too long";
    return {};
}

std::optional<std::uint64_t> revision_time(std::string_view id) noexcept
{
    if (!id.ends_with(back))
        return std::nullopt;
    id.remove_suffix(back.size());
    std::uint64_t time = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), time);
    if (id.size() > time_digits_limit || error != std::errc{} || end != id.data() + id.size())
        return std::nullopt;
    return time;
}

bool is_part(std::string_view volume) noexcept
{
    return std::ranges::any_of(part_ends,
                               [&](std::string_view end) { return volume.ends_with(end); });
}

} // namespace qmgmt::lvm

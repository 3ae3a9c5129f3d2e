// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/directory/image_name.hpp"

#include "names/volume_name.hpp"
#include "storage/pool.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace qmgmt {

namespace {

constexpr std::size_t qube_name_limit = 31;
constexpr std::size_t revision_digits_limit = 18; // fits into 64 bits, and so does the next
constexpr std::string_view export_mark = ".attached-";
constexpr time_t last_of_four_digits = 253402300799; // 9999-12-31T23:59:59Z

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_qube_name(std::string_view text)
{
    return !text.empty() && text.size() <= qube_name_limit && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.';
           });
}

bool consume(std::string_view& text, std::string_view start)
{
    if (!text.starts_with(start))
        return false;
    text.remove_prefix(start.size());
    return true;
}

// "YYYY-MM-DDThh:mm:ssZ": a digit for each letter but T and Z.
bool is_timestamp(std::string_view text)
{
    constexpr std::string_view shape = "0000-00-00T00:00:00Z";
    return std::equal(
        text.begin(), text.end(), shape.begin(), shape.end(),
        [](char c, char wanted) { return wanted == '0' ? is_digit(c) : c == wanted; });
}

} // namespace

std::optional<ImageVid> ImageVid::parse(std::string_view untrusted_vid)
{
    const auto first = untrusted_vid.find('/');
    const auto last = untrusted_vid.rfind('/');
    if (first == std::string_view::npos || first == last)
        return std::nullopt;
    const auto directory = untrusted_vid.substr(0, first);
    const auto qube = untrusted_vid.substr(first + 1, last - first - 1);
    const auto role = untrusted_vid.substr(last + 1);
    if ((directory != "appvms" && directory != "vm-templates") || !is_qube_name(qube) ||
        !RoleName::is_one(role))
        return std::nullopt;
    return ImageVid{std::string{directory}, std::string{qube}, std::string{role}};
}

std::string image_vid_text(std::string_view directory, std::string_view qube, std::string_view role)
{
    return std::string{directory}.append("/").append(qube).append("/").append(role);
}

std::string ImageNames::revision(std::uint64_t number, time_t modified) const
{
    const time_t moment = std::clamp(modified, time_t{0}, last_of_four_digits);
    std::tm utc{};
    ::gmtime_r(&moment, &utc);
    std::array<char, 32> stamp{};
    std::strftime(stamp.data(), stamp.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return clean() + "." + std::to_string(number) + "@" + stamp.data();
}

std::optional<std::uint64_t> ImageNames::revision_number(std::string_view entry) const
{
    if (!consume(entry, role_) || !consume(entry, ".img."))
        return std::nullopt;
    const auto at = entry.find('@');
    if (at == 0 || at == std::string_view::npos || at > revision_digits_limit || entry[0] == '0' ||
        !is_timestamp(entry.substr(at + 1)))
        return std::nullopt;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(entry.data(), entry.data() + at, number);
    if (error != std::errc{} || end != entry.data() + at)
        return std::nullopt;
    return number;
}

std::string ImageNames::exported(std::string_view key) const
{
    return clean().append(export_mark).append(key);
}

std::optional<std::string> ImageNames::exported_key(std::string_view entry) const
{
    if (!consume(entry, clean()) || !consume(entry, export_mark) || !is_export_key(entry))
        return std::nullopt;
    return std::string{entry};
}

bool ImageNames::is_temporary(std::string_view entry) const
{
    if (!consume(entry, role_))
        return false;
    if (!consume(entry, ".img") && !consume(entry, "-dirty.img") &&
        !consume(entry, "-precache.img") && !consume(entry, "-import.img"))
        return false;
    const auto tilde = entry.rfind('~');
    if (tilde == std::string_view::npos || (tilde != 0 && entry.front() != '.'))
        return false;
    const auto random = entry.substr(tilde + 1);
    return !random.empty() && std::all_of(random.begin(), random.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '_';
    });
}

std::optional<std::string> role_of_image(std::string_view entry)
{
    if (!entry.ends_with(".img"))
        return std::nullopt;
    entry.remove_suffix(4);
    constexpr std::string_view running = "-dirty";
    if (entry.ends_with(running))
        entry.remove_suffix(running.size());
    if (!RoleName::is_one(entry))
        return std::nullopt;
    return std::string{entry};
}

} // namespace qmgmt

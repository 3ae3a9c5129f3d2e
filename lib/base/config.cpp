// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/config.hpp"

#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace qmgmt {
namespace {

constexpr std::size_t longest_file = 65536;

constexpr std::array<std::string_view, 15> known_keys = {
    "hypervisor",        "store-dialect",    "list-filter", "denied-reply", "keep-backups",
    "firewall-required", "qubesdb",          "qrexec",      "qmemman",      "qubes-libvirt",
    "qemu-net",          "qemu-max-running", "lvrpc",       "libxl",        "pool-roots"};

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// "timeout-" and words joined by "-".
bool is_timeout(std::string_view key)
{
    constexpr std::string_view prefix = "timeout-";
    return key.size() > prefix.size() && key.starts_with(prefix) && !key.ends_with('-') &&
           key.find("--") == std::string_view::npos &&
           std::ranges::all_of(key, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

bool is_known(std::string_view key)
{
    return is_timeout(key) || std::ranges::find(known_keys, key) != known_keys.end();
}

std::optional<std::int64_t> whole_number(std::string_view text)
{
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    return result.ec == std::errc{} && result.ptr == end ? std::optional{number} : std::nullopt;
}

// Seconds with up to three decimals. Not by floating point: its parser is larger than all the rest
// of a call.
std::optional<std::int64_t> milliseconds_of(std::string_view text)
{
    const auto point = text.find('.');
    const auto seconds = whole_number(text.substr(0, point));
    if (!seconds || text.front() == '-' || *seconds > 1'000'000)
        return std::nullopt;
    if (point == std::string_view::npos)
        return *seconds * 1000;
    std::string decimals{text.substr(point + 1)};
    if (decimals.empty() || decimals.size() > 3 || decimals.front() == '-')
        return std::nullopt;
    decimals.resize(3, '0');
    const auto thousandths = whole_number(decimals);
    return thousandths ? std::optional{*seconds * 1000 + *thousandths} : std::nullopt;
}

void out_of_range(std::string_view key)
{
    log_warning("mgmt.conf: the value of " + std::string{key} + " is not acceptable, ignoring");
}

} // namespace

Config::Config(std::string_view text)
{
    for (int number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.front() == '#')
            continue;
        const auto equals = line.find('=');
        const std::string_view key = trimmed(line.substr(0, equals));
        if (equals == std::string_view::npos || !is_known(key))
            log_warning("mgmt.conf: line " + std::to_string(number) + " is not known, ignoring");
        else
            values_[std::string{key}] = trimmed(line.substr(equals + 1));
    }
}

const std::string* Config::find(std::string_view key) const
{
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
}

std::string Config::text(std::string_view key, std::string_view otherwise) const
{
    const std::string* value = find(key);
    return value == nullptr || value->empty() ? std::string{otherwise} : *value;
}

std::string Config::word(std::string_view key, std::string_view otherwise,
                         std::initializer_list<std::string_view> allowed) const
{
    std::string value = text(key, otherwise);
    if (std::ranges::find(allowed, value) != allowed.end())
        return value;
    out_of_range(key);
    return std::string{otherwise};
}

bool Config::yes(std::string_view key, bool otherwise) const
{
    return word(key, otherwise ? "yes" : "no", {"yes", "no"}) == "yes";
}

std::int64_t Config::integer(std::string_view key, std::int64_t otherwise, std::int64_t least,
                             std::int64_t most) const
{
    const std::string* value = find(key);
    if (value == nullptr)
        return otherwise;
    if (const auto number = whole_number(*value); number && *number >= least && *number <= most)
        return *number;
    out_of_range(key);
    return otherwise;
}

std::chrono::milliseconds Config::seconds(std::string_view key,
                                          std::chrono::milliseconds otherwise) const
{
    const std::string* value = find(key);
    if (value == nullptr)
        return otherwise;
    if (const auto span = milliseconds_of(*value); span && *span >= 100 && *span <= 86'400'000)
        return std::chrono::milliseconds{*span};
    out_of_range(key);
    return otherwise;
}

const Config& config()
{
    static const Config present = [] {
        std::string text =
            read_small_file(paths::below_root(paths::configuration), longest_file + 1);
        if (text.size() > longest_file) {
            // Half a line could say something else than the whole.
            text.resize(text.rfind('\n', longest_file - 1) + 1);
            log_warning("mgmt.conf: what is beyond 64 KiB is not read, ignoring");
        }
        return Config{text};
    }();
    return present;
}

} // namespace qmgmt

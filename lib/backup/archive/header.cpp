// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/header.hpp"

#include "backup/fault.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace qmgmt {
namespace {

constexpr std::size_t most_lines = 64;
constexpr std::size_t most_id = 64;

bool is_alnum(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Of keys and of values.
bool is_word(std::string_view text) noexcept
{
    return std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_digits(std::string_view text) noexcept
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

[[noreturn]] void refuse(const std::string& why)
{
    throw BackupError{BackupFault::header_invalid, why};
}

// As upstream reads it: whatever is not true is false.
bool is_true(std::string_view text)
{
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    return lower == "1" || lower == "true" || lower == "yes";
}

bool is_id(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= most_id && text.front() != '-' && is_word(text);
}

enum Key : std::size_t {
    version,
    encrypted,
    compressed,
    compression_filter,
    crypto_algorithm,
    hmac_algorithm,
    backup_id,
    mgmt_manifest,
    key_count
};

constexpr std::array<std::string_view, key_count> keys{
    "version",          "encrypted",      "compressed", "compression-filter",
    "crypto-algorithm", "hmac-algorithm", "backup-id",  "mgmt-manifest"};

using Values = std::array<std::optional<std::string_view>, key_count>;

void check_version(std::string_view value)
{
    if (value == "4")
        return;
    const bool is_number = is_digits(value) && (value.size() == 1 || value.front() != '0');
    if (!is_number || value.size() > 9)
        refuse("its version is no number");
    const std::string found = "the archive is of format version " + std::string{value};
    if (value == "1" || value == "2" || value == "3")
        throw BackupError{BackupFault::unsupported_version,
                          found + ", which only the published recovery by hand reads"};
    throw BackupError{BackupFault::unsupported_version, found + ", only 4 can be read"};
}

void take_line(std::string_view untrusted_line, Values& values, bool is_first)
{
    const std::size_t equals = untrusted_line.find('=');
    if (equals == std::string_view::npos || equals == 0)
        refuse("a line is no key with a value");
    const std::string_view key = untrusted_line.substr(0, equals);
    const std::string_view value = untrusted_line.substr(equals + 1);
    if (!is_word(key) || !is_word(value))
        refuse("a line holds a character that none may");
    const auto known = std::ranges::find(keys, key);
    if (is_first != (known == keys.begin()))
        refuse("its version does not come first, once");
    if (known == keys.end()) {
        if (key.starts_with("mgmt-must-"))
            refuse("it asks for what this program cannot do");
        return; // what later versions add without need to be understood
    }
    auto& place = values.at(static_cast<std::size_t>(known - keys.begin()));
    if (place)
        refuse("a key comes twice");
    place = value;
    if (is_first)
        check_version(value); // before anything else that another version may have otherwise
}

std::string_view required(const Values& values, Key key)
{
    if (!values.at(key))
        refuse("it has no '" + std::string{keys.at(key)} + "'");
    return *values.at(key);
}

} // namespace

BackupHeader BackupHeader::parse(std::string_view untrusted)
{
    if (untrusted.size() > most_header)
        throw BackupError{BackupFault::size_limit, "the header is too large"};
    Values values;
    std::size_t lines = 0;
    while (!untrusted.empty()) {
        const std::size_t end = untrusted.find('\n');
        if (end == std::string_view::npos)
            refuse("its last line has no end");
        if (++lines > most_lines)
            refuse("it has too many lines");
        take_line(untrusted.substr(0, end), values, lines == 1);
        untrusted.remove_prefix(end + 1);
    }
    if (!is_true(required(values, encrypted)))
        refuse("the archive is not encrypted");
    if (required(values, hmac_algorithm) != "scrypt")
        refuse("it names another authentication than scrypt");

    BackupHeader header;
    header.id = required(values, backup_id);
    if (!is_id(header.id))
        refuse("its backup id is none");
    header.compression = Compression::none;
    if (is_true(required(values, compressed))) {
        const auto found = compression_of_filter(required(values, compression_filter));
        if (!found || *found == Compression::none)
            throw BackupError{BackupFault::bad_compression_filter,
                              "the archive is compressed by what cannot be read"};
        header.compression = *found;
    }
    const std::string_view manifest = values.at(mgmt_manifest).value_or("0");
    if (manifest != "0" && manifest != "1")
        refuse("its manifest is of a kind that cannot be read");
    header.manifest = manifest == "1";
    return header;
}

std::string BackupHeader::text() const
{
    std::string text = "version=4\nencrypted=True\n";
    text += compression == Compression::none ? "compressed=False\n" : "compressed=True\n";
    text += "compression-filter=" + std::string{filter_of(compression)} + '\n';
    text += "hmac-algorithm=scrypt\n";
    text += "backup-id=" + id + '\n';
    if (manifest)
        text += "mgmt-manifest=1\n";
    return text;
}

} // namespace qmgmt

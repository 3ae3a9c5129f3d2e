// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/manifest.hpp"

#include "backup/archive/outer/member_name.hpp"
#include "backup/fault.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace qmgmt {
namespace {

constexpr std::string_view first_line = "qubes-mgmt-manifest 1";
constexpr std::size_t digest_digits = 64;

[[noreturn]] void refuse()
{
    throw BackupError{BackupFault::incomplete_archive, "the manifest cannot be read"};
}

[[noreturn]] void incomplete(const std::string& why)
{
    throw BackupError{BackupFault::incomplete_archive, why};
}

std::string_view take_line(std::string_view& text)
{
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos)
        refuse();
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

// "KEY=" and what follows, up to a blank, which goes, too.
std::string_view take_value(std::string_view& line, std::string_view key)
{
    if (!line.starts_with(key) || line.substr(key.size(), 1) != "=")
        refuse();
    line.remove_prefix(key.size() + 1);
    const std::string_view value = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), value.size() + 1));
    return value;
}

std::uint64_t take_number(std::string_view& line, std::string_view key)
{
    const std::string_view digits = take_value(line, key);
    std::uint64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number);
    if (error != std::errc{} || stop != end || digits.empty())
        refuse();
    return number;
}

bool is_digest(std::string_view text) noexcept
{
    return text.size() == digest_digits && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

ManifestFile take_file(std::string_view line)
{
    ManifestFile file;
    file.name = line.substr(0, line.find(' '));
    if (!is_archived_name(file.name) || file.name == manifest_file)
        refuse();
    line.remove_prefix(std::min(line.size(), file.name.size() + 1));
    file.chunks = take_number(line, "chunks");
    file.stored = take_number(line, "stored");
    file.size = take_number(line, "size");
    file.tar_sha256 = take_value(line, "tarsha256");
    if (!is_digest(file.tar_sha256))
        refuse();
    if (!line.empty()) {
        if (line != "state=live")
            refuse();
        file.live = true;
    }
    return file;
}

} // namespace

Manifest Manifest::parse(std::string_view untrusted)
{
    Manifest manifest;
    if (take_line(untrusted) != first_line)
        refuse();
    std::string_view line = take_line(untrusted);
    manifest.backup_id = take_value(line, "backup-id");
    for (;;) {
        line = take_line(untrusted);
        if (!line.starts_with("file "))
            break;
        manifest.files.push_back(take_file(line.substr(5)));
    }
    if (!line.starts_with("end "))
        refuse();
    line.remove_prefix(4);
    if (take_number(line, "files") != manifest.files.size())
        refuse();
    manifest.members = take_number(line, "members");
    if (!line.empty() || !untrusted.empty())
        refuse();
    return manifest;
}

std::string Manifest::text() const
{
    std::string text{first_line};
    text += "\nbackup-id=" + backup_id + '\n';
    for (const ManifestFile& file : files) {
        text += "file " + file.name + " chunks=" + std::to_string(file.chunks) +
                " stored=" + std::to_string(file.stored) + " size=" + std::to_string(file.size) +
                " tarsha256=" + file.tar_sha256 + (file.live ? " state=live\n" : "\n");
    }
    text += "end files=" + std::to_string(files.size()) + " members=" + std::to_string(members);
    text += '\n';
    return text;
}

void check_complete(const Manifest& manifest, const std::string& backup_id,
                    const std::vector<SeenFile>& seen, std::uint64_t members)
{
    if (manifest.backup_id != backup_id)
        incomplete("its manifest is that of another backup");
    for (std::size_t i = 0; i < manifest.files.size() && i < seen.size(); ++i) {
        const ManifestFile& promised = manifest.files[i];
        const ManifestFile& found = seen[i].facts;
        if (promised.name != found.name)
            incomplete("'" + promised.name + "' is missing, or not where it should be");
        if (promised.chunks != found.chunks || promised.stored != found.stored)
            incomplete("'" + promised.name + "' is not whole");
        if (seen[i].whole &&
            (promised.size != found.size || promised.tar_sha256 != found.tar_sha256))
            incomplete("'" + promised.name + "' is not what was archived");
    }
    if (manifest.files.size() > seen.size())
        incomplete("'" + manifest.files[seen.size()].name + "' is missing");
    if (manifest.files.size() < seen.size() || manifest.members != members)
        incomplete("it holds more than its manifest says");
}

} // namespace qmgmt

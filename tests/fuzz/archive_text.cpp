// SPDX-License-Identifier: GPL-2.0-or-later
//
// backup.md 80: the texts of an archive that are authenticated before they are parsed, and still
// are what anybody with the passphrase made them: the header, the manifest, the name of a member.

#include "backup/archive/header.hpp"
#include "backup/archive/manifest.hpp"
#include "backup/archive/outer/member_name.hpp"
#include "backup/fault.hpp"
#include "fuzz/target.hpp"

#include <string>
#include <string_view>

using namespace qmgmt;

namespace {

void header(std::string_view text)
{
    try {
        const BackupHeader header = BackupHeader::parse(text);
        fuzz::require(text.size() <= most_header && !header.id.empty() && header.id.size() <= 64);
        const BackupHeader again = BackupHeader::parse(header.text());
        fuzz::require(again.id == header.id && again.compression == header.compression &&
                      again.manifest == header.manifest);
    } catch (const BackupError& error) {
        fuzz::require(error.fault() == BackupFault::header_invalid ||
                      error.fault() == BackupFault::unsupported_version ||
                      error.fault() == BackupFault::bad_compression_filter ||
                      error.fault() == BackupFault::size_limit);
    }
}

void manifest(std::string_view text)
{
    try {
        const Manifest manifest = Manifest::parse(text);
        const Manifest again = Manifest::parse(manifest.text());
        fuzz::require(again.backup_id == manifest.backup_id && again.files == manifest.files &&
                      again.members == manifest.members);
    } catch (const BackupError& error) {
        fuzz::require(error.fault() == BackupFault::incomplete_archive);
    }
}

void member_name(std::string_view text)
{
    const auto name = MemberName::parse(text);
    if (!name)
        return;
    fuzz::require(name->outer() == text && text.size() <= 100);
    fuzz::require(is_archived_name(name->file) && name->chunk <= most_chunk);
    fuzz::require(name->file.find("..") == std::string::npos && name->file.front() != '/');
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    header(text);
    manifest(text);
    member_name(text);
    return 0;
}

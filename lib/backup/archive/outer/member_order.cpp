// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/outer/member_order.hpp"

#include "backup/container/container_head.hpp"
#include "backup/fault.hpp"

#include <algorithm>
#include <utility>

namespace qmgmt {
namespace {

std::size_t most_chunk_bytes(const std::string& file)
{
    if (file == metadata_file)
        return most_metadata_chunk;
    return file == manifest_file ? most_manifest_chunk : archive_chunk_size;
}

} // namespace

void MemberOrder::limit(ByteLimit bytes, std::uint64_t members)
{
    byte_limit_ = std::move(bytes);
    most_ = std::min(members, most_members);
}

MemberName MemberOrder::accept(const OuterMember& untrusted)
{
    auto name = MemberName::parse(untrusted.untrusted_name);
    if (!name)
        throw BackupError{BackupFault::archive_member_name, "a member has a name that none may"};
    if (++members_ > most_)
        throw BackupError{BackupFault::size_limit, "the archive has too many members"};
    check_size(*name, untrusted.size);
    check_sequence(*name);
    if (!ended_) {
        ManifestFile& facts = seen_.back().facts;
        ++facts.chunks;
        facts.stored += untrusted.size - container_overhead;
    }
    return *std::move(name);
}

void MemberOrder::complete(std::size_t number, std::uint64_t size, const std::string& tar_sha256)
{
    SeenFile& file = seen_.at(number);
    file.whole = true;
    file.facts.size = size;
    file.facts.tar_sha256 = tar_sha256;
}

void MemberOrder::check_size(const MemberName& name, std::uint64_t size)
{
    if (size < container_overhead)
        fail_corrupt({name.bound()}, "too short for a container");
    if (size > most_chunk_bytes(name.file) + container_overhead)
        throw BackupError{BackupFault::size_limit, "'" + name.bound() + "' is too large"};
    const std::string_view directory = directory_of(name.file);
    if (directory.empty())
        return;
    std::uint64_t& total = directories_[std::string{directory}];
    total += size;
    const auto most = byte_limit_ ? byte_limit_(directory) : std::nullopt;
    if (most && total > *most)
        throw BackupError{BackupFault::size_limit,
                          "there is more in '" + std::string{directory} + "' than the backup says"};
}

void MemberOrder::check_sequence(const MemberName& name)
{
    if (ended_)
        throw BackupError{BackupFault::archive_order, "something follows the manifest"};
    if (seen_.empty() != (name.file == metadata_file)) {
        if (seen_.empty())
            throw BackupError{BackupFault::archive_order, "the metadata does not come first"};
        throw BackupError{BackupFault::duplicate_member, "'" + name.bound() + "' comes twice"};
    }
    if (!seen_.empty() && seen_.back().facts.name == name.file) {
        const std::uint64_t chunks = seen_.back().facts.chunks;
        if (name.chunk < chunks)
            throw BackupError{BackupFault::duplicate_member, "'" + name.bound() + "' comes twice"};
        if (name.chunk > chunks)
            throw BackupError{BackupFault::chunk_sequence,
                              "'" + name.bound() + "' comes too early"};
        return;
    }
    if (names_.contains(name.file)) {
        if (name.chunk == 0)
            throw BackupError{BackupFault::duplicate_member, "'" + name.bound() + "' comes twice"};
        throw BackupError{BackupFault::archive_order, "'" + name.file + "' is in several places"};
    }
    if (name.chunk != 0)
        throw BackupError{BackupFault::chunk_sequence, "'" + name.bound() + "' comes too early"};
    if (name.file == manifest_file) {
        ended_ = true;
        return;
    }
    names_.insert(name.file);
    seen_.push_back({.facts = {.name = name.file}});
}

} // namespace qmgmt

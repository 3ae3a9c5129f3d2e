// SPDX-License-Identifier: GPL-2.0-or-later
//
// backup.md 80: the outer tar of an archive, read by whoever does not know yet who wrote it; and
// the order of what it names.

#include "backup/archive/outer/member_order.hpp"
#include "backup/archive/outer/outer_reader.hpp"
#include "backup/container/container_head.hpp"
#include "backup/fault.hpp"
#include "fuzz/tar_input.hpp"
#include "fuzz/target.hpp"

using namespace qmgmt;

namespace {

bool may_be(BackupFault fault)
{
    switch (fault) {
    case BackupFault::not_a_backup:
    case BackupFault::member_corrupt:
    case BackupFault::archive_member_type:
    case BackupFault::archive_member_name:
    case BackupFault::truncated_archive:
    case BackupFault::size_limit:
    case BackupFault::chunk_sequence:
    case BackupFault::duplicate_member:
    case BackupFault::archive_order: return true;
    default: return false;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size > 1 << 16)
        return 0;
    fuzz::TarInput tar{data, size};
    OuterReader reader{tar};
    MemberOrder order;
    bool in_order = true;
    try {
        while (const auto member = reader.next()) {
            fuzz::require(member->untrusted_name.size() <= 100);
            fuzz::require(reader.left() == member->size);
            try {
                if (in_order) {
                    const MemberName name = order.accept(*member);
                    fuzz::require(name.outer() == member->untrusted_name);
                    fuzz::require(member->size >= container_overhead);
                }
            } catch (const BackupError& error) {
                fuzz::require(may_be(error.fault()));
                in_order = false; // and the tar goes on
            }
            char some[100];
            const auto length =
                static_cast<std::size_t>(std::min<std::uint64_t>(member->size / 2, sizeof some));
            reader.read(some, length);
        }
        fuzz::require(tar.left() == 0);
    } catch (const BackupError& error) {
        fuzz::require(may_be(error.fault()));
        fuzz::require(error.text().size() <= 200);
    }
    fuzz::require(reader.bytes() == tar.size() - tar.left());
    std::uint64_t chunks = 2;
    for (const SeenFile& file : order.seen())
        chunks += file.facts.chunks;
    fuzz::require(order.members() >= chunks);
    return 0;
}

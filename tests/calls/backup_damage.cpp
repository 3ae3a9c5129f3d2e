// SPDX-License-Identifier: GPL-2.0-or-later
//
// A small archive, damaged in more than a thousand ways, as the built calls read it: Verify and
// Restore refuse each, and afterwards the store and the disks are what they were.

#include "calls/restore_world.hpp"
#include "lib/backup/restore/metadata_text.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <random>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using Entries = std::vector<TarEntry>;

// The blocks that say that the archive has ended may be cut off: what they say is in the manifest.
constexpr std::size_t end_blocks = 1024;

ArchiveParts small_parts()
{
    ArchiveParts parts;
    parts.chunk_size = 400;
    parts.domains = DomainText{.klass = "StandaloneVM", .name = "solo", .path = "vm22/"}.text() +
                    DomainText{.klass = "StandaloneVM", .name = "other", .path = "vm23/"}.text();
    parts.images = {{"vm22/root.img", noise(500, 3)},
                    {"vm22/private.img", noise(1000, 1)},
                    {"vm23/root.img", noise(600, 2)},
                    {"vm23/private.img", noise(100, 4)}};
    parts.files = {{"vm22/firewall.xml",
                    "<firewall version=\"2\"><rules><rule><properties><property "
                    "name=\"action\">drop</property></properties></rule></rules>"
                    "</firewall>\n"}};
    return parts;
}

class Damaged {
public:
    Damaged() : bytes_{small_parts().bytes()}, store_{world_.root.store()}, disks_{world_.disks()}
    {
        const Outcome whole = world_.verify(bytes_);
        INFO(whole.out << whole.err);
        REQUIRE(whole.status == 0);
    }

    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
    [[nodiscard]] int count() const noexcept { return count_; }

    void refused(const std::string& archive)
    {
        ++count_;
        for (const Outcome& outcome : {world_.verify(archive), world_.restore(archive)}) {
            const bool noticed = outcome.status > 0 && outcome.status < 16 &&
                                 outcome.status != static_cast<int>(Failure::internal);
            INFO(outcome.out << outcome.err);
            CHECK(noticed);
        }
        const bool same_store = world_.root.store() == store_;
        const bool same_disks = world_.disks() == disks_;
        CHECK(same_store);
        CHECK(same_disks);
    }

    void refused(const Entries& entries) { refused(tar_of(entries)); }

    // What has been refused so far has left a host that restores.
    void restores_whole() const
    {
        CHECK(world_.restores(bytes_).back() == "end result=ok");
        CHECK(world_.image("appvms/solo/private").substr(0, 1000) == noise(1000, 1));
    }

private:
    RestoreWorld world_{{}, "/dev/shm"}; // nobody waits for a disk two thousand times
    std::string bytes_;
    std::string store_;
    std::map<std::string, std::string> disks_;
    int count_ = 0;
};

} // namespace

TEST_CASE("backup.Restore, backup.Verify: a bit that flips anywhere is noticed", "[calls]")
{
    Damaged damaged;
    std::mt19937 generator{11};
    for (std::size_t at = 0; at < damaged.bytes().size(); at += 31) {
        if (at % 512 == 155)
            continue; // the byte behind a checksum may be a blank or NUL
        std::string flipped = damaged.bytes();
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << generator() % 8));
        INFO("at " << at);
        damaged.refused(flipped);
    }
    CHECK(damaged.count() > 400);
    damaged.restores_whole();
}

TEST_CASE(
    "backup.Restore, backup.Verify: wherever an archive is cut, or lacks a piece, it is noticed",
    "[calls]")
{
    Damaged damaged;
    const std::size_t size = damaged.bytes().size() - end_blocks;
    for (std::size_t at = 0; at < size; at += 101) {
        INFO("at " << at);
        damaged.refused(damaged.bytes().substr(0, at));
        const std::size_t length = std::min<std::size_t>(1 + at % 900, size - at);
        damaged.refused(std::string{damaged.bytes()}.erase(at, length));
    }
    CHECK(damaged.count() > 250);
    damaged.restores_whole();
}

TEST_CASE(
    "backup.Restore, backup.Verify: members that are dropped, repeated, moved or exchanged are "
    "noticed",
    "[calls]")
{
    Damaged damaged;
    const Entries entries = entries_of(damaged.bytes());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        INFO(entries[i].name);
        Entries changed = entries;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
        damaged.refused(changed);
        for (std::size_t j = 0; j <= entries.size(); ++j) {
            changed = entries;
            changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(j), entries[i]);
            damaged.refused(changed);
            if (j == entries.size() || i == j)
                continue;
            changed = entries;
            changed[i].content = entries[j].content;
            damaged.refused(changed);
            if (i > j)
                continue; // the same exchange
            changed = entries;
            std::swap(changed[i], changed[j]);
            damaged.refused(changed);
        }
    }
    CHECK(damaged.count() > 250);
    damaged.restores_whole();
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Archives that are damaged, whether by accident or on purpose: Restore and Verify refuse them with
// the same words, and nothing is left of what had come before.

#include "calls/restore_world.hpp"
#include "lib/backup/restore/metadata_text.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <functional>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using Entries = std::vector<TarEntry>;

struct Damage {
    const char* what;
    std::function<void(Entries& entries)> done;
    Failure kind;
    const char* token;
};

Entries::iterator at(Entries& entries, std::string_view name)
{
    const auto found = std::ranges::find(entries, name, &TarEntry::name);
    REQUIRE(found != entries.end());
    return found;
}

std::function<void(Entries&)> flip(std::string name, std::size_t from_end)
{
    return [=](Entries& entries) {
        std::string& content = at(entries, name)->content;
        content[content.size() - from_end] ^= 1;
    };
}

std::function<void(Entries&)> drop(std::string start)
{
    return [=](Entries& entries) {
        std::erase_if(entries, [&](const TarEntry& one) { return one.name.starts_with(start); });
    };
}

std::function<void(Entries&)> replace_metadata(std::string text)
{
    return [=](Entries& entries) {
        *at(entries, "qubes.xml.000.enc") = ArchiveMaker{}.file("qubes.xml", text);
    };
}

const std::vector<Damage>& damages()
{
    static const std::vector<Damage> all = {
        {"a bit of the first chunk", flip("vm20/root.img.000.enc", 100), Failure::bad_value,
         "member-corrupt"},
        {"a bit of the last qube", flip("vm22/private.img.000.enc", 100), Failure::bad_value,
         "member-corrupt"},
        {"the last byte of a chunk", flip("vm21/private.img.001.enc", 1), Failure::bad_value,
         "member-corrupt"},
        {"the header", flip("backup-header", 3), Failure::bad_value, "header-unauthenticated"},
        {"the proof of the header", flip("backup-header.hmac", 1), Failure::bad_value, ""},
        {"no proof of the header", drop("backup-header.hmac"), Failure::bad_value,
         "header-unauthenticated"},
        {"no header", drop("backup-header"), Failure::bad_value, "not-a-backup"},
        {"no list of qubes", drop("qubes.xml"), Failure::bad_value, ""},
        {"a bit of the list of qubes", flip("qubes.xml.000.enc", 50), Failure::bad_value,
         "member-corrupt"},
        {"a list of qubes with an entity",
         replace_metadata("<!DOCTYPE x [<!ENTITY a \"b\">]>" + metadata_text("")),
         Failure::bad_value, "metadata-invalid"},
        {"a list of qubes with a name that none can have",
         replace_metadata(metadata_text(DomainText{.name = "../x", .path = "vm20/"}.text())),
         Failure::bad_value, "metadata-invalid"},
        {"a list of qubes that does not name all",
         replace_metadata(metadata_text(
             DomainText{.klass = "TemplateVM", .name = "deb", .path = "vm20/"}.text())),
         Failure::too_large, "size-limit"},
        {"a chunk less in the middle", drop("vm21/private.img.001"), Failure::bad_value,
         "chunk-sequence"},
        {"the first chunk less", drop("vm20/root.img.000"), Failure::bad_value, "chunk-sequence"},
        {"a file less", drop("vm21/firewall.xml"), Failure::bad_value, "incomplete-archive"},
        {"a qube less", drop("vm22/"), Failure::bad_value, "incomplete-archive"},
        {"the filler of a qube without files less", drop("vm23/"), Failure::bad_value,
         "incomplete-archive"},
        {"no manifest", drop("qubes-mgmt-manifest"), Failure::bad_value, "incomplete-archive"},
        {"two chunks with each other's names",
         [](Entries& entries) {
             std::swap(at(entries, "vm21/private.img.000.enc")->content,
                       at(entries, "vm21/private.img.001.enc")->content);
         },
         Failure::bad_value, "member-corrupt"},
        {"two chunks in each other's places",
         [](Entries& entries) {
             std::iter_swap(at(entries, "vm21/private.img.000.enc"),
                            at(entries, "vm21/private.img.001.enc"));
         },
         Failure::bad_value, "chunk-sequence"},
        {"a chunk twice",
         [](Entries& entries) {
             const TarEntry again = *at(entries, "vm21/private.img.000.enc");
             entries.insert(at(entries, "vm21/private.img.001.enc"), again);
         },
         Failure::bad_value, ""},
        {"a disk in the place of another",
         [](Entries& entries) {
             at(entries, "vm22/private.img.000.enc")->content =
                 at(entries, "vm22/root.img.000.enc")->content;
         },
         Failure::bad_value, "member-corrupt"},
        {"a member of another backup",
         [](Entries& entries) {
             *at(entries, "vm23/empty.000.enc") =
                 ArchiveMaker{"20260101T000000-43"}.file("vm23/empty", "");
         },
         Failure::bad_value, "member-corrupt"},
        {"a file that nobody lists",
         [](Entries& entries) {
             entries.insert(at(entries, "qubes-mgmt-manifest.000.enc"),
                            ArchiveMaker{}.file("vm23/extra", "x"));
         },
         Failure::bad_value, "incomplete-archive"},
        {"a way out of the archive",
         [](Entries& entries) { at(entries, "vm23/empty.000.enc")->name = "vm23/../x.000.enc"; },
         Failure::bad_value, "archive-member-name"},
        {"a link", [](Entries& entries) { at(entries, "vm23/empty.000.enc")->type = '2'; },
         Failure::bad_value, "archive-member-type"},
        {"an image of a volume that the qube does not have",
         [](Entries& entries) {
             *at(entries, "vm23/empty.000.enc") =
                 ArchiveMaker{}.file("vm23/root.img", std::string(512, 'x'));
         },
         Failure::bad_value, ""},
    };
    return all;
}

const std::string& whole_archive()
{
    static const std::string bytes = [] {
        ArchiveParts parts = four_qubes();
        parts.chunk_size = 262'144;
        parts.compression = Compression::none; // so that members can be made by hand
        return parts.bytes();
    }();
    return bytes;
}

} // namespace

TEST_CASE("backup.Restore: of a damaged archive nothing is left, whatever had come", "[calls]")
{
    const RestoreWorld world;
    REQUIRE(world.verify(whole_archive()).status == 0);
    for (const Damage& damage : damages()) {
        Entries entries = entries_of(whole_archive());
        damage.done(entries);
        INFO(damage.what);
        world.refuses(tar_of(entries), damage.kind, damage.token);
    }
    // And after all that it can be restored.
    CHECK(world.restores(whole_archive()).back() == "end result=ok");
}

TEST_CASE("backup.Verify: what Restore refuses is refused without a change", "[calls]")
{
    const RestoreWorld world;
    const std::string store = world.root.store();
    const auto before = world.disks();
    for (const Damage& damage : damages()) {
        if (std::string_view{damage.what}.starts_with("an image of a volume"))
            continue; // what a qube has of its own is asked by who makes it
        Entries entries = entries_of(whole_archive());
        damage.done(entries);
        INFO(damage.what);
        const Outcome outcome = world.verify(tar_of(entries));
        INFO(outcome.out << outcome.err);
        CHECK(outcome.status == static_cast<int>(damage.kind));
        CHECK(outcome.err.find(damage.token) != std::string::npos);
        if (!outcome.out.empty())
            CHECK(lines_of(outcome.out).back() == "end result=failed");
    }
    const bool same = world.root.store() == store && world.disks() == before;
    CHECK(same);
}

TEST_CASE("backup.Restore: a stream that ends too early leaves nothing", "[calls]")
{
    const RestoreWorld world;
    const std::string& archive = whole_archive();
    const Entries entries = entries_of(archive);
    std::size_t offset = 0;
    unsigned count = 0;
    for (const TarEntry& entry : entries) {
        const std::size_t size = tar_entry(entry).size();
        const std::size_t in_content = offset + 512 + entry.content.size() / 2;
        // In turn right before a member, in its header, in its content.
        for (const std::size_t cut : {std::array{offset, offset + 300, in_content}[count++ % 3]}) {
            INFO("cut at " << cut << ", " << entry.name);
            const std::string store = world.root.store();
            const auto before = world.disks();
            const Outcome outcome = world.restore(archive.substr(0, cut));
            INFO(outcome.out << outcome.err);
            CHECK(outcome.status != 0);
            const bool same = world.root.store() == store && world.disks() == before;
            CHECK(same);
        }
        offset += size;
    }
    const Outcome nothing = world.restore("");
    CHECK(nothing.status == static_cast<int>(Failure::failed));
    world.refuses(archive.substr(0, archive.size() / 2), Failure::failed, "truncated-archive");
    world.refuses(archive + std::string(512, 'x'), Failure::bad_value, "not-a-backup");
    world.refuses(std::string(2000, 'x'), Failure::bad_value, "not-a-backup");
}

TEST_CASE("backup.Restore: the wrong passphrase opens nothing, and says no more than that",
          "[calls]")
{
    const RestoreWorld world;
    const std::string path = world.root.below("/etc/qubes/backup/nightly.conf");
    world.root.write(
        "/etc/qubes/backup/nightly.conf",
        with(world.root.read("/etc/qubes/backup/nightly.conf"), "correct horse", "correct mule"));
    world.refuses(whole_archive(), Failure::bad_value, "wrong-passphrase");
    const Outcome outcome = world.verify(whole_archive());
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find("20260101") == std::string::npos);
}

TEST_CASE("backup.Restore: with keep-good a damaged qube fails alone", "[calls]")
{
    const RestoreWorld world;
    Entries entries = entries_of(whole_archive());
    flip("vm22/private.img.000.enc", 100)(entries);
    const Outcome outcome = world.restore(tar_of(entries), "on-error=keep-good\n");
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == static_cast<int>(Failure::failed));
    CHECK(outcome.out.find("vm name=solo as=solo result=failed reason=member-corrupt\n") !=
          std::string::npos);
    CHECK(lines_of(outcome.out).back() == "end result=partial");
    CHECK(world.view().domain("solo") == nullptr);
    CHECK(world.view().domain("disp9") != nullptr);
    CHECK_FALSE(world.root.exists("/var/lib/qm-lvm/appvms/solo"));
    // What is missing in it, nobody knows whose it was.
    Entries cut = entries_of(whole_archive());
    drop("vm22/")(cut);
    RestoreWorld{}.refuses(tar_of(cut), Failure::bad_value, "incomplete-archive",
                           "on-error=keep-good\n");
}

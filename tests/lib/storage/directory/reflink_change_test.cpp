// SPDX-License-Identifier: GPL-2.0-or-later
//
// What changes the committed state of a volume in a file-reflink pool: snapshots, reverts, growth,
// imports. Each runs where files can share blocks and where they cannot.

#include "base/error.hpp"
#include "base/fd.hpp"
#include "place.hpp"
#include "support/failure_of.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using Ids = std::vector<std::string>;

// A volume that says "first" in its committed image, "second" in its running one when it is
// started.
struct Private : Place {
    explicit Private(Place place, int keep = 1)
        : Place{std::move(place)}, volume{private_of_app1(keep)}
    {
        pool->create(volume);
        write_image(file("private.img"), "first");
    }
    static std::optional<Private> next(int keep = 1)
    {
        auto place = Place::next();
        return place ? std::optional<Private>{std::in_place, *std::move(place), keep}
                     : std::nullopt;
    }
    [[nodiscard]] std::string text() const { return read_image(file("private.img"), 6); }
    void start() const
    {
        pool->start(volume);
        write_image(file("private-dirty.img"), "second");
    }
    [[nodiscard]] Ids ids() const { return pool->revisions(volume); }

    Volume volume;
};

void put(const Import& import, const std::string& text, off_t at = 0)
{
    REQUIRE(::pwrite(import.fd(), text.data(), text.size(), at) ==
            static_cast<ssize_t>(text.size()));
}

std::string first(const char* text)
{
    std::string padded{text};
    padded.resize(6);
    return padded;
}

} // namespace

TEST_CASE("file-reflink: snapshots have numbers of their own, and a commit prunes", "[storage]")
{
    const auto place = Private::next();
    if (!place)
        return;
    CHECK(place->ids().empty());
    CHECK(place->pool->snapshot(place->volume) == "1");
    CHECK(place->pool->snapshot(place->volume) == "2");
    CHECK(place->ids() == Ids{"1", "2"}); // although it keeps one
    place->pool->start(place->volume);
    place->pool->stop(place->volume);
    CHECK(place->ids() == Ids{"2"});
    CHECK(place->pool->snapshot(place->volume) == "3");
    CHECK(place->text() == first("first"));
}

TEST_CASE("file-reflink: the state of a running volume is kept at once, or not at all", "[storage]")
{
    const auto place = Private::next(3);
    if (!place)
        return;
    place->start();
    if (!place->shares) {
        CHECK(failure_of([&] { static_cast<void>(place->pool->snapshot(place->volume)); }) ==
              Failure::failed);
        CHECK(place->app1() == Names{"private.img", "private-dirty.img"});
        return;
    }
    CHECK(place->pool->snapshot(place->volume) == "1");
    write_image(place->file("private-dirty.img"), "third!");
    place->pool->stop(place->volume);
    CHECK(place->text() == "third!");
    CHECK(place->ids() == Ids{"1", "2"}); // the state before the run came later
    place->pool->revert(place->volume, "1");
    CHECK(place->text() == "second");
    place->pool->revert(place->volume, "2");
    CHECK(place->text() == first("first"));
}

TEST_CASE("file-reflink: a revert keeps where it came from and where it goes", "[storage]")
{
    const auto place = Private::next(2);
    if (!place)
        return;
    place->start();
    place->pool->stop(place->volume);
    CHECK(place->ids() == Ids{"1"});
    place->pool->revert(place->volume, "1");
    CHECK(place->text() == first("first"));
    CHECK(place->ids() == Ids{"1", "2"});
    place->pool->revert(place->volume, "2");
    CHECK(place->text() == "second");
    CHECK(place->ids() == Ids{"1", "2", "3"});
    // the next start is from what was reverted to, not from a precache of before
    place->pool->revert(place->volume, "1");
    place->pool->start(place->volume);
    CHECK(read_image(place->file("private-dirty.img"), 5) == "first");
}

TEST_CASE("file-reflink: what cannot be reverted to", "[storage]")
{
    const auto place = Private::next();
    if (!place)
        return;
    CHECK(place->pool->snapshot(place->volume) == "1");
    const auto before = place->app1();
    for (const char* const id : {"2", "0", "x", "", "01", "1@2024-01-01T00:00:00Z"})
        CHECK(failure_of([&] { place->pool->revert(place->volume, id); }) == Failure::not_found);
    CHECK(place->app1() == before);
    place->start();
    CHECK(failure_of([&] { place->pool->revert(place->volume, "1"); }) == Failure::failed);
    CHECK(read_image(place->file("private-dirty.img"), 6) == "second");
}

TEST_CASE("file-reflink: a halted volume grows by a new file, a running one in place", "[storage]")
{
    const auto place = Private::next();
    if (!place)
        return;
    const auto held = inode(place->file("private.img"));
    CHECK(place->pool->resize(place->volume, 3 * gib) == 3 * gib);
    CHECK(inode(place->file("private.img")) != held); // others may have links to it
    CHECK(facts_of(place->file("private.img")).st_size == static_cast<off_t>(3 * gib));
    CHECK(place->text() == first("first"));
    CHECK(place->pool->resize(place->volume, gib) == 3 * gib);
    CHECK(place->pool->resize(place->volume, 3 * gib + 1) == 3 * gib + 512);

    place->start();
    const auto running = inode(place->file("private-dirty.img"));
    CHECK(facts_of(place->file("private-dirty.img")).st_size == static_cast<off_t>(3 * gib + 512));
    CHECK(place->pool->resize(place->volume, 4 * gib) == 4 * gib);
    CHECK(inode(place->file("private-dirty.img")) == running);
    CHECK(place->pool->facts(place->volume).size == 4 * gib);
    place->pool->stop(place->volume);
    CHECK(place->pool->facts(place->volume).size == 4 * gib);
    CHECK(place->text() == "second");
    CHECK(failure_of([&] { place->pool->resize(place->volume, std::uint64_t{1} << 63); }) ==
          Failure::failed);
    CHECK(place->pool->facts(place->volume).size == 4 * gib);
}

TEST_CASE("file-reflink: an import is seen when it is complete", "[storage]")
{
    const auto place = Private::next();
    if (!place)
        return;
    {
        const auto import = place->pool->begin_import(place->volume, gib);
        put(*import, "imported", 4096);
        CHECK(place->text() == first("first"));
        CHECK(place->pool->facts(place->volume).size == 2 * gib);
        import->commit();
    }
    CHECK(facts_of(place->file("private.img")).st_size == static_cast<off_t>(gib));
    CHECK(allocated(place->file("private.img")) <= 8192);
    CHECK(read_image(place->file("private.img"), 8, 4096) == "imported");
    CHECK(place->app1().contains("private-import.img") == false);
    CHECK(place->ids() == Ids{"1"});
    place->pool->revert(place->volume, "1");
    CHECK(place->text() == first("first"));
    CHECK(facts_of(place->file("private.img")).st_size == static_cast<off_t>(2 * gib));
}

TEST_CASE("file-reflink: an import that is not committed leaves nothing", "[storage]")
{
    const auto place = Private::next();
    if (!place)
        return;
    const auto before = place->app1();
    {
        const auto import = place->pool->begin_import(place->volume, gib);
        put(*import, "half");
    }
    CHECK(place->app1() == before);
    CHECK(place->text() == first("first"));
    put_file(place->file("private-import.img"), "of one that was killed");
    {
        const auto import = place->pool->begin_import(place->volume, 512);
        import->resize(1024);
        put(*import, "grown", 600);
        import->commit();
    }
    CHECK(facts_of(place->file("private.img")).st_size == 1024);
    CHECK(read_image(place->file("private.img"), 5) == std::string(5, '\0'));
    place->pool->start(place->volume);
    CHECK(failure_of([&] { static_cast<void>(place->pool->begin_import(place->volume, 512)); }) ==
          Failure::failed);
}

TEST_CASE("file-reflink: content and size of the new state reach the disk in one step", "[storage]")
{
    const auto place = Private::next(0);
    if (!place)
        return;
    const auto import = place->pool->begin_import(place->volume, 3 * 512);
    put(*import, "abc", 512);
    import->commit();
    CHECK(place->ids().empty());
    CHECK(facts_of(place->file("private.img")).st_size == 3 * 512);
    CHECK(place->app1() == place->and_precache({"private.img"}));
}

TEST_CASE("file-reflink: what an open committed state says does not change", "[storage]")
{
    const auto place = Private::next();
    if (!place)
        return;
    const Fd held = place->pool->open_committed(place->volume);
    place->start();
    place->pool->stop(place->volume);
    CHECK(place->text() == "second");
    std::string text(5, ' ');
    REQUIRE(::pread(held.get(), text.data(), text.size(), 0) == 5);
    CHECK(text == "first");
}

TEST_CASE("file-reflink: what a qube has attached of a committed state stays what it is",
          "[storage]")
{
    const auto place = Private::next(GENERATE(1, 0, -1));
    if (!place)
        return;
    const Volume& volume = place->volume;
    const std::string one = export_key("one");
    const std::string other = export_key("other");
    CHECK(failure_of([&] { static_cast<void>(place->pool->exported(volume, one)); }) ==
          Failure::failed);
    const BlockPath path = place->pool->export_committed(volume, one);
    CHECK_FALSE(path.block_device);
    CHECK(read_image(path.path, 5) == "first");
    CHECK(place->pool->exported(volume, one).path == path.path);
    place->start();
    place->pool->stop(volume);
    CHECK(place->text() == "second");
    CHECK(read_image(path.path, 5) == "first");
    place->pool->resize(volume, 3 * gib);
    CHECK(facts_of(path.path).st_size == static_cast<off_t>(2 * gib));

    // another has the new state, and the first again when it asks again
    CHECK(read_image(place->pool->export_committed(volume, other).path, 6) == "second");
    CHECK(read_image(path.path, 5) == "first");
    CHECK(std::ranges::is_permutation(place->pool->exports(volume),
                                      std::vector<std::string>{one, other}));
    CHECK(place->pool->list() == std::vector<std::string>{volume.vid});
    place->pool->drop_export(volume, one);
    place->pool->drop_export(volume, one);
    CHECK(place->pool->exports(volume) == std::vector<std::string>{other});
    CHECK(read_image(place->pool->export_committed(volume, one).path, 6) == "second");
    CHECK_FALSE(place->pool->is_used_by_host(volume));
    place->pool->remove(volume);
    CHECK_FALSE(exists(place->directory + "/appvms/app1"));
    CHECK(failure_of([&] { static_cast<void>(place->pool->export_committed(volume, one)); }) ==
          Failure::failed);
}

TEST_CASE("file-reflink: nothing is attached of what runs with snapshots disabled", "[storage]")
{
    const auto place = Private::next();
    if (!place)
        return;
    Volume volume = place->volume;
    volume.revisions_to_keep = -1;
    place->pool->start(volume);
    CHECK(failure_of([&] {
              static_cast<void>(place->pool->export_committed(volume, export_key("one")));
          }) == Failure::failed);
    CHECK(place->pool->exports(volume).empty());
}

TEST_CASE("file-reflink: the state of a running qube is kept under a key, as it is at that moment",
          "[storage]")
{
    const int keep = GENERATE(1, -1);
    const auto place = Private::next(keep);
    if (!place)
        return;
    const Volume& volume = place->volume;
    const std::string key = export_key("run");
    // one that is not started: what is committed
    CHECK(read_image(place->pool->export_live(volume, key).path, 5) == "first");
    place->start();
    std::string path;
    try {
        path = place->pool->export_live(volume, key).path;
    } catch (const Error& error) {
        // a copy would take its time while the qube writes
        CHECK(error.type() == failure::storage);
        CHECK(error.text().ends_with("stop it first"));
        CHECK(place->pool->exports(volume).empty());
        return;
    }
    CHECK(read_image(path, 6) == "second");
    write_image(place->file("private-dirty.img"), "third!");
    CHECK(read_image(place->pool->exported(volume, key).path, 6) == "second");
    place->pool->stop(volume);
    CHECK(read_image(place->pool->exported(volume, key).path, 6) == "second");
    CHECK(place->pool->exports(volume) == std::vector<std::string>{key});
    place->pool->drop_export(volume, key);
    CHECK(place->pool->exports(volume).empty());
    CHECK(place->text() == "third!");
}

TEST_CASE("file-reflink: facts of volumes that run, do not, and are nobody's", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto template_root = root_of_t1();
    const auto own_root = root_of_app1();
    place->pool->create(template_root);
    const std::string original = place->directory + "/vm-templates/t1/root.img";
    write_image(original, "root");
    CHECK(place->pool->facts(own_root).size == 10 * gib);
    CHECK(place->pool->facts(own_root).usage == 0);
    CHECK(place->pool->facts(own_root).outdated == false);
    CHECK(place->pool->resize(template_root, 11 * gib) == 11 * gib);
    CHECK(place->pool->facts(own_root).size == 11 * gib); // as its next start will have it

    place->pool->start(own_root);
    CHECK(place->pool->facts(own_root).outdated == false);
    place->pool->start(template_root);
    write_image(place->directory + "/vm-templates/t1/root-dirty.img", "anew");
    CHECK(place->pool->facts(own_root).outdated == false);
    place->pool->stop(template_root);
    CHECK(place->pool->facts(own_root).outdated == true);
    place->pool->stop(own_root);
    CHECK(place->pool->facts(own_root).outdated == false);

    Volume nobodys;
    nobodys.pool = "default";
    nobodys.vid = "vm-templates/t1/root";
    CHECK(place->pool->facts(nobodys).size == 11 * gib);
    CHECK(place->pool->facts(nobodys).usage == allocated(original));
    CHECK(place->pool->facts(nobodys).writable);
    CHECK(place->pool->revisions(nobodys) == Ids{"1"});
    CHECK(place->pool->path(own_root) == place->directory + "/appvms/app1/root-dirty.img");
}

TEST_CASE("storage.md 42: a template that is reverted outdates its users", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    place->pool->create(root_of_t1());
    CHECK(place->pool->snapshot(root_of_t1()) == "1");
    write_image(place->directory + "/vm-templates/t1/root.img", "later");
    place->pool->start(root_of_app1());
    CHECK(place->pool->facts(root_of_app1()).outdated == false);
    place->pool->revert(root_of_t1(), "1");
    CHECK(place->pool->facts(root_of_app1()).outdated == true);
}

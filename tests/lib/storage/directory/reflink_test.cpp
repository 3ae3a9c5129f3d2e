// SPDX-License-Identifier: GPL-2.0-or-later
//
// The life of volumes in a file-reflink pool; numbers are the test vectors of storage.md 9. Each
// runs where files can share blocks and where they cannot.

#include "images.hpp"
#include "place.hpp"
#include "storage/pool.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/file_systems.hpp"

#include <algorithm>
#include <array>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("storage.md 32: create makes an empty image", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto volume = private_of_app1();
    place->pool->create(volume);
    CHECK(place->app1() == place->and_precache({"private.img"}));
    const auto facts = facts_of(place->file("private.img"));
    CHECK(facts.st_size == static_cast<off_t>(2 * gib));
    CHECK(facts.st_blocks == 0);
    CHECK((facts.st_mode & 07777) == (::geteuid() == 0 ? 0600 : 0660));
    CHECK((facts_of(place->directory + "/appvms/app1").st_mode & 0777) == 0775);
    CHECK((facts_of(place->directory + "/appvms").st_mode & 0777) == 0775);
    CHECK_FALSE(place->pool->is_started(volume));
    CHECK(failure_of([&] { static_cast<void>(place->pool->block_path(volume)); }) ==
          Failure::failed);
    place->pool->verify(volume);
}

TEST_CASE("file-reflink: create removes what an earlier volume left", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto volume = private_of_app1();
    place->pool->create(volume);
    place->cycle(volume, "old");
    place->pool->start(volume);
    put_file(place->file("private-import.img"), "half");
    put_file(place->file("private.img~abc"), "half");
    put_file(place->file("private2.img~abc"), "of another");
    place->pool->create(volume);
    CHECK(place->app1() == place->and_precache({"private.img", "private2.img~abc"}));
    CHECK(allocated(place->file("private.img")) == 0);
}

TEST_CASE("storage.md 33 34: start takes the precache, stop commits", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto volume = private_of_app1();
    place->pool->create(volume);
    const auto clean = inode(place->file("private.img"));
    write_image(place->file("private.img"), "first"); // stale precache
    REQUIRE(place->pool->start(volume));
    place->pool->stop(volume);
    REQUIRE(place->revisions().empty()); // nothing was written
    const auto fresh = place->shares ? inode(place->file("private-precache.img")) : 0;
    CHECK(inode(place->file("private.img")) != clean);

    const auto before = inode(place->file("private.img"));
    CHECK(place->pool->start(volume));
    CHECK(place->pool->is_started(volume));
    CHECK(place->app1() == Names{"private.img", "private-dirty.img"});
    if (place->shares)
        CHECK(inode(place->file("private-dirty.img")) == fresh);
    CHECK(inode(place->file("private.img")) == before);
    const auto path = place->pool->block_path(volume);
    REQUIRE(path);
    CHECK(path->path == place->file("private-dirty.img"));
    CHECK_FALSE(path->block_device);
    CHECK(read_image(path->path, 5) == "first");

    write_image(path->path, "SECOND");
    place->pool->stop(volume);
    CHECK_FALSE(place->pool->is_started(volume));
    CHECK(read_image(place->file("private.img"), 6) == "SECOND");
    CHECK(place->revisions() == std::set<int>{1});
    place->pool->stop(volume); // again: nothing
    CHECK(place->revisions() == std::set<int>{1});
    CHECK(place->pool->take_warnings().empty());
}

TEST_CASE("storage.md 34: a revision is named by the time of its image", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto volume = private_of_app1();
    place->pool->create(volume);
    const timespec times[2] = {{.tv_sec = 1714558272, .tv_nsec = 123456789},
                               {.tv_sec = 1714558272, .tv_nsec = 123456789}};
    REQUIRE(::utimensat(-1, place->file("private.img").c_str(), times, 0) == 0);
    place->cycle(volume, "x");
    const auto revision = place->file("private.img.1@2024-05-01T10:11:12Z");
    CHECK(place->app1() ==
          place->and_precache({"private.img", "private.img.1@2024-05-01T10:11:12Z"}));
    CHECK(facts_of(revision).st_mtim.tv_nsec == 123456789);
    CHECK(facts_of(revision).st_blocks == 0);
}

TEST_CASE("storage.md 35 36: keeps as many revisions as it is told", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const int keep = GENERATE(0, 1, 3);
    CAPTURE(keep);
    const auto volume = private_of_app1(keep);
    place->pool->create(volume);
    for (const char* text : {"a", "b", "c", "d", "e"})
        place->cycle(volume, text);
    const auto expected = keep == 0   ? std::set<int>{}
                          : keep == 1 ? std::set<int>{5}
                                      : std::set<int>{3, 4, 5};
    CHECK(place->revisions() == expected);
    place->cycle(volume, ""); // writes nothing
    place->cycle(volume, "");
    CHECK(place->revisions() == expected);
    CHECK(read_image(place->file("private.img"), 1) == "e");
    for (const auto& name : place->app1())
        if (name.starts_with("private.img.5@"))
            CHECK(read_image(place->file(name), 1) == "d");
}

TEST_CASE("storage.md 5 6: revisions are ordered as numbers, others are not counted", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto volume = private_of_app1(2);
    place->pool->create(volume);
    put_file(place->file("private.img.9@2024-01-01T00:00:00Z"), "9");
    put_file(place->file("private.img.10@2024-01-01T00:00:00Z"), "10");
    put_file(place->file("private.img.x@2024-01-01T00:00:00Z"), "foreign");
    put_file(place->file("private.img.07@2024-01-01T00:00:00Z"), "foreign");
    place->cycle(volume, "x");
    CHECK(place->revisions().contains(11));
    CHECK(place->revisions().contains(10));
    CHECK_FALSE(exists(place->file("private.img.9@2024-01-01T00:00:00Z")));
    CHECK(exists(place->file("private.img.x@2024-01-01T00:00:00Z")));
    CHECK(exists(place->file("private.img.07@2024-01-01T00:00:00Z")));
}

TEST_CASE("storage.md 37: what a crash left uncommitted goes on", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto volume = private_of_app1();
    place->pool->create(volume);
    place->pool->start(volume);
    write_image(place->file("private-dirty.img"), "work");
    const auto dirty = inode(place->file("private-dirty.img"));
    put_file(place->file("private-dirty.img~abc"), "half a copy");
    CHECK_FALSE(place->pool->start(volume));
    CHECK(inode(place->file("private-dirty.img")) == dirty);
    CHECK(place->app1() == Names{"private.img", "private-dirty.img"});
    place->pool->stop(volume);
    CHECK(read_image(place->file("private.img"), 4) == "work");
}

TEST_CASE("storage.md 38: a stop that crashed is finished by the next verb", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto volume = private_of_app1();
    place->pool->create(volume);
    place->cycle(volume, "one");

    SECTION("after the revision: no second one of the same state")
    {
        place->pool->start(volume);
        write_image(place->file("private-dirty.img"), "two");
        const auto newest = *place->revisions().rbegin();
        place->pool->stop(volume);
        REQUIRE(*place->revisions().rbegin() == newest + 1);
        const auto made = [&] {
            const auto all = place->app1();
            return *std::find_if(all.begin(), all.end(),
                                 [](const auto& n) { return n.starts_with("private.img."); });
        }();
        // back to the moment before the commit: the revision holds what is committed
        REQUIRE(::rename(place->file("private.img").c_str(),
                         place->file("private-dirty.img").c_str()) == 0);
        REQUIRE(::link(place->file(made).c_str(), place->file("private.img").c_str()) == 0);
        CHECK_FALSE(place->pool->start(volume));
        place->pool->stop(volume);
        CHECK(place->revisions() == std::set<int>{newest + 1});
        CHECK(read_image(place->file("private.img"), 3) == "two");
    }
    SECTION("after the commit: no precache, and a revision too many")
    {
        ::unlink(place->file("private-precache.img").c_str());
        put_file(place->file("private.img.7@2024-01-01T00:00:00Z"), "7");
        place->pool->stop(volume);
        CHECK(place->pool->start(volume));
        CHECK(read_image(place->file("private-dirty.img"), 3) == "one");
        write_image(place->file("private-dirty.img"), "two");
        place->pool->stop(volume);
        CHECK(place->revisions() == std::set<int>{8});
        CHECK(read_image(place->file("private.img"), 3) == "two");
    }
}

TEST_CASE("storage.md 39: a committed image changed by hand outdates the precache", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto volume = private_of_app1();
    place->pool->create(volume);
    SECTION("its content")
    {
        write_image(place->file("private.img"), "by hand");
    }
    SECTION("its time, by less than a second")
    {
        auto times =
            std::array{timespec{0, UTIME_OMIT}, facts_of(place->file("private.img")).st_mtim};
        write_image(place->file("private.img"), "by hand");
        times[1].tv_nsec += times[1].tv_nsec == 999999999 ? -1 : 1;
        REQUIRE(::utimensat(-1, place->file("private.img").c_str(), times.data(), 0) == 0);
    }
    CHECK(place->pool->start(volume));
    CHECK(read_image(place->file("private-dirty.img"), 7) == "by hand");
    CHECK_FALSE(exists(place->file("private-precache.img")));
}

TEST_CASE("storage.md 40 41: a snapshot is a fresh copy of its source each time", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto root = root_of_app1();
    const auto template_root = root_of_t1();
    const auto source = place->directory + "/vm-templates/t1/";
    CHECK(failure_of([&] { place->pool->verify(root); }) == Failure::failed);
    place->pool->create(template_root);
    write_image(source + "root.img", "version 1");
    place->pool->create(root);
    CHECK(place->app1().empty());
    place->pool->verify(root);

    CHECK(place->pool->start(root));
    CHECK(place->app1() == Names{"root.img", "root-dirty.img"});
    CHECK(inode(place->file("root.img")) == inode(source + "root.img"));
    CHECK(inode(place->file("root-dirty.img")) != inode(source + "root.img"));
    CHECK(read_image(place->file("root-dirty.img"), 9) == "version 1");
    CHECK(facts_of(place->file("root-dirty.img")).st_size == static_cast<off_t>(10 * gib));
    write_image(place->file("root-dirty.img"), "scribbled");
    CHECK(read_image(source + "root.img", 9) == "version 1");

    // the template runs and commits meanwhile: app1 keeps the old inode, which makes it outdated
    place->pool->start(template_root);
    write_image(source + "root-dirty.img", "version 2");
    place->pool->stop(template_root);
    CHECK(inode(place->file("root.img")) != inode(source + "root.img"));
    CHECK(read_image(place->file("root.img"), 9) == "version 1");
    CHECK(place->pool->facts(root).outdated == true);

    CHECK(place->pool->start(root)); // after a crash: never continued
    CHECK(inode(place->file("root.img")) == inode(source + "root.img"));
    CHECK(read_image(place->file("root-dirty.img"), 9) == "version 2");
    CHECK(place->pool->facts(root).outdated == false);
    place->pool->stop(root);
    CHECK(place->app1().empty());
    CHECK(exists(source + "root.img"));
    place->pool->stop(root);
}

TEST_CASE("file-reflink: an orphaned import is removed at start", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto volume = private_of_app1();
    place->pool->create(volume);
    put_file(place->file("private-import.img"), "half");
    put_file(place->file("private-import.img~abc"), "half");
    CHECK(place->pool->start(volume));
    CHECK(place->app1() == Names{"private.img", "private-dirty.img"});
}

TEST_CASE("storage.md 44: with snapshots disabled the image itself runs", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    auto volume = private_of_app1(1);
    place->pool->create(volume);
    place->cycle(volume, "old");
    REQUIRE(place->revisions().size() == 1);
    volume.revisions_to_keep = -1;
    const auto clean = inode(place->file("private.img"));

    CHECK(place->pool->start(volume));
    CHECK(place->app1() == Names{"private-dirty.img"});
    CHECK(inode(place->file("private-dirty.img")) == clean);
    place->pool->verify(volume); // so it is after a crash, too
    CHECK_FALSE(place->pool->start(volume));

    SECTION("it cannot be read, nor be a source meanwhile")
    {
        CHECK(exception_of([&] { static_cast<void>(place->pool->open_committed(volume)); }) ==
              failure::storage.exception);
        auto user = root_of_app1();
        user.source = volume.vid;
        CHECK(failure_of([&] { place->pool->verify(user); }) == Failure::failed);
        CHECK(failure_of([&] { place->pool->start(user); }) == Failure::failed);
    }
    SECTION("stop names it back")
    {
        write_image(place->file("private-dirty.img"), "new");
        place->pool->stop(volume);
        CHECK(place->app1() == Names{"private.img"});
        CHECK(inode(place->file("private.img")) == clean);
        CHECK(read_image(place->file("private.img"), 3) == "new");
    }
    SECTION("so does taking the start back")
    {
        place->pool->abort(volume);
        CHECK(place->app1() == Names{"private.img"});
        CHECK(inode(place->file("private.img")) == clean);
    }
    SECTION("enabling them in the middle loses nothing")
    {
        volume.revisions_to_keep = 1;
        CHECK_FALSE(place->pool->start(volume));
        place->pool->stop(volume);
        CHECK(place->app1() == place->and_precache({"private.img"}));
        CHECK(read_image(place->file("private.img"), 3) == "old");
    }
}

TEST_CASE("file-reflink: disabled snapshots delete no revision of a volume without image",
          "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto volume = private_of_app1(-1);
    place->pool->create(volume);
    REQUIRE(::rename(place->file("private.img").c_str(),
                     place->file("private.img.1@2024-01-01T00:00:00Z").c_str()) == 0);
    CHECK(failure_of([&] { place->pool->start(volume); }) == Failure::failed);
    CHECK(place->revisions() == std::set<int>{1});
}

TEST_CASE("storage.md 45: a start that is taken back leaves no trace", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto volume = private_of_app1();
    place->pool->create(volume);
    write_image(place->file("private.img"), "kept");
    const auto clean = inode(place->file("private.img"));
    REQUIRE(place->pool->start(volume));
    place->pool->abort(volume);
    CHECK(place->app1() == Names{"private.img"});
    CHECK(inode(place->file("private.img")) == clean);
    CHECK(read_image(place->file("private.img"), 4) == "kept");
    place->pool->abort(volume);
    CHECK(exists(place->file("private.img")));

    const auto scratch = volatile_of_app1();
    REQUIRE(place->pool->start(scratch));
    place->pool->abort(scratch);
    CHECK_FALSE(exists(place->file("volatile-dirty.img")));
}

TEST_CASE("storage.md 46: a volatile image starts empty", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto volume = volatile_of_app1();
    const auto path = place->file("volatile-dirty.img");
    place->pool->create(volume);
    place->pool->verify(volume);
    CHECK(place->pool->start(volume));
    CHECK(facts_of(path).st_size == static_cast<off_t>(10 * gib));
    CHECK(allocated(path) == 0);
    write_image(path, "swap");
    CHECK(place->pool->start(volume)); // after a crash
    CHECK(allocated(path) == 0);
    write_image(path, "swap");
    place->pool->stop(volume);
    CHECK_FALSE(exists(path));
    CHECK(place->pool->start(volume));
    CHECK(allocated(path) == 0);
}

TEST_CASE("storage.md 47: remove takes all files of the volume and no other", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    const auto volume = private_of_app1();
    const auto scratch = volatile_of_app1();
    place->pool->create(volume);
    place->cycle(volume, "x");
    place->pool->start(volume);
    place->pool->start(scratch);
    put_file(place->file("private-import.img"), "half");
    put_file(place->file("private.img.3@2024-01-01T00:00:00Z~abc"), "half");

    place->pool->remove(volume);
    CHECK(place->app1() == Names{"volatile-dirty.img"});

    SECTION("the directory goes with the last")
    {
        place->pool->remove(scratch);
        CHECK_FALSE(exists(place->directory + "/appvms/app1"));
        CHECK(exists(place->directory + "/appvms"));
        place->pool->remove(scratch);
    }
    SECTION("a foreign file keeps it")
    {
        put_file(place->file("notes.txt"), "mine");
        place->pool->remove(scratch);
        CHECK(place->app1() == Names{"notes.txt"});
    }
}

TEST_CASE("file-reflink: lists committed and running volumes, sorted", "[storage]")
{
    const auto place = Place::next();
    if (!place)
        return;
    CHECK(place->pool->list().empty());
    place->pool->create(root_of_t1());
    place->pool->create(private_of_app1());
    place->pool->start(volatile_of_app1());
    place->cycle(private_of_app1(), "x");
    put_file(place->file("firewall.xml"), "");
    put_file(place->file("lost-import.img"), "");
    put_file(place->directory + "/appvms/stray.img", "");
    REQUIRE(::symlink("app1", (place->directory + "/appvms/alias").c_str()) == 0);
    REQUIRE(::symlink("private.img", place->file("alias.img").c_str()) == 0);
    CHECK(place->pool->list() == std::vector<std::string>{"appvms/app1/private",
                                                          "appvms/app1/volatile",
                                                          "vm-templates/t1/root"});
}

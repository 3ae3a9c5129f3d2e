// SPDX-License-Identifier: GPL-2.0-or-later
//
// Verbs of a zfs pool that are cut off after each of their commands, on a model of ZFS
// (zfs_place.hpp): what the next call finds is one whole state, and nothing is left over.

#include "base/fd.hpp"
#include "storage/zfs/program.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "zfs_place.hpp"

#include <algorithm>
#include <functional>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;
using namespace qmgmt::test::zfs;

namespace {

const Volume own = {.role = "private",
                    .pool = "z",
                    .vid = "tank/q/app1/private",
                    .size = size,
                    .revisions_to_keep = 3,
                    .rw = true,
                    .save_on_stop = true};

// Runs `verb` on a volume with the states "", "one", "two" until it needs no more than `most`
// commands, cut off one command later each time, and then `look`.
void cut_off(const std::function<void(Place&)>& prepare, const std::function<void(Place&)>& verb,
             const std::function<void(Place&)>& look)
{
    constexpr int most = 12;
    for (int commands = 0;; ++commands) {
        INFO("cut off after " << commands << " commands");
        REQUIRE(commands < most);
        Place place;
        place.pool->create(own);
        place.run(own, "one");
        place.run(own, "two");
        prepare(place);
        place.fail_after(commands);
        const bool failed = failure_of([&] { verb(place); }).has_value();
        const bool warned = !place.pool->take_warnings().empty();
        place.heal();
        place.call_anew();
        look(place);
        if (!failed && !warned)
            return;
    }
}

// It starts, its content is one of these, and a commit leaves neither helpers nor lost states.
void check_whole(Place& place, const Words& contents)
{
    place.pool->verify(own);
    place.pool->start(own);
    const auto content = place.content(own);
    INFO("content " << content);
    CHECK(std::ranges::count(contents, content) == 1);
    place.write(own, "last");
    place.pool->stop(own);
    CHECK(place.pool->take_warnings().empty());
    CHECK(place.committed(own) == "last");
    const auto revisions = place.pool->revisions(own);
    CHECK(revisions.size() == 3);
    place.pool->revert(own, revisions.back());
    CHECK(place.committed(own) == content);
    for (const auto& name : place.datasets()) {
        INFO(name);
        CHECK_FALSE(name.starts_with("app1/.importing/"));
        CHECK_FALSE(name.starts_with("app1/.tmp/"));
    }
    place.call_anew();
    place.pool->remove(own);
    CHECK(place.datasets().empty());
}

} // namespace

TEST_CASE("zfs: a start that is cut off", "[storage]")
{
    cut_off([](Place&) {}, [](Place& place) { place.pool->start(own); },
            [](Place& place) { check_whole(place, {"two"}); });
}

TEST_CASE("zfs: a commit that is cut off has happened or is made up for", "[storage]")
{
    cut_off(
        [](Place& place) {
            CHECK(place.pool->start(own));
            place.write(own, "new");
        },
        [](Place& place) { place.pool->stop(own); },
        [](Place& place) {
            place.pool->stop(own); // as whoever starts it next does first
            CHECK(place.committed(own) == "new");
            check_whole(place, {"new"});
        });
}

TEST_CASE("zfs: a revert that is cut off", "[storage]")
{
    cut_off([](Place&) {},
            [](Place& place) { place.pool->revert(own, place.pool->revisions(own).back()); },
            [](Place& place) {
                check_whole(place, {"one", "two"});
            });
}

TEST_CASE("zfs: an import that is cut off", "[storage]")
{
    cut_off([](Place&) {},
            [](Place& place) {
                const auto import = place.pool->begin_import(own, size);
                REQUIRE(::pwrite(import->fd(), "new", 3, 0) == 3);
                import->commit();
            },
            [](Place& place) {
                check_whole(place, {"two", "new"});
            });
}

TEST_CASE("zfs: a clone of another volume that is cut off", "[storage]")
{
    auto source = own;
    source.vid = "tank/q/app2/private";
    cut_off(
        [&](Place& place) {
            place.pool->create(source);
            place.run(source, "new");
        },
        [&](Place& place) { static_cast<void>(place.pool->share_committed(own, source)); },
        [&](Place& place) {
            place.pool->remove(source);
            check_whole(place, {"two", "new"});
        });
}

TEST_CASE("zfs: growth that is cut off", "[storage]")
{
    cut_off([](Place&) {}, [](Place& place) { place.pool->resize(own, 2 * size); },
            [](Place& place) { check_whole(place, {"two"}); });
}

TEST_CASE("zfs: a removal that is cut off can be repeated", "[storage]")
{
    cut_off(
        [](Place& place) {
            place.pool->revert(own, place.pool->revisions(own).back());
            place.pool->revert(own, place.pool->revisions(own).front());
        },
        [](Place& place) { place.pool->remove(own); },
        [](Place& place) {
            place.pool->remove(own);
            CHECK(place.datasets().empty());
        });
}

TEST_CASE("zfs: a head that was moved away comes back when nothing can follow it", "[storage]")
{
    Place place;
    place.pool->create(own);
    place.run(own, "one");
    place.run(own, "two");
    place.fail_after(4); // an empty volume, its mark, a revision of the head, the head away
    CHECK(failure_of([&] { place.pool->begin_import(own, size)->commit(); }) == Failure::failed);
    place.heal();
    qmgmt::zfs::run({"destroy", "-r", "tank/q/app1/.importing/private"}, "cannot spoil it");
    CHECK(std::ranges::count(place.datasets(), "app1/private") == 0);
    place.call_anew();
    place.pool->verify(own);
    CHECK(place.pool->start(own));
    CHECK(place.content(own) == "two");
    place.pool->stop(own);
    CHECK(place.committed(own) == "two");
}

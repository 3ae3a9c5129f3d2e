// SPDX-License-Identifier: GPL-2.0-or-later
//
// What changes volumes of a zfs pool beside start and stop, on a model of ZFS (zfs_place.hpp);
// numbers are the test vectors of storage.md 9.

#include "base/fd.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/file_systems.hpp"
#include "zfs_place.hpp"

#include <algorithm>
#include <fcntl.h>
#include <set>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;
using namespace qmgmt::test::zfs;
using namespace std::string_literals;

namespace {

// What the volume holds when it is reverted to each of these in turn, in this order.
Words contents_of(Place& place, const Volume& volume, const Words& revisions)
{
    Words found;
    for (const auto& id : revisions) {
        place.pool->revert(volume, id);
        found.push_back(place.committed(volume));
    }
    return found;
}

void put(int fd, const std::string& text)
{
    REQUIRE(::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
}

} // namespace

TEST_CASE(
    "storage.md 58 60: snapshots on zfs are kept till the next commit, of a running volume too",
    "[storage]")
{
    Place place;
    const auto own = private_of("app1");
    place.pool->create(own);
    place.run(own, "one");
    place.forget_commands();
    const auto first = place.pool->snapshot(own);
    CHECK(place.commands() == Words{"zfs snapshot Q/app1/private@qubes:manual:T"});
    const auto second = place.pool->snapshot(own);
    CHECK(first != second);
    auto ids = place.pool->revisions(own);
    REQUIRE(ids.size() == 3);
    CHECK(ids[1] == first);
    CHECK(ids[2] == second);

    CHECK(place.pool->start(own));
    place.write(own, "half");
    auto live = place.pool->snapshot(own);
    place.write(own, "done");
    CHECK(place.pool->revisions(own).back() == live);
    place.pool->stop(own);
    CHECK(place.pool->revisions(own).size() == 1);

    auto more = own;
    more.revisions_to_keep = 5;
    CHECK(place.pool->start(more));
    place.write(more, "more");
    live = place.pool->snapshot(more);
    place.write(more, "last");
    place.pool->stop(more);
    place.pool->revert(more, live);
    CHECK(place.committed(more) == "more");
}

TEST_CASE("storage.md 61: a revert on zfs keeps newer revisions, its target and the former state",
          "[storage]")
{
    Place place;
    const auto own = private_of("app1", 9);
    place.pool->create(own);
    for (const char* text : {"one", "two", "three"})
        place.run(own, text);
    const auto before = place.pool->revisions(own); // empty, one, two
    REQUIRE(before.size() == 3);
    place.forget_commands();
    place.pool->revert(own, before[1]);
    CHECK(place.commands() ==
          Words{"zfs clone -p Q/app1/private@qubes:before-start:T Q/app1/.tmp/private",
                "zfs snapshot Q/app1/.tmp/private@C",
                "zfs rename Q/app1/private@C Q/app1/private@qubes:before-revert:T",
                "zfs rename -p Q/app1/private Q/app1/.former/private/T",
                "zfs rename -p Q/app1/.tmp/private Q/app1/private"});
    CHECK(place.committed(own) == "one");
    const auto after = place.pool->revisions(own);
    REQUIRE(after.size() == 4);
    CHECK(Words(after.begin(), after.begin() + 3) == before);
    CHECK(after.back().starts_with("qubes:before-revert:"));

    // from one head to the other and back
    CHECK(contents_of(place, own, {after[2], after[3], after[0], after[1], after[2]}) ==
          Words{"two", "three", "", "one", "two"});
    const auto all = place.pool->revisions(own);
    CHECK(std::ranges::includes(all, after));
    CHECK(place.pool->list() == Words{own.vid});

    // a commit leaves what is to be kept, and former heads without revisions go
    auto few = own;
    few.revisions_to_keep = 1;
    place.run(few, "four");
    place.run(few, "five");
    CHECK(place.pool->revisions(few).size() == 1);
    CHECK(place.committed(few) == "five");
    CHECK(contents_of(place, few, place.pool->revisions(few)) == Words{"four"});
    place.run(few, "six");
    place.call_anew();
    place.run(few, "seven");
    const auto left = place.datasets();
    CHECK(std::ranges::count_if(left, [](const auto& name) {
              return name.starts_with("app1/.former/private/");
          }) == 0);
    place.pool->remove(few);
    CHECK(place.datasets().empty());
}

TEST_CASE("storage.md 62: what a revert on zfs refuses", "[storage]")
{
    const Place place;
    const auto own = private_of("app1");
    place.pool->create(own);
    place.run(own, "one");
    const auto known = place.pool->revisions(own).front();
    place.forget_commands();
    for (const auto& id : {"9"s, "qubes:manual:1.000000"s, known + "0", "C"s})
        CHECK(exception_of([&] { place.pool->revert(own, id); }) ==
              failure::revision_not_found.exception);
    CHECK(place.commands().empty());
    CHECK(place.pool->start(own));
    CHECK(failure_of([&] { place.pool->revert(own, known); }) == Failure::failed);
    place.pool->stop(own);
    CHECK(place.committed(own) == "one");
}

TEST_CASE("zfs: a volume that keeps nothing is reverted without a trace", "[storage]")
{
    Place place;
    auto own = private_of("app1");
    place.pool->create(own);
    place.run(own, "one");
    place.run(own, "two");
    const auto id = place.pool->revisions(own).front();
    own.revisions_to_keep = 0;
    place.pool->revert(own, id);
    CHECK(place.committed(own) == "one");
    CHECK(place.pool->revisions(own) == Words{id}); // stays
    place.run(own, "three");
    CHECK(place.pool->revisions(own).empty());
    CHECK(place.committed(own) == "three");
}

TEST_CASE("zfs: a volume grows in whole blocks, and its committed state with it", "[storage]")
{
    const Place place;
    const auto own = private_of("app1");
    place.pool->create(own);
    place.run(own, "data");
    const auto before = place.pool->revisions(own);
    place.forget_commands();
    CHECK(place.pool->resize(own, size) == size);
    CHECK(place.pool->resize(own, size - 1) == size);
    CHECK(place.commands().empty());
    CHECK(place.pool->resize(own, size + 1) == size + 16'384);
    CHECK(place.commands() == Words{"zfs set volsize=81920 Q/app1/private",
                                    "zfs snapshot Q/app1/private@C",
                                    "zfs destroy -d Q/app1/private@C"});
    CHECK(place.pool->facts(own).size == 81'920);
    CHECK(place.pool->revisions(own) == before);
    CHECK(place.committed(own) == "data");

    CHECK(place.pool->start(own));
    place.forget_commands();
    CHECK(place.pool->resize(own, 2 * size) == 2 * size);
    CHECK(place.commands() == Words{"zfs set volsize=131072 Q/app1/private"});
    place.pool->stop(own);
    CHECK(place.pool->facts(own).size == 2 * size);
    CHECK(failure_of([&] { place.pool->resize(private_of("none"), 2 * size); }) == Failure::failed);
}

TEST_CASE("zfs: an import is seen when it is complete, and its former state is a revision",
          "[storage]")
{
    Place place;
    const auto own = private_of("app1");
    place.pool->create(own);
    place.run(own, "old");
    place.forget_commands();
    SECTION("complete")
    {
        auto import = place.pool->begin_import(own, 2 * size);
        CHECK(place.commands() == Words{"zfs create -p -s -V 131072 Q/app1/.importing/private"});
        put(import->fd(), "new");
        CHECK(place.content(own) == "old");
        import->commit();
        CHECK(place.commands() ==
              Words{"zfs snapshot Q/app1/.importing/private@C",
                    "zfs rename Q/app1/private@C Q/app1/private@qubes:before-import:T",
                    "zfs rename -p Q/app1/private Q/app1/.former/private/T",
                    "zfs rename -p Q/app1/.importing/private Q/app1/private",
                    "zfs destroy -d Q/app1/.former/private/T@qubes:before-start:T"});
        import.reset();
        CHECK(place.commands().empty());
        CHECK(place.committed(own) == "new");
        CHECK(place.pool->facts(own).size == 2 * size);
        CHECK(contents_of(place, own, place.pool->revisions(own)) == Words{"old"});
        CHECK(place.pool->facts(own).size == size);
    }
    SECTION("given up")
    {
        put(place.pool->begin_import(own, size)->fd(), "new");
        CHECK(place.commands() == Words{"zfs create -p -s -V 65536 Q/app1/.importing/private",
                                        "zfs destroy -r Q/app1/.importing/private"});
        CHECK(place.committed(own) == "old");
    }
    SECTION("of a size that shows at its end")
    {
        auto import = place.pool->begin_import(own, size);
        import->resize(4 * size);
        put(import->fd(), "new");
        import->resize(2 * size - 1);
        import->commit();
        CHECK(place.pool->facts(own).size == 2 * size);
        CHECK(place.committed(own) == "new");
    }
    SECTION("left by a call that was killed")
    {
        auto* const killed = place.pool->begin_import(own, size).release();
        put(killed->fd(), "new");
        ::close(killed->fd());
        place.call_anew();
        CHECK(place.pool->start(own));
        CHECK(place.content(own) == "old");
        CHECK(std::ranges::count(place.datasets(), "app1/.importing/private") == 0);
    }
    SECTION("into a volume that runs")
    {
        CHECK(place.pool->start(own));
        CHECK(failure_of([&] { static_cast<void>(place.pool->begin_import(own, size)); }) ==
              Failure::failed);
    }
    SECTION("into one that is not there yet")
    {
        const auto fresh = private_of("app2");
        auto import = place.pool->begin_import(fresh, size);
        put(import->fd(), "new");
        import->commit();
        CHECK(place.committed(fresh) == "new");
        CHECK(place.pool->revisions(fresh).empty());
    }
}

TEST_CASE("zfs: a volume made from another shares its blocks and none of its past", "[storage]")
{
    Place place;
    const auto source = private_of("t1", 2);
    const auto own = private_of("sa", 2);
    place.pool->create(source);
    place.run(source, "secret");
    place.run(source, "given");
    place.pool->create(own);
    place.run(own, "old");
    place.forget_commands();
    CHECK(place.pool->share_committed(own, source));
    CHECK(place.commands() == Words{"zfs clone -p Q/t1/private@C Q/sa/.importing/private",
                                    "zfs snapshot Q/sa/.importing/private@C",
                                    "zfs rename Q/sa/private@C Q/sa/private@qubes:before-import:T",
                                    "zfs rename -p Q/sa/private Q/sa/.former/private/T",
                                    "zfs rename -p Q/sa/.importing/private Q/sa/private"});
    CHECK(place.committed(own) == "given");
    const auto revisions = place.pool->revisions(own);
    CHECK(revisions.size() == 2);

    // the source can go, whatever was made from it
    auto shown = root_of_app1();
    shown.source = source.vid;
    CHECK(place.pool->start(shown));
    place.run(source, "later");
    place.call_anew();
    place.forget_commands();
    place.pool->remove(source);
    CHECK(place.committed(own) == "given");
    CHECK(place.content(shown) == "given");
    CHECK(place.pool->revisions(own) == revisions);
    CHECK(place.pool->list() == Words{shown.vid, own.vid});
    place.run(own, "mine");
    CHECK(place.pool->revisions(own).size() == 2);
    place.pool->stop(shown);
    place.pool->remove(own);
    place.pool->remove(private_of("app1"));
    CHECK(place.datasets().empty());
}

TEST_CASE("zfs: removing a source whose state several were made from leaves all of them",
          "[storage]")
{
    Place place;
    const auto source = private_of("t1", 3);
    place.pool->create(source);
    std::vector<Volume> made;
    for (const char* qube : {"a", "b", "c"}) {
        place.run(source, qube);
        made.push_back(private_of(qube));
        CHECK(place.pool->share_committed(made.back(), source));
    }
    place.pool->remove(source);
    for (const auto& volume : made) {
        CHECK(place.committed(volume) == volume.vid.substr(7, 1));
        CHECK(place.pool->revisions(volume).empty());
    }
    place.call_anew();
    for (const auto& volume : made) {
        place.pool->remove(volume);
        for (const auto& other : made)
            if (&other > &volume)
                CHECK(place.committed(other) == other.vid.substr(7, 1));
        place.call_anew();
    }
    CHECK(place.datasets().empty());
}

TEST_CASE("zfs: a reader sees one state to its end, and what it read from goes afterwards",
          "[storage]")
{
    Place place;
    const auto own = private_of("app1");
    place.pool->create(own);
    place.run(own, "one");
    place.forget_commands();
    {
        const Fd reader = place.pool->open_committed(own);
        CHECK(place.commands() ==
              Words{"zfs clone -p -o com.sun:auto-snapshot=false -o readonly=on Q/app1/private@C "
                    "Q/app1/.exported/private/X"});
        place.run(own, "two");
        place.run(own, "three");
        CHECK(read_at(reader.get(), 0, 3) == "one");
        CHECK(failure_of([&] { place.pool->remove(own); }) == Failure::busy);
        CHECK(place.committed(own) == "three");
        CHECK(::write(reader.get(), "x", 1) < 0);
    }
    place.call_anew();
    CHECK(place.datasets() ==
          Words{"app1", "app1/.exported", "app1/.exported/private", "app1/private"});
    place.pool->remove(own);
    CHECK(place.datasets().empty());
}

TEST_CASE("zfs: what a qube has attached of a committed state stays what it is", "[storage]")
{
    Place place;
    const auto own = private_of("app1");
    place.pool->create(own);
    place.run(own, "one");
    place.forget_commands();
    const std::string key = export_key("work");
    const BlockPath path = place.pool->export_committed(own, key);
    CHECK(path.block_device);
    CHECK(path.path.ends_with("/app1/.attached/private/" + key));
    CHECK(place.commands() ==
          Words{"zfs clone -p -o com.sun:auto-snapshot=false -o readonly=on Q/app1/private@C "
                "Q/app1/.attached/private/" +
                key});
    place.call_anew(); // whatever else is cleared up, this is not
    place.run(own, "two");
    place.run(own, "three");
    static_cast<void>(place.pool->begin_import(own, size));
    CHECK(place.pool->exported(own, key).path == path.path);
    CHECK(place.pool->exports(own) == Words{key});
    CHECK(place.pool->list() == Words{own.vid});
    CHECK_FALSE(place.pool->is_used_by_host(own));
    place.pool->drop_export(own, key);
    place.pool->drop_export(own, key);
    CHECK(place.pool->exports(own).empty());
    CHECK(place.committed(own) == "three");
    static_cast<void>(place.pool->export_committed(own, key));
    place.pool->remove(own);
    CHECK(place.datasets().empty());
}

TEST_CASE("zfs: the state of a running qube is kept in a clone, and nothing is left of it",
          "[storage]")
{
    Place place;
    const int keep = GENERATE(1, -1);
    const auto own = private_of("app1", keep);
    place.pool->create(own);
    place.run(own, "one");
    place.pool->start(own);
    place.write(own, "two");
    place.forget_commands();
    const std::string key = export_key("run");
    const auto revisions = place.pool->revisions(own);
    const BlockPath path = place.pool->export_live(own, key);
    CHECK(path.block_device);
    const std::string live = "Q/app1/private@qubes-live-" + key;
    CHECK(place.commands() == Words{"zfs snapshot " + live,
                                    "zfs clone -p -o com.sun:auto-snapshot=false -o readonly=on " +
                                        live + " Q/app1/.attached/private/" + key,
                                    "zfs destroy -d " + live});
    place.write(own, "three");
    {
        const Fd reader{::open(path.path.c_str(), O_RDONLY | O_CLOEXEC)};
        CHECK(read_at(reader.get(), 0, 3) == "two");
    }
    CHECK(place.pool->revisions(own) == revisions);
    place.pool->stop(own);
    CHECK(place.committed(own) == "three");
    place.pool->drop_export(own, key);
    CHECK(place.pool->exports(own).empty());
    place.run(own, "four");
    CHECK(place.committed(own) == "four");

    // cut off before the clone was there: whoever drops it removes the snapshot, too
    place.pool->start(own);
    place.fail_after(1);
    CHECK_THROWS_AS(static_cast<void>(place.pool->export_live(own, key)), Error);
    place.heal();
    place.call_anew();
    place.forget_commands();
    place.pool->drop_export(own, key);
    CHECK(place.commands() == Words{"zfs destroy -d " + live});
    place.pool->drop_export(own, key);
    CHECK(place.commands().empty());
    place.pool->stop(own);
    place.pool->remove(own);
    CHECK(place.datasets().empty());
}

TEST_CASE("zfs: what ZFS says of a failure", "[storage]")
{
    const Place place;
    const auto own = private_of("app1");
    place.pool->create(own);
    const auto start = [&] { return exception_of([&] { place.pool->start(own); }); };
    const auto kind = [&](const char* text) {
        place.fail_after(0, text);
        const auto found = failure_of([&] { place.pool->start(own); });
        place.heal();
        return found;
    };
    CHECK(kind("cannot set property: out of space") == Failure::resources);
    CHECK(kind("cannot open 'x': pool I/O is currently suspended") == Failure::failed);

    place.put("busy", "2"); // only for a moment
    place.pool->remove(own);
    CHECK(place.pool->list().empty());
    CHECK(start() == failure::storage.exception);

    CHECK(::unlink((scratch_root() + "/usr/sbin/zfs").c_str()) == 0);
    CHECK(exception_of([&] { static_cast<void>(place.pool->list()); }) ==
          failure::storage.exception);
}

TEST_CASE("zfs: on a full pool a commit goes without its mark", "[storage]")
{
    Place place;
    const auto own = private_of("app1");
    place.pool->create(own);
    place.run(own, "one");
    CHECK(place.pool->start(own));
    place.write(own, "two");
    place.put("once", "cannot create snapshot: out of space");
    place.pool->stop(own);
    CHECK(place.pool->take_warnings() ==
          Words{"cannot stop 'z:tank/q/app1/private': its new state could not be marked: no space "
                "left, ignoring"});
    place.call_anew();
    CHECK_FALSE(place.pool->is_started(own));
    CHECK(place.committed(own) == "two");
    place.run(own, "three");
    CHECK(contents_of(place, own, place.pool->revisions(own)) == Words{"two"});
}

TEST_CASE("zfs: a list of many volumes comes whole", "[storage]")
{
    const Place place;
    std::string state = "0\nD tank 0 0 0\nD tank/q 0 0 0\n";
    for (int i = 0; i < 2'000; ++i)
        state += "D tank/q/a-qube-with-long-name-" + std::to_string(i) + "/private 1 65536 0\n";
    place.put("state", state);
    CHECK(place.pool->list().size() == 2'000);
}

TEST_CASE("zfs: a pool and its room", "[storage]")
{
    const Place place;
    const auto usage = place.pool->usage();
    REQUIRE(usage);
    CHECK(usage->usage == 57'344);
    CHECK(usage->size == 57'344 + (std::uint64_t{10} << 30));
    place.pool->check_room();
    place.put("room", std::to_string((512 << 20) - 1));
    CHECK(failure_of([&] { place.pool->check_room(); }) == Failure::resources);
    place.pool->create(private_of("b"));
    place.pool->create(private_of("a"));
    CHECK(place.pool->start(volatile_of_app1()));
    CHECK(place.pool->list() ==
          Words{"tank/q/a/private", "tank/q/app1/volatile", "tank/q/b/private"});

    const auto missing = open_pool({"m", "zfs", {{"container", "tank/none"}}});
    CHECK_FALSE(missing->usage());
    CHECK(missing->list().empty());
    CHECK(failure_of([&] { missing->check_room(); }) == Failure::failed);
}

TEST_CASE("zfs: a new pool makes its container or takes over one that is there", "[storage]")
{
    const Place place;
    const auto fresh = open_pool({"n", "zfs", {{"container", "tank/deep/n"}}});
    const auto made = fresh->set_up(true);
    CHECK(made == Words{"tank/deep/n"});
    CHECK(place.commands() == Words{"zfs create -p -o mountpoint=none -o volmode=dev -o "
                                    "org.qubes-os:part-of-qvm-pool=true tank/deep/n"});
    fresh->take_back(made);
    CHECK_FALSE(fresh->usage());

    CHECK(place.pool->set_up(true).empty());
    CHECK(place.commands().back() == "zfs set volmode=dev org.qubes-os:part-of-qvm-pool=true Q");
    place.pool->create(private_of("app1"));
    place.pool->take_back({"tank/q"}); // it is used by now
    CHECK(place.pool->list().size() == 1);

    const auto refused = [&](const char* container) {
        const auto pool = open_pool({"n", "zfs", {{"container", container}}});
        return failure_of([&] { static_cast<void>(pool->set_up(false)); });
    };
    CHECK(refused("none/q") == Failure::failed);
    CHECK(refused("tank/q/app1/private") == Failure::failed);
    place.put("health", "SUSPENDED");
    CHECK(refused("tank/other") == Failure::failed);
}

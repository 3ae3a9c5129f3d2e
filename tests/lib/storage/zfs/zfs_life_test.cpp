// SPDX-License-Identifier: GPL-2.0-or-later
//
// The life of volumes in a zfs pool, on a model of ZFS (zfs_place.hpp): the commands, word by word,
// and what becomes of the content.

#include "storage/zfs/name.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/file_systems.hpp"
#include "zfs_place.hpp"

#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;
using namespace qmgmt::test::zfs;

namespace {

// Without what only tidies up.
std::string start_of(const Words& ids)
{
    std::string text;
    for (const auto& id : ids)
        text += id.substr(0, id.rfind(':')) + " ";
    return text;
}

} // namespace

TEST_CASE("zfs: names of volumes and of what belongs to them", "[storage]")
{
    const auto names = ZfsNames::parse("tank/q", "tank/q/app1/private");
    REQUIRE(names);
    CHECK(names->volume() == "tank/q/app1/private");
    CHECK(names->qube() == "tank/q/app1");
    CHECK(names->imported() == "tank/q/app1/.importing/private");
    CHECK(names->former(1'700'000'000'000'042) == "tank/q/app1/.former/private/1700000000.000042");
    CHECK(names->is_former(names->former(7)));
    CHECK_FALSE(names->is_former("tank/q/app1/.former/private2/7.000000"));
    CHECK(names->is_export(names->new_export()));
    CHECK(names->new_export() != names->new_export());
    for (const char* vid :
         {"tank/q", "tank/q/app1", "tank/q/app1/", "tank/q2/app1/private", "tank/q/app1/private/x",
          "tank/q/.former/private", "tank/q/app1/private@x", "tank/q/app1/private-import",
          "tank/q//private", "tank/q/app1/-o", "/tank/q/app1/private"}) {
        INFO(vid);
        CHECK_FALSE(ZfsNames::parse("tank/q", vid));
    }
    for (const char* container : {"tank", "tank/q", "rpool/qubes-1/vm:x_y.z"})
        CHECK(is_container(container));
    for (const char* container : {"", "/tank", "tank/", "tank//q", "-o", "tank/-o", "tank/.q",
                                  "tank q", "tank@q", "1tank", "tank/q%x", "tank/\n"}) {
        INFO(container);
        CHECK_FALSE(is_container(container));
    }
}

TEST_CASE("zfs: revisions are ordered by the number in their name", "[storage]")
{
    CHECK(revision_name("manual", 1'700'000'000'000'042) == "qubes:manual:1700000000.000042");
    CHECK(revision_moment("qubes:manual:1700000000.000042") == 1'700'000'000'000'042);
    CHECK(revision_moment("qubes:after-create:999.000000") == 999'000'000);
    CHECK(revision_moment("qubes:1521065904") == 1'521'065'904'000'000); // of older hosts
    for (const char* name :
         {"qubes:", "qubes:x", "qubes::1", "qubes:Manual:1.000000", "qubes:a:1.5", "qubes:a:01",
          "qubes:a:1.0000000", "qubes:a:-1.000000", "qubes-clean-abcdefgh", "daily",
          "qubes:a:b:1.000000", "qubes:a:999999999999.000000"}) {
        INFO(name);
        CHECK_FALSE(revision_moment(name));
    }
    CHECK(is_clean_mark(new_clean_mark()));
    CHECK(new_clean_mark().size() == 20);
}

TEST_CASE("zfs: options of a pool are checked", "[storage]")
{
    static_cast<void>(scratch_root());
    const auto open = [](std::map<std::string, std::string> options) {
        return failure_of([&] { static_cast<void>(open_pool({"z", "zfs", options})); });
    };
    CHECK_FALSE(open({{"container", "tank/q"}, {"revisions_to_keep", "-1"}}));
    CHECK_FALSE(open({{"container", "tank/q"}, {"snap_on_start_forensics", "True"}}));
    CHECK(open({}) == Failure::failed);
    CHECK(open({{"container", "tank/-r"}}) == Failure::failed);
    CHECK(open({{"container", "tank/q"}, {"revisions_to_keep", "-2"}}) == Failure::failed);
    CHECK(open({{"container", "tank/q"}, {"snap_on_start_forensics", "maybe"}}) == Failure::failed);
}

TEST_CASE("zfs: an origin from its creation to its removal, command by command", "[storage]")
{
    Place place;
    const auto own = private_of("app1");
    CHECK(place.pool->new_vid("appvms", "app1", "private") == own.vid);
    CHECK(failure_of([&] { place.pool->verify(own); }) == Failure::failed);

    place.pool->create(own);
    CHECK(place.commands() == Words{"zfs create -p -s -V 65536 Q/app1/private"});
    place.pool->verify(own);
    CHECK_FALSE(place.pool->is_started(own));
    CHECK(failure_of([&] { static_cast<void>(place.pool->block_path(own)); }) == Failure::failed);

    CHECK(place.pool->start(own));
    CHECK(place.commands() ==
          Words{"zfs snapshot Q/app1/private@C", "zfs set org.qubes:dirty=on Q/app1/private"});
    CHECK(place.pool->is_started(own));
    const auto path = place.pool->block_path(own);
    REQUIRE(path);
    CHECK(path->path == scratch_root() + "/dev/zvol/tank/q/app1/private");
    CHECK(path->block_device);
    CHECK(place.pool->path(own) == path->path);

    place.write(own, "first");
    CHECK(place.committed(own).empty()); // what runs is not committed
    place.call_anew();
    place.forget_commands();
    place.pool->stop(own);
    CHECK(place.commands() ==
          Words{"zfs snapshot Q/app1/private@C", "zfs inherit org.qubes:dirty Q/app1/private",
                "zfs rename Q/app1/private@C Q/app1/private@qubes:before-start:T"});
    CHECK(start_of(place.pool->revisions(own)) == "qubes:before-start ");
    CHECK(place.committed(own) == "first");
    place.pool->stop(own);
    place.call_anew();
    place.forget_commands();

    CHECK(place.pool->start(own)); // the mark is there already
    CHECK(place.commands() == Words{"zfs set org.qubes:dirty=on Q/app1/private"});
    place.pool->abort(own);
    CHECK(place.commands() == Words{"zfs inherit org.qubes:dirty Q/app1/private"});
    place.pool->abort(own);
    CHECK(place.commands().empty());

    place.pool->remove(own);
    CHECK(place.commands() == Words{"zfs destroy -r Q/app1/private",
                                    "zfs destroy Q/app1/.exported/private",
                                    "zfs destroy Q/app1/.exported", "zfs destroy Q/app1"});
    CHECK(place.datasets().empty());
    place.pool->remove(own);
    CHECK(place.commands().empty());
}

TEST_CASE("zfs: between two changes a qube is listed once", "[storage]")
{
    const Place place;
    const auto own = private_of("app1");
    place.pool->create(own);
    place.forget_commands();
    for (int i = 0; i < 3; ++i) {
        CHECK(place.pool->facts(own).size == size);
        CHECK_FALSE(place.pool->is_started(own));
        CHECK(place.pool->revisions(own).empty());
        CHECK(place.pool->facts(volatile_of_app1()).size == size);
    }
    CHECK(place.listings() == 1);
}

TEST_CASE("zfs: how many revisions a commit leaves", "[storage]")
{
    Place place;
    const int keep = GENERATE(0, 1, 3);
    const auto own = private_of("app1", keep);
    place.pool->create(own);
    for (const char* text : {"one", "two", "three", "four", "five"})
        place.run(own, text);
    CHECK(place.pool->revisions(own).size() == static_cast<std::size_t>(keep));
    const auto before = place.pool->revisions(own);
    CHECK(place.pool->start(own)); // nothing written
    place.pool->stop(own);
    CHECK(place.pool->revisions(own) == before);
    CHECK(place.committed(own) == "five");
}

TEST_CASE("zfs: a run that was cut off goes on with what it wrote", "[storage]")
{
    Place place;
    const auto own = private_of("app1");
    place.pool->create(own);
    CHECK(place.pool->start(own));
    place.write(own, "kept");
    place.call_anew();
    CHECK(place.pool->is_started(own));
    CHECK_FALSE(place.pool->start(own));
    CHECK(place.content(own) == "kept");
    place.pool->stop(own);
    CHECK(place.committed(own) == "kept");
}

TEST_CASE("zfs: with snapshots disabled nothing but the head is kept", "[storage]")
{
    const Place place;
    auto own = private_of("app1", 2);
    place.pool->create(own);
    place.run(own, "one");
    place.run(own, "two");
    CHECK(place.pool->revisions(own).size() == 2);
    own.revisions_to_keep = -1;
    CHECK(place.pool->start(own));
    CHECK(place.pool->revisions(own).empty());
    place.write(own, "three");
    CHECK(failure_of([&] { static_cast<void>(place.pool->open_committed(own)); }) ==
          Failure::failed);
    place.pool->stop(own);
    CHECK(place.committed(own) == "three");
    CHECK(place.pool->revisions(own).empty());
}

TEST_CASE("zfs: a snapshot begins with the committed state of its source, each time", "[storage]")
{
    const Place place;
    const auto source = root_of_t1();
    const auto root = root_of_app1();
    CHECK(failure_of([&] { place.pool->verify(root); }) == Failure::failed);
    place.pool->create(source);
    place.pool->create(root);
    place.run(source, "v1");
    place.pool->verify(root);
    place.forget_commands();

    CHECK(place.pool->start(root));
    CHECK(place.commands() == Words{"zfs clone -p -o com.sun:auto-snapshot=false -o "
                                    "org.qubes:dirty=on Q/t1/root@C Q/app1/root"});
    CHECK(place.content(root) == "v1");
    place.write(root, "mine");
    CHECK(place.pool->facts(root).outdated == false);

    CHECK(place.pool->start(source));
    place.write(source, "v2");
    CHECK(place.pool->facts(root).outdated == false);
    const auto other = [&] {
        auto volume = root_of_app1();
        volume.vid = "tank/q/app2/root";
        return volume;
    }();
    CHECK(place.pool->start(other)); // while its source runs: the committed state
    CHECK(place.content(other) == "v1");
    place.pool->stop(source);
    CHECK(place.pool->facts(root).outdated == true);

    CHECK(place.pool->start(root)); // never continued
    CHECK(place.content(root) == "v2");
    CHECK(place.pool->facts(root).outdated == false);
    place.pool->stop(root);
    place.pool->stop(other);
    CHECK(place.pool->facts(root).outdated == false);
    CHECK(place.datasets() == Words{"app1", "app2", "t1", "t1/root"});
    CHECK(place.pool->facts(root).size == size);

    auto unsaved = root_of_t1(-1);
    CHECK(place.pool->start(unsaved));
    CHECK(failure_of([&] { place.pool->start(root); }) == Failure::failed);
}

TEST_CASE("zfs: what examines a stopped qube may have its snapshot kept till the next start",
          "[storage]")
{
    const Place place{{{"snap_on_start_forensics", "True"}}};
    place.pool->create(root_of_t1());
    CHECK(place.pool->start(root_of_app1()));
    place.write(root_of_app1(), "traces");
    place.pool->stop(root_of_app1());
    CHECK_FALSE(place.pool->is_started(root_of_app1()));
    CHECK(place.content(root_of_app1()) == "traces");
    CHECK(place.pool->start(root_of_app1()));
    CHECK(place.content(root_of_app1()).empty());
}

TEST_CASE("zfs: a scratch volume is empty at each start", "[storage]")
{
    const Place place;
    auto scratch = volatile_of_app1();
    scratch.size = size + 1; // the next whole block
    place.pool->create(scratch);
    CHECK(place.commands().empty());
    CHECK(place.pool->facts(scratch).size == size + 1);
    for (int i = 0; i < 2; ++i) {
        place.forget_commands();
        CHECK(place.pool->start(scratch));
        CHECK(place.commands().back() == "zfs create -p -s -V 65537 -o com.sun:auto-snapshot=false "
                                         "-o org.qubes:dirty=on Q/app1/volatile");
        CHECK(place.content(scratch).empty());
        CHECK(place.pool->facts(scratch).size == size + 16'384);
        place.write(scratch, "secret");
    }
    place.pool->abort(scratch);
    CHECK(place.datasets() == Words{"app1"});
}

TEST_CASE("zfs: a volume that is never touched is not", "[storage]")
{
    const Place place;
    auto fixed = private_of("app1");
    place.pool->create(fixed);
    place.run(fixed, "data");
    fixed.rw = fixed.save_on_stop = false;
    CHECK_FALSE(place.pool->start(fixed));
    place.pool->stop(fixed);
    place.pool->abort(fixed);
    CHECK(place.content(fixed) == "data");
}

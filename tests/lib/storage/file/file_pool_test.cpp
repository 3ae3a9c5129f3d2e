// SPDX-License-Identifier: GPL-2.0-or-later
//
// Pools of the legacy driver, as another program left them: read, tidied, emptied, never begun.

#include "../directory/images.hpp"
#include "base/fd.hpp"
#include "storage/volume_state.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/file_systems.hpp"

#include <fcntl.h>
#include <functional>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using Names = std::set<std::string>;
using Ids = std::vector<std::string>;
using namespace std::string_literals;

constexpr std::size_t tables = 262'144;

struct Place {
    Place() : Place{*new_pool_on("plain")} {}
    explicit Place(const std::string& dir_path)
        : directory{on_disk(dir_path)}, pool{open_pool({"old", "file", {{"dir_path", dir_path}}})}
    {
        for (const char* each : {"/appvms", "/appvms/app1", "/vm-templates", "/vm-templates/t1"})
            REQUIRE(::mkdir((directory + each).c_str(), 0775) == 0);
        sparse("vm-templates/t1/root.img", 4 << 20);
        sparse("appvms/app1/private.img", 2 << 20);
        write_image(directory + "/appvms/app1/private.img", "letters");
    }

    void sparse(const std::string& name, off_t size) const
    {
        put_file(directory + "/" + name, "");
        REQUIRE(::truncate((directory + "/" + name).c_str(), size) == 0);
    }
    // As dm-snapshot leaves it before anything is copied.
    void cow(const std::string& name, off_t size = 2 << 20) const
    {
        put_file(directory + "/" + name,
                 "SnAp\1\0\0\0\1\0\0\0\0\1\0\0"s + std::string(tables - 16, '\0'));
        REQUIRE(::truncate((directory + "/" + name).c_str(), size) == 0);
    }
    [[nodiscard]] Names app1() const { return names_in(directory + "/appvms/app1"); }

    std::string directory;
    std::unique_ptr<Pool> pool;
};

Volume of_old(Volume volume)
{
    volume.pool = "old";
    return volume;
}

const Volume own = of_old(private_of_app1());
const Volume root = of_old(root_of_app1());
const Volume scratch = of_old(volatile_of_app1());

} // namespace

TEST_CASE("file: keeps one revision at most", "[storage]")
{
    static_cast<void>(scratch_root()); // in force before the first path is asked for
    const auto open = [](const char* keep) {
        return failure_of([&] {
            static_cast<void>(
                open_pool({"old", "file", {{"dir_path", "/p"}, {"revisions_to_keep", keep}}}));
        });
    };
    CHECK_FALSE(open("-1"));
    CHECK_FALSE(open("1"));
    CHECK(open("2") == Failure::failed);
    CHECK(failure_of([] { static_cast<void>(open_pool({"old", "file", {}})); }) == Failure::failed);
}

TEST_CASE("file: says what its volumes are", "[storage]")
{
    const Place place;
    CHECK(place.pool->new_vid("appvms", "app1", "private") == own.vid);
    CHECK(place.pool->list() == Ids{"appvms/app1/private", "vm-templates/t1/root"});
    CHECK(place.pool->facts(own).size == 2 << 20);
    CHECK(place.pool->facts(own).usage == allocated(place.directory + "/appvms/app1/private.img"));
    CHECK(place.pool->facts(own).outdated == false);
    CHECK(place.pool->path(own) == place.directory + "/appvms/app1/private.img");
    CHECK(place.pool->facts(root).size == 4 << 20);
    CHECK(place.pool->facts(root).usage == 0);
    CHECK(place.pool->facts(root).outdated == false);
    CHECK(place.pool->facts(scratch).size == scratch.size);
    CHECK(place.pool->usage());
    CHECK(place.pool->revisions(own).empty());
    place.cow("appvms/app1/private-cow.img.old");
    CHECK(place.pool->revisions(own) == Ids{"old"});
    place.cow("appvms/app1/root-cow.img");
    CHECK_FALSE(place.pool->facts(root).outdated);
    CHECK(place.pool->list() == Ids{"appvms/app1/private", "vm-templates/t1/root"});
}

TEST_CASE("file: a volume is started while its copies hold anything", "[storage]")
{
    const Place place;
    const std::string cow = "appvms/app1/private-cow.img";
    CHECK_FALSE(place.pool->is_started(own));
    SECTION("a new file has a hole only")
    {
        place.sparse(cow, 2 << 20);
        CHECK_FALSE(place.pool->is_started(own));
    }
    SECTION("an empty one has a header")
    {
        place.cow(cow);
        CHECK_FALSE(place.pool->is_started(own));
    }
    SECTION("one that ends with its tables")
    {
        place.cow(cow, tables);
        CHECK_FALSE(place.pool->is_started(own));
    }
    SECTION("an entry in the table of what was copied")
    {
        place.cow(cow);
        write_image(place.directory + "/" + cow, "\1", 131'072 + 8);
        CHECK(place.pool->is_started(own));
    }
    SECTION("a block that was copied")
    {
        place.cow(cow);
        write_image(place.directory + "/" + cow, "former", tables + 131'072);
        CHECK(place.pool->is_started(own));
    }
    SECTION("what is not understood")
    {
        place.sparse(cow, 2 << 20);
        write_image(place.directory + "/" + cow, "SnAq");
        CHECK(place.pool->is_started(own));
    }
    CHECK_FALSE(place.pool->is_started(root));
    place.cow("appvms/app1/root-cow.img");
    CHECK(place.pool->is_started(root));
    CHECK_FALSE(place.pool->is_started(scratch));
    place.sparse("appvms/app1/volatile.img", 1 << 20);
    CHECK(place.pool->is_started(scratch));
}

TEST_CASE("file: the committed state is read of volumes at rest", "[storage]")
{
    const Place place;
    const auto failure = [&] {
        return failure_of([&] { static_cast<void>(place.pool->open_committed(own)); });
    };
    place.cow("appvms/app1/private-cow.img");
    CHECK(read_at(place.pool->open_committed(own).get(), 0, 7) == "letters");

    mark_volume_running(own.pool, own.vid, "app1");
    CHECK(failure() == Failure::failed);
    clear_volume_running(own.pool, own.vid);
    CHECK_FALSE(failure());

    write_image(place.directory + "/appvms/app1/private-cow.img", "former", tables);
    CHECK(failure() == Failure::failed);
    place.pool->stop(own); // the image has the newest state already
    CHECK(place.app1() == Names{"private.img", "private-cow.img.old"});
    CHECK(read_at(place.pool->open_committed(own).get(), 0, 7) == "letters");
    place.pool->stop(own);
    CHECK(place.pool->revisions(own) == Ids{"old"});
}

TEST_CASE("file: what a run leaves goes when it is over", "[storage]")
{
    const Place place;
    place.cow("appvms/app1/root-cow.img");
    place.sparse("appvms/app1/volatile.img", 1 << 20);
    place.cow("appvms/app1/private-cow.img");
    write_image(place.directory + "/appvms/app1/private-cow.img", "former", tables);
    Volume unkept = own;
    unkept.revisions_to_keep = 0;
    for (const Volume& volume : {root, scratch, unkept})
        place.pool->stop(volume);
    CHECK(place.app1() == Names{"private.img"});
    CHECK(exists(place.directory + "/vm-templates/t1/root.img"));
}

TEST_CASE("file: removal takes every file of the volume", "[storage]")
{
    const Place place;
    place.cow("appvms/app1/private-cow.img");
    place.cow("appvms/app1/private-cow.img.old");
    place.sparse("appvms/app1/private-import.img", 4096);
    place.sparse("appvms/app1/private2.img", 4096);
    place.pool->remove(own);
    CHECK(place.app1() == Names{"private2.img"});
    Volume other = own;
    other.vid = "appvms/app1/private2";
    place.pool->remove(other);
    CHECK_FALSE(exists(place.directory + "/appvms/app1"));
    place.pool->remove(other);
}

TEST_CASE("file: whatever would begin or change something says how to convert", "[storage]")
{
    const Place place;
    const std::vector<std::function<void()>> verbs{
        [&] { place.pool->create(own); },
        [&] { place.pool->verify(own); },
        [&] { place.pool->start(own); },
        [&] { static_cast<void>(place.pool->block_path(own)); },
        [&] { static_cast<void>(place.pool->snapshot(own)); },
        [&] { place.pool->revert(own, "old"); },
        [&] { place.pool->resize(own, 8 << 20); },
        [&] { static_cast<void>(place.pool->begin_import(own, 4096)); },
        [&] { static_cast<void>(place.pool->set_up(false)); },
    };
    for (const auto& verb : verbs) {
        std::string text;
        try {
            verb();
        } catch (const Error& error) {
            CHECK(error.type() == failure::unsupported);
            text = error.text();
        }
        CHECK(text.find("make a pool of driver 'file-reflink' and clone the qube into it") !=
              std::string::npos);
    }
    CHECK(place.app1() == Names{"private.img"});
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// The driver lvm_thin on a real thin pool: the cases tests/xen/cases/thin-pool-* make the volume
// group "lab" with the thin pools "pool", "raw" (which does not zero new chunks) and "small"
// (64 MiB) and run the tests of one tag as root. Each test removes what it has made.

#include "base/deadline.hpp"
#include "base/device.hpp"
#include "base/error.hpp"
#include "base/spawner.hpp"
#include "confine/confine.hpp"
#include "storage/lvm/name.hpp"
#include "storage/lvm/program.hpp"
#include "storage/pool.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

std::unique_ptr<Pool> open_thin(const std::string& thin_pool = "pool")
{
    return open_pool({thin_pool, "lvm_thin", {{"volume_group", "lab"}, {"thin_pool", thin_pool}}});
}

Volume origin(const std::string& qube, std::uint64_t size = 64 * mib, int keep = 1)
{
    return {.role = "private",
            .pool = "pool",
            .vid = "lab/vm-" + qube + "-private",
            .size = size,
            .revisions_to_keep = keep,
            .rw = true,
            .save_on_stop = true};
}

Volume copy_of(const Volume& source, const std::string& qube)
{
    return {.role = "private",
            .pool = "pool",
            .vid = "lab/vm-" + qube + "-private",
            .source = source.vid,
            .rw = true,
            .snap_on_start = true};
}

void put(int fd, const std::string& bytes, std::uint64_t at = 0)
{
    REQUIRE(::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)) ==
            static_cast<ssize_t>(bytes.size()));
}

std::string get(int fd, std::size_t length, std::uint64_t at = 0)
{
    return read_at(fd, at, length);
}

// Of the running copy.
Fd running(Pool& pool, const Volume& volume)
{
    const auto path = pool.block_path(volume);
    REQUIRE(path);
    CHECK(path->block_device);
    CHECK(path->path == pool.path(volume));
    Fd device = open_block_device(path->path, DeviceAccess::write);
    REQUIRE(device);
    return device;
}

void write_running(Pool& pool, const Volume& volume, const std::string& bytes)
{
    const Fd device = running(pool, volume);
    put(device.get(), bytes);
    REQUIRE(::fsync(device.get()) == 0);
}

std::string committed(Pool& pool, const Volume& volume, std::size_t length, std::uint64_t at = 0)
{
    return get(pool.open_committed(volume).get(), length, at);
}

// The kernel counts what is used once a second.
bool eventually(const std::function<bool()>& condition)
{
    const auto deadline = Deadline::in(std::chrono::seconds{20});
    while (!condition()) {
        if (deadline.passed())
            return false;
        ::usleep(100'000);
    }
    return true;
}

std::uint64_t size_of(int fd)
{
    return static_cast<std::uint64_t>(::lseek(fd, 0, SEEK_END));
}

} // namespace

TEST_CASE("thin pool: what a run writes is committed, and the former state kept", "[life]")
{
    const auto pool = open_thin();
    const auto volume = origin("life");
    pool->create(volume);
    CHECK(committed(*pool, volume, 4) == std::string(4, '\0'));
    CHECK_FALSE(pool->is_started(volume));
    CHECK(pool->start(volume));
    CHECK(pool->is_started(volume));
    CHECK_FALSE(pool->start(volume));
    write_running(*pool, volume, "one");
    CHECK(committed(*pool, volume, 3) == std::string(3, '\0'));
    pool->stop(volume);
    CHECK(committed(*pool, volume, 3) == "one");
    CHECK(pool->revisions(volume).size() == 1);
    const auto facts = open_thin()->facts(volume);
    CHECK(facts.size == 64 * mib);
    CHECK(eventually([&] { return open_thin()->facts(volume).usage > 0; }));
    CHECK(open_thin()->facts(volume).usage <= mib);
    CHECK(facts.writable);
    const auto vids = open_thin()->list();
    CHECK(std::ranges::count(vids, volume.vid) == 1);
    CHECK(std::ranges::none_of(vids, [](const auto& vid) { return vid.ends_with("-back"); }));
    pool->remove(volume);
    CHECK(open_thin()->list().empty());
}

TEST_CASE("thin pool: a state that was kept while the volume ran is reverted to", "[life]")
{
    const auto pool = open_thin();
    const auto volume = origin("snapshot");
    pool->create(volume);
    pool->start(volume);
    write_running(*pool, volume, "two");
    const auto id = pool->snapshot(volume);
    write_running(*pool, volume, "three");
    pool->stop({.role = volume.role,
                .pool = volume.pool,
                .vid = volume.vid,
                .size = volume.size,
                .revisions_to_keep = 5,
                .rw = true,
                .save_on_stop = true});
    CHECK(committed(*pool, volume, 5) == "three");
    pool->revert(volume, id);
    CHECK(committed(*pool, volume, 5) == std::string{"two\0\0", 5});
    const auto ids = pool->revisions(volume);
    CHECK(ids.size() == 3);
    CHECK(std::ranges::count(ids, id) == 1);
    pool->revert(volume, ids.back()); // the state before the revert
    CHECK(committed(*pool, volume, 5) == "three");
    pool->remove(volume);
}

TEST_CASE("thin pool: qubes of a template see its committed state, and whether it has changed",
          "[life]")
{
    const auto pool = open_thin();
    const auto source = origin("template");
    const auto copy = copy_of(source, "copy");
    pool->create(source);
    pool->start(source);
    write_running(*pool, source, "first");
    pool->stop(source);
    pool->start(copy);
    CHECK(get(running(*pool, copy).get(), 5) == "first");
    CHECK(open_thin()->facts(copy).outdated == false);
    pool->start(source);
    write_running(*pool, source, "later");
    pool->stop(source);
    CHECK(pool->facts(copy).outdated == true);
    CHECK(open_thin()->facts(copy).outdated == true);
    CHECK(get(running(*pool, copy).get(), 5) == "first");
    pool->start(copy);
    CHECK(get(running(*pool, copy).get(), 5) == "later");
    CHECK(open_thin()->facts(copy).outdated == false);
    pool->stop(copy);
    pool->remove(source);
    CHECK(open_thin()->list().empty());
}

TEST_CASE("thin pool: starts from a template succeed while it is committed", "[life]")
{
    const auto source = origin("template");
    open_thin()->create(source);
    std::array<pid_t, 2> children{};
    for (std::size_t i = 0; i < children.size(); ++i) {
        children[i] = ::fork();
        if (children[i] != 0)
            continue;
        try {
            const auto pool = open_thin();
            const auto copy = copy_of(source, "copy" + std::to_string(i));
            for (int round = 0; round < 2; ++round) {
                pool->start(copy);
                pool->stop(copy);
            }
        } catch (const Error& error) {
            std::puts((error.text() + ": " + error.detail()).c_str());
            std::fflush(stdout);
            ::_exit(1);
        }
        ::_exit(0);
    }
    const auto pool = open_thin();
    for (int round = 0; round < 2; ++round) {
        pool->start(source);
        pool->stop(source);
    }
    for (const pid_t child : children) {
        int status = -1;
        CHECK(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    pool->remove(source);
    CHECK(open_thin()->list().empty());
}

TEST_CASE("thin pool: new content comes in beside the old, and nothing of others with it",
          "[import]")
{
    const std::string name = GENERATE("pool", "raw");
    INFO(name);
    const auto pool = open_thin(name);
    // every chunk of "raw" holds something of others then
    const std::uint64_t filled = (name == "raw" ? 64 : 4) * mib;
    const auto before = origin("before", filled);
    pool->create(before);
    {
        const auto import = pool->begin_import(before, filled);
        const std::string garbage(mib, 'x');
        for (std::uint64_t at = 0; at < filled; at += mib)
            put(import->fd(), garbage, at);
        import->commit();
    }
    pool->remove(before);

    const auto volume = origin("import", 16 * mib);
    pool->create(volume);
    {
        const auto import = pool->begin_import(volume, 9 * mib + 512);
        const std::size_t granule = import->granule();
        CHECK(granule == (name == "raw" ? 65536 : 4096));
        std::string unit(granule, '\0');
        unit.replace(0, 3, "new");
        put(import->fd(), unit, 5 * mib);
        put(import->fd(), std::string(512, 'e'), 9 * mib);
        CHECK(committed(*pool, volume, 3, 5 * mib) == std::string(3, '\0'));
        import->commit();
    }
    Fd state = pool->open_committed(volume);
    CHECK(size_of(state.get()) == 12 * mib); // whole extents
    std::string wanted(12 * mib, '\0');
    wanted.replace(5 * mib, 3, "new");
    wanted.replace(9 * mib, 512, std::string(512, 'e'));
    CHECK((get(state.get(), 12 * mib) == wanted));
    state.reset(); // an open one is not removed
    CHECK(pool->revisions(volume).size() == 1);
    CHECK(pool->facts(volume).size == 12 * mib);
    pool->remove(volume);
}

TEST_CASE("thin pool: an import that is given up leaves nothing, one may change its size",
          "[import]")
{
    const auto pool = open_thin();
    const auto volume = origin("import", 16 * mib);
    pool->create(volume);
    put(pool->begin_import(volume, 32 * mib)->fd(), "given up");
    CHECK(open_thin()->list().size() == 1);
    CHECK(failure_of([] { lvm::run("cannot", {"lvs", "lab/vm-import-private-import"}); }));
    const auto [first, last] = GENERATE(std::pair{24, 8}, std::pair{8, 24});
    {
        const auto import = pool->begin_import(volume, first * mib);
        put(import->fd(), "begin");
        import->resize(last * mib);
        CHECK(size_of(import->fd()) == last * mib);
        put(import->fd(), "end", last * mib - 3);
        import->commit();
    }
    CHECK(pool->facts(volume).size == last * mib);
    CHECK(committed(*pool, volume, 5) == "begin");
    CHECK(committed(*pool, volume, 3, last * mib - 3) == "end");
    CHECK(open_thin()->facts(volume).size == last * mib);
    pool->remove(volume);
}

TEST_CASE("thin pool: a volume grows, running or not, and keeps its size", "[more]")
{
    const auto pool = open_thin();
    const auto volume = origin("size", 16 * mib);
    pool->create(volume);
    CHECK(pool->resize(volume, 16 * mib) == 16 * mib);
    CHECK(pool->resize(volume, 17 * mib) == 20 * mib);
    CHECK(size_of(pool->open_committed(volume).get()) == 20 * mib);
    pool->start(volume);
    CHECK(pool->resize(volume, 32 * mib) == 32 * mib);
    CHECK(size_of(running(*pool, volume).get()) == 32 * mib);
    CHECK(size_of(pool->open_committed(volume).get()) == 32 * mib);
    pool->stop(volume);
    CHECK(open_thin()->facts(volume).size == 32 * mib);
    pool->remove(volume);
}

TEST_CASE("thin pool: a volume takes the content of another without a copy", "[more]")
{
    const auto pool = open_thin();
    const auto from = origin("from", 32 * mib);
    const auto to = origin("to", 8 * mib);
    pool->create(from);
    pool->create(to);
    pool->start(from);
    write_running(*pool, from, "shared");
    pool->stop(from);
    CHECK(pool->share_committed(to, from));
    CHECK(committed(*pool, to, 6) == "shared");
    CHECK(open_thin()->facts(to).size == 32 * mib);
    pool->remove(from);
    CHECK(committed(*pool, to, 6) == "shared");
    pool->remove(to);
}

TEST_CASE("thin pool: what is open outlives the commit, and is removed by a later one", "[more]")
{
    const auto pool = open_thin();
    const auto volume = origin("open", 8 * mib, 0);
    const auto cycle = [&](const std::string& text) {
        pool->start(volume);
        write_running(*pool, volume, text);
        pool->stop(volume);
    };
    pool->create(volume);
    cycle("old");
    {
        const Fd reader = pool->open_committed(volume);
        cycle("new");
        CHECK(pool->take_warnings().size() == 1);
        CHECK(get(reader.get(), 3) == "old");
        CHECK(pool->revisions(volume).size() == 1);
    }
    cycle("newest");
    CHECK(pool->take_warnings().empty());
    CHECK(pool->revisions(volume).empty());
    CHECK(committed(*pool, volume, 6) == "newest");
    pool->remove(volume);
}

TEST_CASE("thin pool: volumes with snapshots disabled and volatile ones", "[more]")
{
    const auto pool = open_thin();
    const auto volume = origin("direct", 8 * mib, -1);
    pool->create(volume);
    lvm::run("cannot", {"lvchange", "--activate=n", "lab/vm-direct-private"});
    const auto again = open_thin(); // nothing tells another process's commands but lvs
    CHECK(again->start(volume));
    write_running(*again, volume, "direct");
    again->stop(volume);
    CHECK(committed(*again, volume, 6) == "direct");
    again->remove(volume);

    const Volume scratch{.role = "volatile",
                         .pool = "pool",
                         .vid = "lab/vm-direct-volatile",
                         .size = 8 * mib,
                         .rw = true};
    for (int round = 0; round < 2; ++round) {
        CHECK(again->start(scratch));
        CHECK(get(running(*again, scratch).get(), 6) == std::string(6, '\0'));
        write_running(*again, scratch, "secret");
        again->stop(scratch);
        CHECK(open_thin()->list().empty());
    }
}

TEST_CASE("thin pool: a confined process works through its helper", "[more]")
{
    const pid_t child = ::fork();
    if (child == 0) {
        int code = 1;
        try {
            const auto volume = origin("confined", 8 * mib);
            spawner::prepare({.programs = {lvm::program()},
                              .variables = {},
                              .errand = {},
                              .devices = {lvm::device_path_start("lab")}});
            Rights rights;
            rights.may_write("/run/qubes-mgmt");
            rights.may_write("/run/qubes");
            confine(rights);
            const auto pool = open_thin();
            pool->create(volume);
            {
                const auto import = pool->begin_import(volume, 8 * mib);
                const std::string text = "confined";
                if (::pwrite(import->fd(), text.data(), text.size(), 0) != 8)
                    throw Error{failure::internal, "pwrite"};
                import->commit();
            }
            pool->start(volume);
            pool->stop(volume);
            const bool good = get(pool->open_committed(volume).get(), 8) == "confined" &&
                              pool->facts(volume).size == 8 * mib;
            pool->remove(volume);
            code = good && pool->list().empty() ? 0 : 2;
        } catch (const Error& error) {
            std::puts((error.text() + ": " + error.detail()).c_str());
            std::fflush(stdout);
        }
        ::_exit(code);
    }
    int status = -1;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("thin pool: the room of a removed volume is free again, a full pool lets nothing grow",
          "[full]")
{
    const auto small = open_thin("small");
    const auto volume = origin("full", 64 * mib);
    const auto other = origin("other", 8 * mib);
    small->create(volume);
    small->create(other);
    small->check_room();
    {
        const auto import = small->begin_import(volume, 64 * mib);
        const std::string data(mib, 'x');
        for (std::uint64_t at = 0; at < 63 * mib; at += mib)
            put(import->fd(), data, at);
        REQUIRE(::fsync(import->fd()) == 0);
        const auto full = [](const std::function<void()>& verb) {
            return failure_of(verb) == Failure::resources;
        };
        CHECK(eventually([&] { return full([&] { small->check_room(); }); }));
        CHECK(full([&] { static_cast<void>(open_thin("small")->start(other)); }));
        const auto usage = open_thin("small")->usage();
        REQUIRE(usage);
        CHECK(usage->size == 64 * mib);
        CHECK(usage->usage >= 63 * mib);
        CHECK(usage->metadata_size.value_or(0) > 0);
        CHECK(usage->metadata_usage.value_or(0) > 0);
    }
    CHECK(eventually([&] { return !failure_of([&] { small->check_room(); }); }));
    small->remove(volume);
    small->remove(other);
    CHECK(eventually([&] { return open_thin("small")->usage().value().usage == 0; }));
    CHECK(failure_of([] { static_cast<void>(open_thin("none")->set_up(true)); }));
    CHECK(open_thin("raw")->set_up(true).empty());
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/pool_place.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/file_systems.hpp"

#include <filesystem>
#include <fstream>
#include <sys/sysmacros.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

// What sysfs shows of a device: its name, and links to what it stands on.
void show(const fs::path& sysfs, const std::string& device, const std::string& name,
          const std::vector<std::string>& slaves)
{
    const fs::path real = sysfs / "devices/virtual/block" / device;
    fs::create_directories(real / "dm");
    fs::create_directories(real / "slaves");
    std::ofstream{real / "dm/name"} << name << '\n';
    for (const std::string& slave : slaves)
        fs::create_symlink("../../" + slave, real / "slaves" / slave);
}

} // namespace

TEST_CASE("pool place: the names that device mapper gives to thin pools", "[storage]")
{
    CHECK(thin_pool_device("qubes_dom0", "vm-pool") == "qubes_dom0-vm--pool-tpool");
    CHECK(thin_pool_device("a-b", "c") == "a--b-c-tpool");
}

TEST_CASE("pool place: the thin pool below a device is found, also below an encrypted one",
          "[storage]")
{
    const auto place = new_pool_on("plain");
    REQUIRE(place);
    const fs::path sysfs = on_disk(*place);
    show(sysfs, "dm-1", "vg-pool00_tdata", {});
    show(sysfs, "dm-2", "vg-pool00-tpool", {"dm-1"});
    show(sysfs, "dm-3", "vg-root", {"dm-2"});
    show(sysfs, "dm-4", "luks-1", {"dm-3"});
    show(sysfs, "dm-5", "vg-plain", {});
    show(sysfs, "dm-6", "around", {"dm-6"});
    fs::create_directories(sysfs / "dev/block");
    for (int i = 3; i <= 6; ++i)
        fs::create_symlink("../../devices/virtual/block/dm-" + std::to_string(i),
                           sysfs / "dev/block" / ("253:" + std::to_string(i)));
    const auto below = [&](unsigned number) {
        return thin_pools_below(sysfs.string(), makedev(253, number));
    };
    CHECK(below(3) == std::vector<std::string>{"vg-pool00-tpool"});
    CHECK(below(4) == std::vector<std::string>{"vg-pool00-tpool"});
    CHECK(below(5).empty());
    CHECK(below(6).empty()); // no end of it, but of us
    CHECK(below(7).empty());
}

TEST_CASE("pool place: below the roots, once links are followed", "[storage]")
{
    const auto place = new_pool_on("plain");
    REQUIRE(place);
    const fs::path top = on_disk(*place);
    fs::create_directories(top / "root/a");
    fs::create_directories(top / "rootless");
    fs::create_directory_symlink(top / "rootless", top / "root/out");
    fs::create_directory_symlink(top / "root/a", top / "root/in");
    fs::create_directory_symlink(top / "root", top / "other");
    const std::vector<std::string> roots{*place + "/nosuch", *place + "/root"};
    const auto below = [&](const std::string& path) {
        return is_below_roots(*place + path, roots);
    };
    CHECK(below("/root/a"));
    CHECK(below("/root/new"));
    CHECK(below("/root/in/new"));
    CHECK_FALSE(below("/root"));
    CHECK_FALSE(below("/rootless/a"));
    CHECK_FALSE(below("/root/out"));
    CHECK_FALSE(below("/root/out/new"));
    CHECK_FALSE(below("/root/no/new"));
    CHECK_FALSE(below("/nosuch/a"));
    CHECK_FALSE(below("/other/a")); // named from outside
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/driver_table.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

std::string checked(std::string_view driver, std::string_view option, std::string_view value)
{
    const Driver& row = *find_driver(driver);
    return checked_value(row, *row.option(option), value);
}

bool refused(std::string_view driver, std::string_view option, std::string_view value)
{
    INFO(value);
    return failure_of([&] { static_cast<void>(checked(driver, option, value)); }) ==
           Failure::bad_value;
}

} // namespace

TEST_CASE("driver table: values come out as a store has them", "[storage]")
{
    CHECK(checked("file-reflink", "dir_path", "/mnt/p2") == "/mnt/p2");
    CHECK(checked("linux-kernel", "dir_path", "/mnt/p2/") == "/mnt/p2");
    CHECK(checked("file", "revisions_to_keep", "1") == "1");
    CHECK(checked("zfs", "revisions_to_keep", "-1") == "-1");
    CHECK(checked("lvm_thin", "ephemeral_volatile", "YES") == "True");
    CHECK(checked("zfs", "snap_on_start_forensics", "0") == "False");
    CHECK(checked("lvm_thin", "volume_group", "qubes_dom0") == "qubes_dom0");
    CHECK(checked("lvm_thin", "thin_pool", "vm-pool") == "vm-pool");
    CHECK(checked("zfs", "container", "tank/qubes.1") == "tank/qubes.1");
}

TEST_CASE("driver table: values that no driver takes", "[storage]")
{
    for (const char* path : {"", "p", "/", "//", "/a//", "/a//b", "/a/../b", "/a/..", "/./a",
                             "/a b", "/a\n", "/\xc3\xb6"})
        CHECK(refused("file-reflink", "dir_path", path));
    CHECK(refused("file-reflink", "dir_path", "/" + std::string(512, 'a')));
    CHECK(checked("file-reflink", "dir_path", "/" + std::string(511, 'a')).size() == 512);
    for (const char* number : {"", "-2", "-", "01", "x", "1 ", "100001", "99999999999999999999"})
        CHECK(refused("file-reflink", "revisions_to_keep", number));
    CHECK(refused("file", "revisions_to_keep", "2"));
    for (const char* name : {"", ".", "..", "-vg", "a/b", "a b", "a;b"})
        CHECK(refused("lvm_thin", "volume_group", name));
    CHECK(refused("lvm_thin", "thin_pool", std::string(127, 'a')));
    for (const char* name : {"", "/tank", "tank/", "a//b", "a/../b", "-a", "a/-b", "a b", "a@b"})
        CHECK(refused("zfs", "container", name));
    CHECK(refused("zfs", "ephemeral_volatile", "maybe"));
}

TEST_CASE("driver table: a new pool has all options, a store what lasts, in upstream's order",
          "[storage]")
{
    const Driver& lvm = *find_driver("lvm_thin");
    const PoolConfig pool = new_pool(
        lvm, "p", {{"thin_pool", "tp"}, {"volume_group", "vg"}, {"revisions_to_keep", "2"}});
    CHECK(pool.options == std::map<std::string, std::string>{{"ephemeral_volatile", "False"},
                                                             {"revisions_to_keep", "2"},
                                                             {"thin_pool", "tp"},
                                                             {"volume_group", "vg"}});
    const auto names = [&](Dialect dialect) {
        std::string text;
        for (const Attribute& attribute : pool_attributes(lvm, pool, dialect))
            text += attribute.name + " ";
        return text;
    };
    CHECK(names(Dialect::current) == "name volume_group thin_pool driver revisions_to_keep "
                                     "ephemeral_volatile ");
    CHECK(names(Dialect::r40) == "name volume_group thin_pool driver revisions_to_keep ");
    const Driver& reflink = *find_driver("file-reflink");
    for (const Attribute& attribute :
         pool_attributes(reflink, new_pool(reflink, "p", {{"dir_path", "/p"}}), Dialect::current))
        CHECK(attribute.name != "setup_check");
    CHECK(find_driver("callback") == nullptr);
    CHECK(failure_of([&] {
              static_cast<void>(new_pool(lvm, "p", {{"volume_group", "vg"}}));
          }) == Failure::protocol);
    CHECK(failure_of([&] {
              static_cast<void>(new_pool(lvm, "p", {{"dir_path", "/p"}}));
          }) == Failure::protocol);
}

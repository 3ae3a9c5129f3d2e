// SPDX-License-Identifier: GPL-2.0-or-later
//
// Real loop devices, made and let go by losetup; skipped where there are none.

#include "place.hpp"
#include "storage/directory/loop_device.hpp"
#include "support/loop_device.hpp"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("storage.md 71: the loop device of a running image, and no other, follows its size",
          "[storage]")
{
    const auto dir_path = new_pool_on("ext4");
    if (!dir_path)
        return;
    const auto pool = reflink_pool(*dir_path);
    const auto volume = private_of_app1(-1);
    pool->create(volume);
    pool->create(root_of_t1());
    pool->start(volume);
    const Loop own{pool->path(volume)};
    const Loop other{on_disk(*dir_path) + "/vm-templates/t1/root.img"};
    if (own.path().empty() || other.path().empty()) {
        WARN("skipped: no loop devices here");
        return;
    }
    auto below = loop_devices_below(on_disk(*dir_path));
    std::ranges::sort(below);
    std::vector<std::string> wanted{own.path(), other.path()};
    std::ranges::sort(wanted);
    CHECK(below == wanted);
    CHECK(loop_devices_below(on_disk(*dir_path) + "/appvms") ==
          std::vector<std::string>{own.path()});
    CHECK(loop_devices_below("/nowhere").empty());

    CHECK(own.size() == static_cast<off_t>(2 * gib));
    CHECK(pool->resize(volume, 3 * gib) == 3 * gib);
    CHECK(own.size() == static_cast<off_t>(3 * gib));
    CHECK(other.size() == static_cast<off_t>(10 * gib));
}

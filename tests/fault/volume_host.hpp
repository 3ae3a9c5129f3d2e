// SPDX-License-Identifier: GPL-2.0-or-later
//
// A simulated host whose volumes have content that can be told apart, and all of it at a glance:
// what a verb that was cut off may have changed, and what must never be seen of it.
#pragma once

#include "calls/simulated.hpp"

#include <map>
#include <string>
#include <vector>

namespace qmgmt::test {

// 2048 sectors and more: data, zeros and data again.
[[nodiscard]] std::string volume_content(char letter, std::size_t size);

// What is on the disks of a host, holes and zeros being the same.
struct Disks {
    std::map<std::string, std::string> images;    // committed and running ones
    std::map<std::string, std::string> revisions; // by the name without the time
    std::string store;                            // uuids of new qubes masked
};

// Each image is as in the one or as in the other; no older state is lost that `done` still has, and
// one that came is the state of some image.
void check_between(const Disks& now, const Disks& before, const Disks& done);

// The private volume of `work` has 2560 sectors and one revision, "1", with 2048. A pool `spare`
// has nothing in it.
class VolumeHost : public simulated::Host {
public:
    static constexpr std::size_t old_size = std::size_t{1} << 20;
    static constexpr std::size_t size = old_size + (old_size >> 2);
    static constexpr std::string_view private_image = "/var/lib/qm-lvm/appvms/work/private.img";

    explicit VolumeHost(const std::string& parent = simulated::quick_place());

    // Starts `work`, which writes to its disk.
    void run_work() const;

    [[nodiscard]] Disks disks() const;
    // Nothing is left of unfinished work, and qubes-mgmt-check agrees.
    void check_clear() const;
    // The next change of the private volume of `work` works, and afterwards all is well with it.
    void check_volume_works() const;

    [[nodiscard]] Command tool(std::string_view name) const;

private:
    std::string first_store_;
};

} // namespace qmgmt::test

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Volumes that real virtual machines have besides their own. The numbers are those of
// firewall-devices.md 4.5; its pool `lvm` is one of images here.

#include "calls/machine.hpp"
#include "support/catch.hpp"
#include "support/store_view.hpp"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;


const std::string data = "lvm:appvms/loose/data";
constexpr const char* data_image = "/var/lib/qm-lvm/appvms/loose/data.img";
constexpr std::size_t data_size = std::size_t{1} << 20;

// Beside `work`, a second qube without network that runs, and a volume that belongs to nobody.
struct Host : Machine {
    explicit Host(const std::string& guest = guest_that_lets_go())
        : Machine{store_without_network(), guest}
    {
        root.write(data_image, std::string(data_size, 'd'));
        give_to_user(data_image);
    }

    // What a call of the session's user is to write to.
    void give_to_user(const std::string& image) const
    {
        const std::string of = root.below("/var/lib/qm-lvm/appvms/work/private.img");
        struct stat facts {};
        REQUIRE(::stat(of.c_str(), &facts) == 0);
        for (std::string path = root.below(image); path != root.below("/var/lib/qm-lvm/appvms");
             path.erase(path.rfind('/')))
            REQUIRE(::chown(path.c_str(), facts.st_uid, facts.st_gid) == 0);
    }

    [[nodiscard]] std::string disk(std::string_view target) const
    {
        const std::string xml = session.live_xml(work_uuid);
        const auto at = xml.find("<target dev='" + std::string{target} + "'");
        if (at == std::string::npos)
            return {};
        const auto begin = xml.rfind("<disk ", at);
        return xml.substr(begin, xml.find("</disk>", at) - begin);
    }

    [[nodiscard]] bool has_records() const
    {
        const std::string path = root.below("/run/qubes-mgmt/attached");
        return fs::exists(path) && !fs::is_empty(path);
    }
};

Ask attach(const std::string& volume, const std::string& options = "",
           const std::string& qube = "work", const std::string& caller = "dom0")
{
    return {qube, "vm.volume.Attach", volume, options, caller};
}

Ask detach(const std::string& volume, const std::string& qube = "work")
{
    return {qube, "vm.volume.Detach", volume};
}

} // namespace

TEST_CASE("firewall-devices.md A01 A02: a free volume is attached to a running qube")
{
    const Host host;
    host.gives({"work", "vm.Start"});
    host.await_guest("work");
    const std::string store = host.root.store();
    host.gives(attach(data));
    const std::string disk = host.disk("vdi");
    CHECK(disk.find("<readonly/>") != std::string::npos);
    CHECK(disk.find("data.img.attached-") != std::string::npos);
    CHECK(host.root.store() == store);
    host.gives(attach("lvm+3Aappvms+2Floose+2Fdata"));
    host.fails(attach(data, "rw=yes"), failure::volume_in_use);
    host.gives(detach(data));
    CHECK(host.disk("vdi") == "");
    CHECK_FALSE(host.has_records());
    host.fails(detach(data), failure::volume_not_found);
    CHECK(host.root.read(data_image) == std::string(data_size, 'd'));
}

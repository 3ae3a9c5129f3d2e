// SPDX-License-Identifier: GPL-2.0-or-later
//
// Volumes that real virtual machines have besides their own. The numbers are those of
// firewall-devices.md 4.5; its pool `lvm` is one of images here.

#include "calls/machine.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"
#include "support/store_view.hpp"

#include <algorithm>
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
const std::string mgr_private = "varlibqubes:appvms/mgr/private";
constexpr const char* mgr_image = "/var/lib/qubes/appvms/mgr/private.img";
constexpr const char* mgr_dirty = "/var/lib/qubes/appvms/mgr/private-dirty.img";

std::string small_store()
{
    return with(store_without_network(), R"(<property name="kernelopts">nopat apparmor=1<)",
                R"(<property name="maxmem">0</property><property name="memory">32<)");
}

// Beside `work`, a second qube that needs nobody, `mgr`, and a volume that belongs to nobody.
struct Host : Machine {
    explicit Host(const std::string& guest = guest_that_lets_go()) : Machine{small_store(), guest}
    {
        add_volume("data");
    }

    void add_volume(const std::string& role) const
    {
        const std::string image = "/var/lib/qm-lvm/appvms/loose/" + role + ".img";
        root.write(image, std::string(data_size, 'd'));
        give_to_user(image);
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

    void starts(const std::string& qube) const
    {
        gives({qube, "vm.Start"});
        await_guest(qube);
    }

    // As a guest would.
    void put(const std::string& image, std::string_view text) const
    {
        std::fstream file{root.below(image), std::ios::in | std::ios::out | std::ios::binary};
        REQUIRE(file.write(text.data(), static_cast<std::streamsize>(text.size())));
    }

    [[nodiscard]] std::string head(const std::string& image, std::size_t size) const
    {
        std::string text(size, '\0');
        std::ifstream{root.below(image), std::ios::binary}.read(text.data(),
                                                                static_cast<std::streamsize>(size));
        return text;
    }

    // The paths that qubes have of a committed state.
    [[nodiscard]] std::vector<std::string> exports(const std::string& directory) const
    {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator{root.below(directory)})
            if (entry.path().string().find(".attached-") != std::string::npos)
                found.push_back(directory + "/" + entry.path().filename().string());
        return found;
    }

    [[nodiscard]] std::string info(const std::string& role, const std::string& key) const
    {
        const std::string text = session.run_call({"work", "vm.volume.Info", role}).out;
        const auto at = text.find("\n" + key + "=");
        return at == std::string::npos ? ""
                                       : text.substr(at + key.size() + 2,
                                                     text.find('\n', at + 1) - at - key.size() - 2);
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
    host.fails({"dom0", "pool.Remove", "lvm"}, failure::pool_in_use);
    host.gives(detach(data));
    CHECK(host.disk("vdi") == "");
    CHECK_FALSE(host.has_records());
    host.fails(detach(data), failure::volume_not_found);
    CHECK(host.root.read(data_image) == std::string(data_size, 'd'));
}

TEST_CASE("firewall-devices.md A03: many may read a volume, one may write to it")
{
    const Host host;
    host.starts("work");
    host.starts("mgr");
    host.gives(attach(data));
    host.gives(attach(data, "", "mgr"));
    CHECK(host.exports("/var/lib/qm-lvm/appvms/loose").size() == 2);
    host.gives(detach(data, "mgr"));
    host.fails(attach(data, "rw=yes", "mgr"), failure::volume_in_use);
    host.gives(detach(data));
    host.gives(attach(data, "rw=yes", "mgr"));
    host.fails(attach(data), failure::volume_in_use);
    host.put("/var/lib/qm-lvm/appvms/loose/data-dirty.img", "written");
    host.gives(detach(data, "mgr"));
    CHECK(host.head(data_image, 8) == "writtend");
    host.gives(attach(data));
    CHECK(host.exports("/var/lib/qm-lvm/appvms/loose").size() == 1);
}

TEST_CASE("firewall-devices.md A04 A08: a persistent volume comes with each run of its qube")
{
    const Host host;
    host.fails(attach(data), failure::not_running);
    host.gives(attach(data, "persistent=yes"));
    host.gives(attach(data, "persistent=yes"));
    host.fails(attach(data, "persistent=yes rw=yes"), failure::volume_in_use);
    host.gives({"work", "vm.volume.List"}, "root\nprivate\nvolatile\nkernel\nvol1\n");
    const StoreView view{host.root.store()};
    CHECK(view.volume("work", "vol1", "vid") == "appvms/loose/data");
    CHECK(view.volume("work", "vol1", "rw") == "False");
    CHECK(view.volume("work", "vol1", "save_on_stop") == "True");
    CHECK(view.volume("work", "vol1", "snap_on_start") == "False");
    CHECK(view.volume("work", "vol1", "size") == std::to_string(data_size));
    CHECK(host.info("vol1", "frontend-dev") == "");

    host.starts("work");
    CHECK(host.disk("vde").find("<readonly/>") != std::string::npos);
    CHECK(host.info("vol1", "frontend-dev") == "xvde");
    CHECK(host.info("vol1", "size") == std::to_string(data_size));
    host.gives(attach("vol1"));
    host.gives({"work", "vm.Kill"});
    host.check_tidy("work");
    CHECK_FALSE(host.has_records());
    CHECK(host.exports("/var/lib/qm-lvm/appvms/loose").empty());

    host.gives(detach("vol1"));
    host.gives({"work", "vm.volume.List"}, "root\nprivate\nvolatile\nkernel\n");
    CHECK(host.root.exists(data_image));
    host.fails(detach("vol1"), failure::volume_not_found);
}

TEST_CASE("firewall-devices.md A05 A07 A10: whose a volume is decides who may attach it")
{
    const Host host;
    host.starts("work");
    for (const char* const volume :
         {"varlibqubes+3Aappvms+2Fmgr+2Fprivate", "lvm+3Aappvms+2Floose+2Fdata",
          "lvm+3Aappvms+2Fnobody+2Fdata", "nopool+3Aappvms+2Fnobody+2Fdata"}) {
        host.fails(attach(volume, "", "work", "sys-firewall"), failure::denied);
        Ask ask = detach(volume);
        ask.caller = "sys-firewall";
        host.fails(ask, failure::denied);
    }
    host.fails(attach("lvm:appvms/nobody/data"), failure::volume_not_found);
    host.fails(attach("nopool:appvms/nobody/data"), failure::pool_not_found);
    host.fails(detach("root"), failure::bad_value);
    host.fails(detach("lvm:appvms/work/private"), failure::bad_value);
    host.fails(attach("private"), failure::bad_value);
    host.fails(attach("lvm:appvms/work/private"), failure::bad_value);
    host.fails(attach("lvm:appvms/mgr/root"), failure::bad_value);
    host.fails(attach("lvm+3aappvms+2Floose+2Fdata"), failure::protocol);
    host.fails(attach("vol1"), failure::volume_not_found);
    host.fails(attach(data, "rw"), failure::protocol);
    host.fails(attach(data, "rw=no rw=yes"), failure::protocol);
    host.fails(attach(data, "rw=perhaps"), failure::bad_value);
    host.fails(attach(data, "mode=rw"), failure::bad_value);
    host.fails(attach(data, "frontend-dev=sda"), failure::bad_value);
    host.fails(attach(data, "name=stick"), failure::bad_value);
    host.fails(attach(data, "persistent=yes name=Stick"), failure::bad_value);
    host.fails(attach(data, "persistent=yes name=private"), failure::volume_in_use);
    host.fails(attach(data, "frontend-dev=xvda"), failure::volume_in_use);
    CHECK_FALSE(host.has_records());
    CHECK(host.exports("/var/lib/qm-lvm/appvms/loose").empty());
    host.gives(attach(data, "frontend-dev=xvdq persistent=yes name=stick"));
    CHECK(host.disk("vdq") != "");
    CHECK(host.info("stick", "frontend-dev") == "xvdq");
    host.gives({"work", "vm.volume.Detach", "stick", "", "sys-firewall"}); // what the qube has
    CHECK(host.disk("vdq") == "");
    host.gives({"work", "vm.volume.List"}, "root\nprivate\nvolatile\nkernel\n");
}

TEST_CASE("firewall-devices.md A06: what a qube writes to belongs to nobody else meanwhile")
{
    const Host host;
    host.starts("work");
    host.gives(attach(mgr_private, "rw=yes"));
    const auto in_use = failure::volume_in_use;
    host.fails({"mgr", "vm.Start"}, in_use);
    host.fails({"mgr", "vm.volume.Snapshot", "private"}, in_use);
    host.fails({"mgr", "vm.volume.Extend", "private", "4294967296"}, in_use);
    host.fails({"mgr", "vm.volume.Clear", "private"}, in_use);
    host.fails({"mgr", "vm.volume.Set.revisions_to_keep", "private", "3"}, in_use);
    host.fails({"mgr", "vm.Remove"}, failure::vm_in_use);
    host.put(mgr_dirty, "by work");
    const auto booted = run(host.session.tool("qubes-mgmt-boot", {})); // leaves it alone
    INFO(booted.err);
    CHECK(booted.status == 0);
    CHECK(host.root.exists(mgr_dirty));
    CHECK(host.head(mgr_image, 5) == "image");
    host.gives({"work", "vm.Kill"});
    CHECK_FALSE(host.root.exists(mgr_dirty));
    CHECK(host.head(mgr_image, 7) == "by work");
    host.check_tidy("work");
    host.gives({"mgr", "vm.volume.ListSnapshots", "private"}, "1\n");
    host.gives({"mgr", "vm.Start"});
    host.starts("work");
    host.fails(attach(mgr_private, "rw=yes"), in_use); // it runs
}

TEST_CASE("storage.md 94: the committed state of a volume is attached, whatever its qube does")
{
    const Host host;
    host.fails(attach(mgr_private), failure::not_running);
    host.starts("work");
    host.gives(attach(mgr_private));
    CHECK(host.disk("vdi").find("<readonly/>") != std::string::npos);
    host.gives(attach(mgr_private));
    host.gives({"mgr", "vm.Start"});
    host.fails(attach(mgr_private, "rw=yes"), failure::volume_in_use);
    host.put(mgr_dirty, "by mgr");
    host.gives({"mgr", "vm.Kill"});
    CHECK(host.head(mgr_image, 6) == "by mgr");
    const auto exports = host.exports("/var/lib/qubes/appvms/mgr");
    REQUIRE(exports.size() == 1);
    CHECK(host.head(exports[0], 5) == "image");
    host.fails({"mgr", "vm.volume.Revert", "private", "1"}, failure::volume_in_use);
    host.fails({"mgr", "vm.volume.Set.revisions_to_keep", "private", "-1"}, failure::volume_in_use);
    host.fails({"mgr", "vm.Remove"}, failure::vm_in_use);
    host.gives({"mgr", "vm.volume.Extend", "private", "4294967296"}, "4294967296");
    CHECK(fs::file_size(host.root.below(exports[0])) == 2147483648);
    host.gives(detach(mgr_private));
    CHECK(host.disk("vdi") == "");
    host.fails(detach(mgr_private), failure::volume_not_found);
    host.fails(attach("private"), failure::bad_value);
    CHECK(host.exports("/var/lib/qubes/appvms/mgr").empty());
    host.gives({"mgr", "vm.volume.Revert", "private", "1"});
}

TEST_CASE("firewall-devices.md A11: a qube has at most 16 volumes besides its own")
{
    const Host host;
    for (int i = 1; i <= 17; ++i) {
        const std::string role = "more" + std::to_string(i);
        host.add_volume(role);
        const Ask ask = attach("lvm:appvms/loose/" + role, "persistent=yes");
        if (i <= 16)
            host.gives(ask);
        else
            host.fails(ask, failure::too_large);
    }
    CHECK(StoreView{host.root.store()}.volume("work", "vol16", "vid") == "appvms/loose/more16");
}

TEST_CASE("a guest that does not let go of a volume keeps it, and Detach says so")
{
    const Host host{guest_that_ignores()};
    host.starts("work");
    host.gives(attach(data, "rw=yes persistent=yes"));
    const std::string store = host.root.store();
    const Outcome outcome = host.session.run_call(detach("vol1"));
    check_refusal(outcome, "mgmt.vm.volume.Detach", Failure::timeout);
    CHECK(host.root.store() == store);
    CHECK(host.disk("vdi") != "");
    host.gives(attach(data, "rw=yes")); // as it is
    host.fails(attach(data, "rw=no"), failure::volume_in_use);
    host.put("/var/lib/qm-lvm/appvms/loose/data-dirty.img", "kept");
    host.gives({"work", "vm.Kill"});
    CHECK(host.head(data_image, 5) == "keptd");
    CHECK_FALSE(host.has_records());
    host.gives(detach("vol1"));
}

TEST_CASE("a qube that is gone leaves no volume to nobody")
{
    const Host host;
    host.starts("work");
    host.gives(attach(mgr_private, "rw=yes"));
    host.put(mgr_dirty, "by work");
    host.session.destroy(work_uuid); // and nobody was told
    host.starts("mgr");
    CHECK(host.head(mgr_image, 7) == "by work");
    CHECK_FALSE(host.has_records());
    host.gives({"mgr", "vm.Kill"});

    // the host went down: not even the records are left
    host.starts("work");
    host.gives(attach(mgr_private, "rw=yes"));
    host.put(mgr_dirty, "again");
    host.session.destroy(work_uuid);
    for (const char* const of : {"attached", "run"})
        fs::remove_all(host.root.below(std::string{"/run/qubes-mgmt/"} + of));
    CHECK(run(host.session.tool("qubes-mgmt-boot", {})).status == 0);
    CHECK(host.head(mgr_image, 7) == "againrk");
    host.check_tidy("mgr");
}

TEST_CASE("two calls that want to write to a volume: one has it")
{
    const Host host;
    host.starts("work");
    host.starts("mgr");
    for (int round = 0; round < 5; ++round) {
        Process one{host.session.command(attach(data, "rw=yes"))};
        Process other{host.session.command(attach(data, "rw=yes", "mgr"))};
        const Outcome first = one.finish();
        const Outcome second = other.finish();
        INFO(first.err << second.err);
        CHECK(std::min(first.status, second.status) == 0);
        CHECK(std::max(first.status, second.status) == static_cast<int>(Failure::in_use));
        host.gives(detach(data, first.status == 0 ? "work" : "mgr"));
    }
}

TEST_CASE("a volume that was attached outlives its qube, and is not cloned")
{
    const Host host;
    host.gives(attach(data, "persistent=yes rw=yes"));
    host.gives(attach("varlibqubes:appvms/mgr/private", "persistent=yes name=of_mgr"));
    host.fails({"mgr", "vm.Remove"}, failure::vm_in_use);
    // who may change `work` may not change what belongs to another
    host.fails({"work", "vm.volume.Clear", "of_mgr"}, failure::denied);
    host.fails({"work", "vm.volume.Set.rw", "of_mgr", "yes"}, failure::denied);
    host.gives({"work", "vm.volume.Snapshot", "vol1"}, "1");
    const Outcome clone = host.session.run_call({"work", "vm.Clone", "", "name=other"});
    CHECK(clone.status == 0);
    host.gives({"other", "vm.volume.List"}, "root\nprivate\nvolatile\nkernel\n");
    host.gives({"work", "vm.Remove"});
    CHECK(host.root.exists(data_image));
    CHECK(host.root.exists(mgr_image));
    host.gives({"mgr", "vm.Remove"});
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Volumes of qubes that run, on a simulated hypervisor.

#include "calls/simulated.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

constexpr const char* images = "/var/lib/qm-lvm/appvms/work/";

struct Running : Host {
    explicit Running(const std::string& text = simulated::store_without_network(),
                     std::string_view configuration = "")
        : Host{text, configuration}
    {
        gives({"work", "vm.Start"}, "");
    }
    [[nodiscard]] std::string image(const std::string& name) const
    {
        return root.below(images + name);
    }
    void put(const std::string& text, const std::string& name) const
    {
        std::fstream file{image(name), std::ios::in | std::ios::out | std::ios::binary};
        REQUIRE(file.write(text.data(), static_cast<std::streamsize>(text.size())));
    }
    [[nodiscard]] std::uint64_t size(const std::string& name) const
    {
        return std::filesystem::file_size(image(name));
    }
    // What `qrexec-client` is called with, and what it reads, goes to a file; it ends with this
    // code.
    void install_qrexec(int code) const
    {
        root.write("/usr/bin/qrexec-client", "#!/bin/sh\n{ printf '%s\\n' \"$@\"; cat; } > " +
                                                 root.below("/asked") + "\nexit " +
                                                 std::to_string(code) + "\n");
        std::filesystem::permissions(root.below("/usr/bin/qrexec-client"),
                                     std::filesystem::perms::owner_all);
    }
};

Ask on_private(const std::string& call, const std::string& payload = "")
{
    return {"work", "vm.volume." + call, "private", payload};
}

} // namespace

TEST_CASE("storage.md 71: Extend of a running qube reaches its disk and its guest")
{
    const Running host;
    host.install_qrexec(0);
    host.changes(on_private("Extend", "6442450944"), {{"work", "volume-config", "private"}},
                 "6442450944");
    CHECK(host.size("private-dirty.img") == 6442450944);
    CHECK(host.size("private.img") == 5368709120);
    CHECK(host.root.read("/asked") == "-d\nwork\nroot:QUBESRPC qubes.ResizeDisk dom0\nprivate\n");
    CHECK(host.hypervisor.orders(work_uuid).back() == "resize done");

    // the guest cannot: the size stays, and the caller is told
    host.install_qrexec(1);
    check_refusal(run_call(host.root, on_private("Resize", "7516192768")), "mgmt.vm.volume.Resize",
                  Failure::failed);
    CHECK(host.view().volume("work", "private", "size") == "7516192768");
    CHECK(host.size("private-dirty.img") == 7516192768);

    // asked again, it tells the guest again
    host.install_qrexec(0);
    host.hypervisor.forget_log();
    std::filesystem::remove(host.root.below("/asked"));
    host.gives(on_private("Extend", "7516192768"), "7516192768");
    CHECK(host.root.exists("/asked"));
    CHECK(host.hypervisor.orders(work_uuid) == std::vector<std::string>{"resize done"});
}

TEST_CASE("storage.md 69: Extend of a root that follows its template")
{
    const Host host{
        simulated::with_property(simulated::store_without_network(), "work", "memory", "400")};
    std::string store = host.root.store();
    // writable, as today's generation has it
    const std::string entry = "vid=\"appvms/work/root\" revisions_to_keep=\"1\" rw=\"";
    host.root.set_store(with(store, entry + "False", entry + "True"));
    const Ask grow{"work", "vm.volume.Extend", "root", "16106127360"};
    host.fails(grow, failure::storage);
    host.gives({"work", "vm.Start"}, "");
    store = host.root.store();
    host.gives(grow, "16106127360");
    CHECK(std::filesystem::file_size(host.root.below(std::string{images} + "root-dirty.img")) ==
          16106127360);
    CHECK(host.root.store() == store); // for this run only
    host.gives({"work", "vm.Kill"}, "");
    host.gives({"work", "vm.Start"}, "");
    CHECK(std::filesystem::file_size(host.root.below(std::string{images} + "root-dirty.img")) ==
          10737418240);
}

TEST_CASE("a running qube is not reverted, and keeps the settings that need it halted")
{
    const Host host{simulated::store_without_network()};
    host.gives(on_private("Snapshot"), "1");
    host.gives({"work", "vm.Start"}, "");
    host.fails(on_private("Revert", "1"), failure::not_halted);
    host.fails(on_private("Revert", "2"), failure::revision_not_found);
    host.fails({"work", "vm.volume.Set.rw", "root", "yes"}, failure::not_halted);
    host.fails({"work", "vm.volume.Set.ephemeral", "volatile", "yes"}, failure::not_halted);
    host.fails(on_private("Set.revisions_to_keep", "-1"), failure::not_halted);
    host.gives(on_private("Set.revisions_to_keep", "5"), "");
    host.gives({"work", "vm.Kill"}, "");
    host.gives(on_private("Revert", "1"), "");
}

TEST_CASE("a qube that stopped by itself is cleaned up after before its volumes are changed")
{
    const Running host;
    host.put("written", "private-dirty.img");
    host.hypervisor.set(work_uuid, 5, 1, -1);
    const std::string id = host.reply(on_private("Snapshot"));
    CHECK_FALSE(std::filesystem::exists(host.image("private-dirty.img")));
    std::string text(7, '\0');
    std::ifstream{host.image("private.img")}.read(text.data(), 7);
    CHECK(text == "written");
    host.gives(on_private("ListSnapshots"), "1\n" + id + "\n");
    CHECK(id == "2");
}

TEST_CASE("firewall-devices.md A09: a volume that cannot be plugged is not stored, and is free")
{
    const Running host;
    const std::string store = host.root.store();
    const std::string volume = "varlibqubes:appvms/mgr/private";
    for (const char* const options : {"persistent=yes", "rw=yes persistent=yes", "rw=yes", ""}) {
        host.hypervisor.trouble("fail attach 1 38/18/2 before");
        check_refusal(run_call(host.root, {"work", "vm.volume.Attach", volume, options}),
                      "mgmt.vm.volume.Attach", Failure::failed);
        host.hypervisor.heal();
        CHECK(host.root.store() == store);
        CHECK(std::filesystem::is_empty(host.root.below("/run/qubes-mgmt/attached")));
        CHECK_FALSE(host.root.exists("/run/qubes/volume-running-varlibqubes:appvms-mgr-private"));
        for (const auto& entry :
             std::filesystem::directory_iterator{host.root.below("/var/lib/qubes/appvms/mgr")}) {
            const std::string name = entry.path().filename();
            CHECK(name.find("-dirty") == std::string::npos);
            CHECK(name.find(".attached-") == std::string::npos);
        }
    }
    host.gives({"work", "vm.volume.Attach", volume, "rw=yes persistent=yes"}, "");
    CHECK(host.view().volume("work", "vol1", "rw") == "True");
    CHECK(host.count("work", "domain-volume-attach") == 1);
    host.gives({"work", "vm.volume.Detach", "vol1"}, "");
    CHECK(host.root.store() == store);
    CHECK(host.count("work", "domain-volume-detach") == 1);
}

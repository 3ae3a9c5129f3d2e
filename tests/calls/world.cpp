// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/world.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace qmgmt::test {
namespace {

// In a store of the current generation, because of its second option.
constexpr std::string_view spare_pool =
    R"(<pool name="spare" dir_path="/var/lib/qm-spare" driver="file-reflink" ephemeral_volatile="False"/>)";

bool printable(std::string_view line)
{
    return std::ranges::all_of(line, [](char c) { return c >= 0x20 && c <= 0x7e; });
}

} // namespace

std::string framed_name(std::string_view call)
{
    const std::string name = full_name(call);
    if (name.starts_with("admin."))
        return name;
    const std::string admin = "admin." + name.substr(std::string_view{"mgmt."}.size());
    return is_built(admin) ? admin : std::string{};
}

void World::gives(const Ask& ask, std::string_view reply) const
{
    INFO(describe(ask));
    const Outcome outcome = run_call(root, ask);
    CHECK(outcome.err == "");
    CHECK(outcome.out == reply);
    CHECK(outcome.status == 0);
}

std::string World::reply(const Ask& ask) const
{
    INFO(describe(ask));
    Outcome outcome = run_call(root, ask);
    CHECK(outcome.err.empty());
    CHECK(outcome.status == 0);
    return outcome.out;
}

void World::fails(const Ask& ask, FailureType type) const
{
    INFO(describe(ask));
    const std::string before = root.store();
    const std::string name = full_name(ask.call);
    if (name.starts_with("mgmt.")) {
        check_refusal(run_call(root, ask), name, type.kind);
        CHECK(root.store() == before);
    }
    Ask framed = ask;
    framed.call = framed_name(name);
    if (framed.call.empty())
        return;
    INFO("framed, as " << framed.call);
    check_exception(run_call(root, framed), type);
    CHECK(root.store() == before);
}

void World::changes(const Ask& ask, const std::vector<Touched>& touched,
                    std::string_view reply) const
{
    INFO(describe(ask));
    const std::string before = root.store();
    gives(ask, reply);
    const std::string after = root.store();
    CHECK((before != after) == !touched.empty());
    CHECK(StoreView{after}.outside(touched) == StoreView{before}.outside(touched));
}

void World::changes(const WritingCall& row) const
{
    for (const Ask& ask : row.first)
        static_cast<void>(reply(ask));
    if (!row.names_the_touched) {
        changes(row.ask, row.touched, row.reply);
        return;
    }
    INFO(describe(row.ask));
    const std::string before = root.store();
    const std::string name = reply(row.ask);
    const StoreView after = view();
    CHECK(after.domain(name) != nullptr);
    CHECK(after.outside({{name}}) == StoreView{before}.outside({}));
}

void World::changes_nothing(const Ask& ask) const
{
    INFO(describe(ask));
    const std::string before = identity_of(root.below(store_path));
    gives(ask, "");
    CHECK(identity_of(root.below(store_path)) == before);
}

void check_refusal(const Outcome& outcome, std::string_view call, Failure kind)
{
    check_refusal(outcome, call, std::vector{kind});
}

void check_refusal(const Outcome& outcome, std::string_view call, const std::vector<Failure>& kinds)
{
    INFO("standard error: " << outcome.err);
    CHECK_FALSE(outcome.timed_out);
    CHECK(outcome.out.empty());
    const auto kind =
        std::ranges::find(kinds, outcome.status, [](Failure k) { return static_cast<int>(k); });
    if (kind == kinds.end()) {
        std::string wanted;
        for (const Failure one : kinds)
            wanted += std::to_string(static_cast<int>(one)) + " ";
        FAIL_CHECK("exit code " << outcome.status << ", wanted one of " << wanted);
        return;
    }
    CHECK(outcome.err.size() <= 512);
    CHECK(std::ranges::count(outcome.err, '\n') == 1);
    CHECK(outcome.err.ends_with('\n'));
    CHECK(printable(std::string_view{outcome.err}.substr(0, outcome.err.find('\n'))));
    const std::string start = std::string{call} + ": " + std::string{word(*kind)} + ": ";
    CHECK(outcome.err.substr(0, start.size()) == start);
    CHECK(outcome.err.size() > start.size() + 1);
}

void check_exception(const Outcome& outcome, FailureType type)
{
    CHECK_FALSE(outcome.timed_out);
    if (type.kind == Failure::denied) {
        CHECK(outcome.status == 0);
        CHECK(outcome.out.empty()); // denied-reply = empty is the default
        return;
    }
    CHECK(outcome.status == 0);
    const std::string start =
        std::string("2\0", 2) + std::string{type.exception} + std::string("\0\0", 2);
    CHECK(outcome.out.substr(0, start.size()) == start);
    REQUIRE(outcome.out.size() > start.size() + 1);
    const std::string format =
        outcome.out.substr(start.size(), outcome.out.size() - start.size() - 1);
    CHECK(outcome.out.back() == '\0');
    CHECK(format.find('\0') == std::string::npos); // the text, and no field after it
    CHECK(printable(format));
}

std::string WritingCall::prepared(const std::string& store) const
{
    if (pool.empty())
        return store;
    return with(store, "  </pools>", "    " + std::string{pool} + "\n  </pools>");
}

const std::vector<WritingCall>& writing_calls()
{
    static const std::vector<WritingCall> rows{
        {{"work", "vm.property.Set", "netvm", "sys-net"}, {{"work", "properties", "netvm"}}},
        {{"work", "vm.property.Set", "label", "green"}, {{"work", "properties", "label"}}},
        {{"work", "vm.property.Set", "memory", "700"}, {{"work", "properties", "memory"}}},
        {{"work", "vm.property.Set", "kernel", ""},
         {{"work", "properties", "kernel"}, {"work", "volume-config", "kernel"}}},
        {{"mgr", "vm.property.Set", "kernelopts", "a=\"1\" <b> & 'c'\n\t"},
         {{"mgr", "properties", "kernelopts"}}},
        {{"sys-firewall", "vm.property.Set", "autostart", "off"},
         {{"sys-firewall", "properties", "autostart"}}},
        {{"fedora-25", "vm.property.Set", "default_user", "bob"},
         {{"fedora-25", "properties", "default_user"}}},
        {{"work", "vm.property.Reset", "memory"}, {{"work", "properties", "memory"}}},
        {{"mgr", "vm.property.Reset", "netvm"}, {{"mgr", "properties", "netvm"}}},
        {{"work", "vm.feature.Set", "x.y_z-1", "a <value> & \"more\""},
         {{"work", "features", "x.y_z-1"}}},
        {{"work", "vm.feature.Set", "gui", "1"}, {{"work", "features", "gui"}}},
        {{"sys-firewall", "vm.feature.Set", "first", ""}, {{"sys-firewall", "features", "first"}}},
        {{"dom0", "vm.feature.Set", "f", "1"}, {{"dom0", "features", "f"}}},
        {{"work", "vm.feature.Remove", "service.cups"}, {{"work", "features", "service.cups"}}},
        {{"work", "vm.tag.Set", "new-tag"}, {{"work", "tags", "new-tag"}}},
        {{"fedora-25", "vm.tag.Set", "first"}, {{"fedora-25", "tags", "first"}}},
        {{"sys-firewall", "vm.tag.Set", "t"}, {{"sys-firewall", "tags", "t"}}},
        {{"work", "vm.tag.Remove", "managed-by-mgr"}, {{"work", "tags", "managed-by-mgr"}}},
        {{"mgr", "vm.tag.Remove", "created-by-dom0"}, {{"mgr", "tags", "created-by-dom0"}}},
        {{"dom0", "property.Set", "default_kernel", ""}, {{"", "properties", "default_kernel"}}},
        {{"dom0", "property.Set", "stats_interval", "5"}, {{"", "properties", "stats_interval"}}},
        {{"dom0", "property.Set", "clockvm", "sys-firewall"},
         {{"", "properties", "clockvm"},
          {"sys-net", "features", "service.clocksync"},
          {"sys-firewall", "features", "service.clocksync"}}},
        {{"dom0", "property.Reset", "updatevm"}, {{"", "properties", "updatevm"}}},
        {{"dom0", "label.Create", "pink", "0xff00ff"}, {{"", "labels", "pink"}}},
        {{"dom0", "label.Remove", "teal"}, {{"", "labels", "teal"}}},
        {{"dom0", "vm.Create.AppVM", "fedora-25", "name=news label=orange"}, {{"news"}}},
        {{"dom0", "vm.Create.TemplateVM", "", "name=zeta label=black"}, {{"zeta"}}},
        {{"dom0", "vm.Create.StandaloneVM", "", "name=solo label=red"}, {{"solo"}}},
        {{"dom0", "vm.Create.DispVM", "fedora-25-dvm", "name=d1 label=red"}, {{"d1"}}},
        {{"dom0", "vm.CreateInPool.AppVM", "fedora-25", "name=news label=red pool=varlibqubes"},
         {{"news"}}},
        {{"dom0", "vm.CreateInPool.TemplateVM", "", "name=zeta label=black pool:root=varlibqubes"},
         {{"zeta"}}},
        {{"dom0", "vm.CreateInPool.StandaloneVM", "", "name=solo label=red pool=varlibqubes"},
         {{"solo"}}},
        {{"dom0", "vm.CreateInPool.DispVM", "fedora-25-dvm",
          "name=d1 label=red pool:volatile=varlibqubes"},
         {{"d1"}}},
        {{"dom0", "pool.Add", "extra",
          "driver=file-reflink\ndir_path=/var/lib/qubes/extra\nsetup_check=False\n"},
         {{"", "pools", "extra"}}},
        {{"dom0", "pool.Remove", "spare"}, {{"", "pools", "spare"}}, false, "", {}, spare_pool},
        {{"dom0", "pool.Set.revisions_to_keep", "varlibqubes", "3"},
         {{"", "pools", "varlibqubes"}}},
        {{"dom0", "pool.Set.ephemeral_volatile", "spare", "True"},
         {{"", "pools", "spare"}},
         false,
         "",
         {},
         spare_pool},
        {{"work", "vm.device.block.Assign", "sys-net+sda", "mode=required read-only=yes"},
         {{"work", "devices"}}},
        {{"work", "vm.device.block.Unassign", "sys-net+sda"},
         {{"work", "devices"}},
         false,
         "",
         {{"work", "vm.device.block.Assign", "sys-net+sda", "mode=required"}}},
        {{"work", "vm.device.block.Set.assignment", "sys-net+sda", "ask-to-attach"},
         {{"work", "devices"}},
         false,
         "",
         {{"work", "vm.device.block.Assign", "sys-net+sda", "mode=required"}},
         spare_pool},
        {{"work", "vm.device.mic.Assign", "dom0+mic", "mode=auto-attach"}, {{"work", "devices"}}},
        {{"work", "vm.device.mic.Unassign", "dom0+mic"},
         {{"work", "devices"}},
         false,
         "",
         {{"work", "vm.device.mic.Assign", "dom0+mic", "mode=auto-attach"}}},
        {{"work", "vm.device.mic.Set.assignment", "dom0+mic", "ask-to-attach"},
         {{"work", "devices"}},
         false,
         "",
         {{"work", "vm.device.mic.Assign", "dom0+mic", "mode=auto-attach"}},
         spare_pool},
        {{"work", "vm.device.pci.Assign", "dom0+00_1f.3", "mode=required"}, {{"work", "devices"}}},
        {{"work", "vm.device.pci.Unassign", "dom0+00_1f.3"},
         {{"work", "devices"}},
         false,
         "",
         {{"work", "vm.device.pci.Assign", "dom0+00_1f.3", "mode=required"}}},
        {{"work", "vm.device.pci.Set.assignment", "dom0+00_1f.3", "required"},
         {},
         false,
         "",
         {{"work", "vm.device.pci.Assign", "dom0+00_1f.3", "mode=required"}},
         spare_pool},
        {{"work", "vm.device.usb.Assign", "sys-net+2-1", "mode=auto-attach"},
         {{"work", "devices"}}},
        {{"work", "vm.device.usb.Unassign", "sys-net+2-1"},
         {{"work", "devices"}},
         false,
         "",
         {{"work", "vm.device.usb.Assign", "sys-net+2-1", "mode=auto-attach"}}},
        {{"work", "vm.device.usb.Set.assignment", "sys-net+2-1", "ask-to-attach"},
         {{"work", "devices"}},
         false,
         "",
         {{"work", "vm.device.usb.Assign", "sys-net+2-1", "mode=auto-attach"}},
         spare_pool},
        {{"work", "vm.device.denied.Add", "", "u03****b******"},
         {{"work", "properties", "devices_denied"}},
         false,
         "",
         {},
         spare_pool},
        {{"work", "vm.device.denied.Remove", "", "u03****"},
         {{"work", "properties", "devices_denied"}},
         false,
         "",
         {{"work", "vm.device.denied.Add", "", "u03****b******"}},
         spare_pool},
        {{"work", "vm.firewall.InsertRule", "", "action=drop"}, {}, false, "2.29492d0e"},
        {{"work", "vm.firewall.RemoveRule", "1.fa25a6cf"}, {}},
        {{"work", "vm.firewall.Flush"}, {}},
        {{"work", "vm.firewall.Set", "", "action=drop\n"}, {}},
        {{"work", "vm.firewall.SetPolicy", "", "drop"}, {}},
        {{"fedora-25-dvm", "vm.CreateDisposable"}, {}, true},
        {{"work", "vm.Remove"}, {{"work"}}},
        {{"work", "vm.volume.Extend", "private", "6442450944"},
         {{"work", "volume-config", "private"}},
         false,
         "6442450944"},
        {{"work", "vm.volume.Resize", "volatile", "20000000000"},
         {{"work", "volume-config", "volatile"}}},
        {{"work", "vm.volume.Set.rw", "root", "yes"}, {{"work", "volume-config", "root"}}},
        {{"work", "vm.volume.Set.ephemeral", "volatile", "False"},
         {{"work", "volume-config", "volatile"}}},
        {{"work", "vm.volume.Set.revisions_to_keep", "private", "7"},
         {{"work", "volume-config", "private"}}},
        {{"work", "vm.volume.Snapshot", "private"}, {}, false, "1"},
        {{"work", "vm.volume.Revert", "private", "1"},
         {},
         false,
         "",
         {{"work", "vm.volume.Snapshot", "private"}}},
        {{"work", "vm.volume.ImportWithSize", "private", "1024\n" + std::string(1024, 'x')},
         {{"work", "volume-config", "private"}}},
        {{"work", "vm.volume.Import", "private", std::string(512, 'y')},
         {},
         false,
         "",
         {{"work", "vm.volume.ImportWithSize", "private", "512\n" + std::string(512, 'x')}}},
        {{"dom0", "pool.volume.Import", "lvm", "appvms/work/private\n" + std::string(512, 'y')},
         {},
         false,
         "",
         {{"work", "vm.volume.ImportWithSize", "private", "512\n" + std::string(512, 'x')}}},
        {{"work", "vm.volume.Clear", "private"}, {}},
        {{"work", "vm.volume.Attach", "varlibqubes:appvms/mgr/private", "persistent=yes"},
         {{"work", "volume-config", "vol1"}}},
        {{"work", "vm.volume.Detach", "vol1"},
         {{"work", "volume-config", "vol1"}},
         false,
         "",
         {{"work", "vm.volume.Attach", "varlibqubes:appvms/mgr/private", "persistent=yes"}}},
        {{"work", "vm.Clone", "", "name=twin"}, {{"twin"}}},
        {{"work", "vm.CloneInPool", "", "name=twin pool=varlibqubes"}, {{"twin"}}},
        {{"dom0", "vm.CreateTemplate", "zeta", std::string(4096, 'x')}, {{"zeta"}}},
        {{"dom0", "pool.volume.Extend", "lvm", "appvms/work/private 6442450944"},
         {{"work", "volume-config", "private"}},
         false,
         "6442450944"},
        {{"dom0", "pool.volume.Resize", "lvm:appvms/work/private", "6442450944"},
         {{"work", "volume-config", "private"}}},
        {{"dom0", "pool.volume.Snapshot", "lvm+3Aappvms+2Fwork+2Fprivate"}, {}, false, "1"},
        {{"dom0", "pool.volume.Revert", "lvm", "appvms/work/private 1"},
         {},
         false,
         "",
         {{"work", "vm.volume.Snapshot", "private"}}},
    };
    return rows;
}

std::string identity_of(const std::string& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return "absent";
    return std::to_string(status.st_dev) + " " + std::to_string(status.st_ino) + " " +
           std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) +
           " " + std::to_string(status.st_size);
}

} // namespace qmgmt::test

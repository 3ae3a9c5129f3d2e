// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/plan/plan.hpp"
#include "base/fd.hpp"
#include "lib/backup/restore/metadata_text.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <sys/mman.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

std::string host_domain(int qid, const std::string& klass, const std::string& name,
                        const std::string& properties = "")
{
    const std::string number = std::to_string(qid);
    return "<domain id=\"domain-" + number + "\" class=\"" + klass + "\"><properties>" +
           property("label", "red") + property("name", name) + property("qid", number) +
           property("uuid",
                    "00000000-0000-4000-8000-" + std::string(12 - number.size(), '0') + number) +
           properties + "</properties><features/><tags/></domain>\n";
}

// A host with a template, two qubes that give network, a disposable template and one more qube.
Store host_store(const std::string& more = "", Dialect dialect = Dialect::current)
{
    const std::string text =
        "<qubes>" + labels_text + "<pools/><properties>" + property("default_template", "debian") +
        property("default_netvm", "sys-firewall") + property("default_dispvm", "dvm") +
        "</properties><domains>" + dom0_text + host_domain(1, "TemplateVM", "debian") +
        host_domain(2, "AppVM", "sys-firewall",
                    property("template", "debian") + property("provides_network", "True") +
                        property("netvm", "")) +
        host_domain(3, "AppVM", "dvm",
                    property("template", "debian") + property("template_for_dispvms", "True")) +
        host_domain(4, "AppVM", "here", property("template", "debian")) + more +
        "</domains></qubes>\n";
    Fd file{::memfd_create("store", MFD_CLOEXEC)};
    REQUIRE(write_all(file.get(), text));
    return Store::load(std::move(file), dialect);
}

struct Scene {
    Store store = host_store();
    RestoreRequest request;
    RestorePolicy permitted;
    RestoreHost host{[](std::string_view version) { return version == "6.1"; },
                     [](std::string_view id) { return id == "nightly"; },
                     [](const splice::DeviceEntry& entry) -> std::optional<splice::DeviceEntry> {
                         if (entry.port == "00_14.0")
                             return entry;
                         return std::nullopt;
                     }};
    std::set<std::string> failed;

    [[nodiscard]] std::vector<PlannedQube> plan(const std::string& domains)
    {
        metadata_ = BackupMetadata::parse(metadata_text(domains));
        const PlanInput input{metadata_,    request, permitted, host, "20260101T000000-42",
                              1'767'225'600};
        return plan_restore(store, input, new_names(store, metadata_, request), failed);
    }

    [[nodiscard]] std::optional<BackupFault> refusal(const std::string& domains)
    {
        return backup_fault_of([&] { static_cast<void>(plan(domains)); });
    }

private:
    BackupMetadata metadata_;
};

const PlannedQube& named(const std::vector<PlannedQube>& plan, std::string_view old_name)
{
    const auto found = std::ranges::find_if(
        plan, [&](const PlannedQube& planned) { return planned.from->name == old_name; });
    REQUIRE(found != plan.end());
    return *found;
}

bool has_note(const PlannedQube& planned, std::string_view note)
{
    return std::ranges::find(planned.notes, note) != planned.notes.end();
}

// Nothing: it has none.
std::optional<std::string> value_of(const PlannedQube& planned, std::string_view name)
{
    const auto found = planned.belongings.properties.find(name);
    return found == planned.belongings.properties.end() ? std::nullopt
                                                        : std::optional{found->second};
}

DomainText app(const std::string& name, const std::string& path, const std::string& properties = "")
{
    return {.name = name, .path = path, .properties = property("template", "debian") + properties};
}

} // namespace

TEST_CASE("restore plan: templates come first, then what disposables are made of", "[backup]")
{
    Scene scene;
    const auto plan =
        scene.plan(app("b", "vm1").text() +
                   DomainText{.klass = "DispVM",
                              .name = "d",
                              .path = "vm2",
                              .properties = property("template", "mydvm")}
                       .text() +
                   app("mydvm", "vm3", property("template_for_dispvms", "True")).text() +
                   DomainText{.klass = "TemplateVM", .name = "t2", .path = "vm4"}.text() +
                   DomainText{.klass = "StandaloneVM", .name = "a", .path = "vm5"}.text());
    std::vector<std::string> order;
    for (const PlannedQube& planned : plan)
        order.push_back(planned.name);
    CHECK(order == std::vector<std::string>{"t2", "mydvm", "a", "b", "d"});
    CHECK(named(plan, "d").base == "mydvm");
    CHECK(named(plan, "b").base == "debian");
    CHECK(named(plan, "a").base.empty());
}

TEST_CASE("backup.md 56: a name that is taken fails, is skipped, or gets a number", "[backup]")
{
    Scene scene;
    const std::string here = app("here", "vm1").text();
    CHECK(scene.refusal(here) == BackupFault::name_conflict);
    scene.request.on_conflict = RestoreRequest::OnConflict::skip;
    {
        const auto plan = scene.plan(here + app("work", "vm2").text());
        CHECK(named(plan, "here").fate == PlannedQube::Fate::skip);
        CHECK(named(plan, "here").reason == "name-conflict");
        CHECK(named(plan, "work").is_restored());
    }
    scene.request.on_conflict = RestoreRequest::OnConflict::rename;
    CHECK(named(scene.plan(here), "here").name == "here-1");
    // Neither a qube of the host nor one of the backup may be meant by it.
    CHECK(named(scene.plan(here + DomainText{.name = "here-1"}.text()), "here").name == "here-2");

    const std::string longest(31, 'n');
    std::string taken = host_domain(10, "TemplateVM", longest);
    std::string wanted = longest;
    for (int i = 1; i <= 12; ++i) {
        scene.store = host_store(taken);
        const auto plan = scene.plan(app(longest, "vm1").text());
        const std::string name = named(plan, longest).name;
        CHECK(name == std::string(28, 'n') + "-" + std::to_string(i));
        CHECK(name.size() <= 31);
        taken += host_domain(10 + i, "TemplateVM", name);
    }
}

TEST_CASE("restore plan: a new name is asked for, and is one of its own", "[backup]")
{
    Scene scene;
    scene.request.renames = {{"work", "office"}};
    CHECK(named(scene.plan(app("work", "vm1").text()), "work").name == "office");
    CHECK(scene.refusal(app("other", "vm1").text()) == BackupFault::unknown_vm);
    CHECK(scene.refusal(app("work", "vm1").text() + app("office", "vm2").text()) ==
          BackupFault::name_conflict);
    scene.request.renames = {{"here", "there"}};
    CHECK(named(scene.plan(app("here", "vm1").text()), "here").name == "there");
    scene.request.renames = {{"work", "here"}};
    CHECK(scene.refusal(app("work", "vm1").text()) == BackupFault::name_conflict);
    scene.request.on_conflict = RestoreRequest::OnConflict::rename;
    CHECK(named(scene.plan(app("work", "vm1").text()), "work").name == "here-1");
    scene.store = host_store("", Dialect::r40);
    scene.request = {};
    CHECK(scene.refusal(app("a.b", "vm1").text()) == BackupFault::name_conflict);
}

TEST_CASE("restore plan: only what is asked for comes along", "[backup]")
{
    Scene scene;
    const std::string both = app("work", "vm1").text() + app("vault", "vm2").text();
    scene.request.include = {{"work"}};
    CHECK(scene.plan(both).size() == 1);
    scene.request.include.reset();
    scene.request.exclude = {"work"};
    CHECK(named(scene.plan(both), "vault").is_restored());
    scene.request.exclude = {"work", "vault"};
    CHECK(scene.refusal(both) == BackupFault::nothing_selected);
    scene.request.exclude = {"nobody"};
    CHECK(scene.refusal(both) == BackupFault::unknown_vm);
    scene.request.exclude.clear();
    scene.request.include = {{"sys-net"}}; // named in the backup, but not in it
    CHECK(scene.refusal(both + DomainText{.name = "sys-net"}.text()) == BackupFault::unknown_vm);
}

TEST_CASE("restore plan: a template is one that is restored, else one of the host", "[backup]")
{
    Scene scene;
    const std::string orphan =
        DomainText{.name = "work", .path = "vm1", .properties = property("template", "gone")}
            .text();
    CHECK(scene.refusal(orphan) == BackupFault::missing_template);
    scene.request.on_missing_template = RestoreRequest::OnMissingTemplate::skip;
    CHECK(named(scene.plan(orphan), "work").reason == "missing-template");
    scene.request.on_missing_template = RestoreRequest::OnMissingTemplate::by_default;
    const auto by_default = scene.plan(orphan);
    CHECK(named(by_default, "work").base == "debian");
    CHECK(has_note(named(by_default, "work"), "template-default"));
    scene.request.on_missing_template = RestoreRequest::OnMissingTemplate::fail;
    // A qube of the host that is no template is none.
    CHECK(scene.refusal(
              DomainText{.name = "work", .path = "vm1", .properties = property("template", "here")}
                  .text()) == BackupFault::missing_template);

    const std::string with_template =
        app("work", "vm1").text() +
        DomainText{.klass = "TemplateVM", .name = "debian", .path = "vm2"}.text();
    SECTION("under its new name")
    {
        scene.request.on_conflict = RestoreRequest::OnConflict::rename;
        CHECK(named(scene.plan(with_template), "work").base == "debian-1");
    }
    SECTION("the host's, where the backup's is skipped or left out")
    {
        scene.request.on_conflict = RestoreRequest::OnConflict::skip;
        CHECK(named(scene.plan(with_template), "work").base == "debian");
        scene.request.exclude = {"debian"};
        CHECK(named(scene.plan(with_template), "work").base == "debian");
    }
    SECTION("what needs a template that is not whole fails with it")
    {
        scene.request.on_conflict = RestoreRequest::OnConflict::rename;
        scene.failed = {"debian"};
        const auto plan = scene.plan(with_template);
        CHECK(named(plan, "debian").fate == PlannedQube::Fate::fail);
        CHECK(named(plan, "work").fate == PlannedQube::Fate::fail);
        CHECK(named(plan, "work").reason == "missing-template");
    }
    SECTION("skipping goes on to what needs the skipped")
    {
        scene.request.on_missing_template = RestoreRequest::OnMissingTemplate::skip;
        const auto plan =
            scene.plan(DomainText{.klass = "DispVM",
                                  .name = "d",
                                  .path = "vm2",
                                  .properties = property("template", "dd")}
                           .text() +
                       DomainText{.name = "dd",
                                  .path = "vm3",
                                  .properties = property("template", "gone") +
                                                property("template_for_dispvms", "True")}
                           .text());
        CHECK(named(plan, "dd").fate == PlannedQube::Fate::skip);
        CHECK(named(plan, "d").fate == PlannedQube::Fate::skip);
    }
}

TEST_CASE("backup.md 57: a netvm that is not there is none, unless something else is asked",
          "[backup]")
{
    Scene scene;
    for (const char* netvm : {"gone", "here"}) { // the latter gives no network
        INFO(netvm);
        const auto plan = scene.plan(app("work", "vm1", property("netvm", netvm)).text());
        CHECK(value_of(named(plan, "work"), "netvm") == "");
        CHECK(has_note(named(plan, "work"), "netvm-none"));
    }
    const std::string lost = app("work", "vm1", property("netvm", "gone")).text();
    scene.request.on_missing_netvm = RestoreRequest::OnMissingNetvm::fail;
    CHECK(scene.refusal(lost) == BackupFault::missing_netvm);
    scene.request.on_missing_netvm = RestoreRequest::OnMissingNetvm::skip;
    CHECK(named(scene.plan(lost), "work").reason == "missing-netvm");
    scene.request.on_missing_netvm = RestoreRequest::OnMissingNetvm::by_default;
    CHECK_FALSE(value_of(named(scene.plan(lost), "work"), "netvm"));

    scene.request = {};
    CHECK(value_of(named(scene.plan(app("work", "vm1", property("netvm", "")).text()), "work"),
                   "netvm") == "");
    CHECK_FALSE(value_of(named(scene.plan(app("work", "vm1").text()), "work"), "netvm"));
    CHECK(value_of(named(scene.plan(app("work", "vm1", property("netvm", "sys-firewall")).text()),
                         "work"),
                   "netvm") == "sys-firewall");
}

TEST_CASE("backup.md 58: a reference goes to what is really restored, else to the host's",
          "[backup]")
{
    Scene scene;
    scene.request.on_conflict = RestoreRequest::OnConflict::rename;
    const std::string both =
        app("work", "vm1", property("netvm", "sys-firewall")).text() +
        app("sys-firewall", "vm2", property("provides_network", "True") + property("netvm", ""))
            .text();
    scene.permitted.all_properties = true;
    CHECK(value_of(named(scene.plan(both), "work"), "netvm") == "sys-firewall-1");
    scene.request.exclude = {"sys-firewall"};
    CHECK(value_of(named(scene.plan(both), "work"), "netvm") == "sys-firewall");
    scene.request.exclude.clear();
    scene.request.on_conflict = RestoreRequest::OnConflict::skip;
    CHECK(value_of(named(scene.plan(both), "work"), "netvm") == "sys-firewall");

    const auto loop = scene.plan(
        app("n1", "vm3", property("netvm", "n2") + property("provides_network", "True")).text() +
        app("n2", "vm4", property("netvm", "n1") + property("provides_network", "True")).text());
    const bool first = value_of(named(loop, "n1"), "netvm") == "n2";
    const bool second = value_of(named(loop, "n2"), "netvm") == "n1";
    CHECK(first != second);
}

TEST_CASE("backup.md 59: who made, manages or restores a qube is not the backup's to say",
          "[backup]")
{
    Scene scene;
    DomainText work = app("work", "vm1");
    for (const char* tag :
         {"created-by-dom0", "disp-created-by-x", "managed-by-x", "backup-restore-mgmt",
          "restored-from-backup-old", "backup-nightly", "backup-other", "guivm-dom0", "mine"})
        work.tags += "<tag name=\"" + std::string{tag} + "\"/>";
    const auto plan = scene.plan(work.text());
    const PlannedQube& planned = named(plan, "work");
    CHECK(planned.belongings.tags ==
          std::vector<std::string>{"backup-nightly", "mine",
                                   "restored-from-backup-20260101T000000-42"});
    for (const char* tag : {"created-by-dom0", "disp-created-by-x", "managed-by-x",
                            "backup-restore-mgmt", "restored-from-backup-old", "backup-other"}) {
        INFO(tag);
        CHECK(has_note(planned, "tag-skipped:" + std::string{tag}));
    }
}

TEST_CASE("restore plan: properties are what Set would take, and what is risky is held back",
          "[backup]")
{
    Scene scene;
    const std::string work =
        app("work", "vm1",
            property("memory", "0500") + property("vcpus", "0") + property("autostart", "True") +
                property("kernelopts", "init=/bin/sh") + property("kernel", "9.9") +
                property("qid", "99") + property("uuid", "x") +
                property("installed_by_rpm", "True") + property("default_dispvm", "dvm") +
                property("guivm", "gone") + property("audiovm", "dom0") + property("xid", "4") +
                property("backup_timestamp", "1") + property("management_dispvm", "dvm") +
                property("virt_mode", "PVH") + property("default_user", ""))
            .text();
    const auto plan = scene.plan(work);
    const PlannedQube& planned = named(plan, "work");
    CHECK(value_of(planned, "memory") == "500");
    CHECK(value_of(planned, "virt_mode") == "pvh");
    CHECK(value_of(planned, "default_dispvm") == "dvm");
    CHECK(value_of(planned, "audiovm") == "dom0");
    CHECK(value_of(planned, "backup_timestamp") == "1767225600");
    for (const char* name :
         {"vcpus", "autostart", "kernelopts", "management_dispvm", "guivm", "default_user"}) {
        INFO(name);
        CHECK_FALSE(value_of(planned, name));
        CHECK(has_note(planned, "property-skipped:" + std::string{name}));
    }
    for (const char* name : {"qid", "uuid", "installed_by_rpm", "xid", "kernel", "label", "name"}) {
        INFO(name);
        CHECK_FALSE(value_of(planned, name));
    }
    CHECK(has_note(planned, "kernel-default"));

    scene.permitted.all_properties = true;
    const auto all = scene.plan(work);
    CHECK(value_of(named(all, "work"), "autostart") == "True");
    CHECK(value_of(named(all, "work"), "kernelopts") == "init=/bin/sh");
    CHECK(value_of(named(all, "work"), "management_dispvm") == "dvm");
    CHECK(value_of(named(scene.plan(app("work", "vm1", property("kernel", "6.1")).text()), "work"),
                   "kernel") == "6.1");
    CHECK(value_of(named(scene.plan(app("work", "vm1", property("kernel", "")).text()), "work"),
                   "kernel") == "");
}

TEST_CASE("restore plan: a renamed qube gives no network unless all properties are wanted",
          "[backup]")
{
    Scene scene;
    const std::string net = app("net", "vm1", property("provides_network", "True")).text();
    CHECK(value_of(named(scene.plan(net), "net"), "provides_network") == "True");
    scene.request.renames = {{"net", "net-2"}};
    CHECK_FALSE(value_of(named(scene.plan(net), "net"), "provides_network"));
    scene.permitted.all_properties = true;
    CHECK(value_of(named(scene.plan(net), "net"), "provides_network") == "True");
}

TEST_CASE("restore plan: labels, features and devices that the host does not take", "[backup]")
{
    Scene scene;
    DomainText work = app("work", "vm1", property("virt_mode", "pvh"));
    work.label = "mauve";
    work.features = feature("gui", "1") + feature("updates-available", "1") +
                    feature("preload-dispvm-max", "2") + feature("internal-x", "1") +
                    feature("tag-created-vm-with", "x") + feature("service.", "1") +
                    feature("service.meminfo-writer", "");
    work.more = "<devices class=\"pci\"><device backend-domain=\"dom0\" id=\"00_14.0\"/>"
                "<device backend-domain=\"dom0\" id=\"00_19.0\"/></devices>";
    const auto plan = scene.plan(work.text());
    const PlannedQube& planned = named(plan, "work");
    CHECK(planned.label == "red");
    CHECK(has_note(planned, "label-replaced"));
    REQUIRE(planned.belongings.features.size() == 1);
    CHECK(planned.belongings.features[0].name == "gui");
    for (const char* name : {"updates-available", "preload-dispvm-max", "internal-x",
                             "tag-created-vm-with", "service."}) {
        INFO(name);
        CHECK(has_note(planned, "feature-skipped:" + std::string{name}));
    }
    CHECK(value_of(planned, "maxmem") == "0"); // what that feature says
    CHECK(planned.devices.empty());
    CHECK(has_note(planned, "device-skipped:pci"));

    scene.permitted.all_devices = true;
    const auto all = scene.plan(work.text());
    REQUIRE(named(all, "work").devices.size() == 1);
    CHECK(named(all, "work").devices[0].port == "00_14.0");
    CHECK(has_note(named(all, "work"), "device-skipped:pci"));
    CHECK_FALSE(value_of(named(all, "work"), "virt_mode")); // a pvh has no PCI devices
}

TEST_CASE("restore plan: what the dialect of the host does not know is left out", "[backup]")
{
    Scene scene;
    scene.store = host_store("", Dialect::r40);
    const auto plan = scene.plan(
        app("work", "vm1",
            property("guivm", "dom0") + property("bootmode", "x") + property("memory", "600"))
            .text());
    CHECK(value_of(named(plan, "work"), "memory") == "600");
    CHECK(has_note(named(plan, "work"), "property-skipped:guivm"));
    CHECK(has_note(named(plan, "work"), "property-skipped:bootmode"));
}

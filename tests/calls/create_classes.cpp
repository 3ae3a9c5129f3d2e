// SPDX-License-Identifier: GPL-2.0-or-later
//
// Create of a StandaloneVM, which has all of its own, and of a DispVM, which takes its template's.

#include "calls/disk_world.hpp"

#include <algorithm>
#include <regex>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::string_view disposable_template = R"(<property name="name">fedora-25-dvm</property>
        <property name="qid">6</property>
        <property name="template_for_dispvms">True</property>
        <property name="uuid">b6b6c6d2-2b52-4b0a-9c57-0c5b2a7d9e06</property>
        <property name="template">fedora-25</property>
      </properties>
      <features/>
      <tags/>)";

// The template of disposables with everything that one can have.
constexpr std::string_view full_disposable_template =
    R"(<property name="backup_timestamp">1479900000</property>
        <property name="installed_by_rpm">True</property>
        <property name="kernel">4.4.31-11</property>
        <property name="memory">0500</property>
        <property name="name">fedora-25-dvm</property>
        <property name="qid">6</property>
        <property name="template_for_dispvms">True</property>
        <property name="uuid">b6b6c6d2-2b52-4b0a-9c57-0c5b2a7d9e06</property>
        <property name="kernelopts">a &lt;b&gt; "c"</property>
        <property name="netvm" ref="domain-2"></property>
        <property name="template">fedora-25</property>
      </properties>
      <features>
        <feature name="gui">1</feature>
        <feature name="preload-dispvm-max">2</feature>
        <feature name="service.x">a &amp; b</feature>
      </features>
      <tags>
        <tag name="created-by-mgr"/>
        <tag name="disp-created-by-mgr"/>
        <tag name="managed-by-mgr"/>
        <tag name="mine"/>
      </tags>)";

std::string full_store()
{
    return with(store_text_on_files(), disposable_template, full_disposable_template);
}

off_t size_of(const ScratchRoot& root, std::string_view path)
{
    struct stat status {};
    return ::stat(root.below(path).c_str(), &status) == 0 ? status.st_size : -1;
}

constexpr off_t gib = off_t{1} << 30;

} // namespace

TEST_CASE("store.md 116: Create.StandaloneVM has empty volumes of its own")
{
    const DiskWorld world;
    world.changes({"dom0", "vm.Create.StandaloneVM", "", "name=solo label=red"}, {{"solo"}});
    const StoreView view = world.view();
    REQUIRE(view.domain("solo") != nullptr);
    CHECK(view.domain("solo")->attribute("class") == "StandaloneVM");
    CHECK(view.property("solo", "template") == std::nullopt);
    CHECK(view.property("solo", "dispid") == std::nullopt);
    CHECK(view.property("solo", "label") == "red");
    CHECK(view.tags("solo") == std::vector<std::string>{"created-by-dom0"});
    for (const char* const role : {"root", "private"}) {
        CHECK(view.volume("solo", role, "vid") == std::string{"appvms/solo/"} + role);
        CHECK(view.volume("solo", role, "save_on_stop") == "True");
        CHECK(view.volume("solo", role, "rw") == "True");
        CHECK(view.volume("solo", role, "source").empty());
    }
    CHECK(view.volume("solo", "volatile", "size") == "10737418240");
    CHECK(view.volume("solo", "kernel", "vid") == "4.8.12-12");
    CHECK(size_of(world.root, "/var/lib/qm-lvm/appvms/solo/root.img") == 10 * gib);
    CHECK(size_of(world.root, "/var/lib/qm-lvm/appvms/solo/private.img") == 2 * gib);
    CHECK(world.root.exists("/var/lib/qubes/appvms/solo"));
    world.gives({"solo", "vm.List"}, "solo class=StandaloneVM state=Halted\n");
    world.gives({"solo", "vm.Remove"}, "");
    CHECK_FALSE(world.root.exists("/var/lib/qm-lvm/appvms/solo"));
}

TEST_CASE("store.md 117: Create.StandaloneVM has no template")
{
    DiskWorld{}.fails_cleanly({"dom0", "vm.Create.StandaloneVM", "fedora-25", "name=a label=red"},
                              failure::protocol);
}

TEST_CASE("store.md 133: Create.DispVM from a disposable template")
{
    const DiskWorld world;
    world.changes({"dom0", "vm.Create.DispVM", "fedora-25-dvm", "name=d1 label=green"}, {{"d1"}});
    const StoreView view = world.view();
    REQUIRE(view.domain("d1") != nullptr);
    CHECK(view.domain("d1")->attribute("class") == "DispVM");
    CHECK(view.property("d1", "label") == "green");
    CHECK(view.property("d1", "template") == "fedora-25-dvm");
    CHECK(view.property("d1", "template_for_dispvms") == std::nullopt);
    CHECK(view.property("d1", "auto_cleanup") == std::nullopt);
    const std::string dispid = view.property("d1", "dispid").value_or("");
    CHECK(std::regex_match(dispid, std::regex{"0|[1-9][0-9]{0,3}"}));
    CHECK(world.reply({"d1", "vm.property.List"}).find("template_for_dispvms") ==
          std::string::npos);
    CHECK(view.tags("d1") == std::vector<std::string>{"created-by-dom0"});
    CHECK(view.volume("d1", "root", "source") == "vm-templates/fedora-25/root");
    CHECK(view.volume("d1", "root", "snap_on_start") == "True");
    CHECK(view.volume("d1", "root", "rw") == "False");
    CHECK(view.volume("d1", "private", "source") == "appvms/fedora-25-dvm/private");
    CHECK(view.volume("d1", "private", "snap_on_start") == "True");
    CHECK(view.volume("d1", "private", "save_on_stop") == "False");
    CHECK(view.volume("d1", "volatile", "size") == "12884901888");
    CHECK_FALSE(world.root.exists("/var/lib/qm-lvm/appvms/d1")); // nothing is made before a start
    CHECK(world.root.exists("/var/lib/qubes/appvms/d1"));
    CHECK_FALSE(world.root.exists("/var/lib/qubes/appvms/d1/firewall.xml"));
    world.gives({"d1", "vm.property.Get", "dispid"}, "default=no " + dispid);
    CHECK(world.reply({"d1", "vm.property.Get", "ip"}).starts_with("default=yes 10.138."));
    world.fails({"fedora-25-dvm", "vm.Remove"}, failure::vm_in_use);
    world.gives({"d1", "vm.Remove"}, "");
    CHECK_FALSE(world.root.exists("/var/lib/qubes/appvms/d1"));
}

TEST_CASE("store.md 134: Create.DispVM from what is no disposable template")
{
    const DiskWorld world;
    world.fails_cleanly({"dom0", "vm.Create.DispVM", "work", "name=d1 label=red"},
                        failure::bad_value);
    world.fails_cleanly({"dom0", "vm.Create.DispVM", "fedora-25", "name=d1 label=red"},
                        failure::bad_value);
    world.fails_cleanly({"dom0", "vm.Create.DispVM", "ghost", "name=d1 label=red"},
                        failure::vm_not_found);
}

TEST_CASE("vm.Create.DispVM: without argument it takes the default of the system")
{
    const DiskWorld world;
    world.gives({"dom0", "vm.Create.DispVM", "", "name=d1 label=red"}, "");
    CHECK(world.view().property("d1", "template") == "fedora-25-dvm");
    const DiskWorld without{with(store_text_on_files(),
                                 "    <property name=\"default_dispvm\">fedora-25-dvm</property>\n",
                                 "")};
    without.fails_cleanly({"dom0", "vm.Create.DispVM", "", "name=d1 label=red"},
                          failure::bad_value);
}

TEST_CASE("vm.Create.DispVM: what its template stores, it stores, and who made that has no say")
{
    const DiskWorld world{full_store()};
    world.root.add_kernel("4.4.31-11");
    world.changes({"dom0", "vm.Create.DispVM", "fedora-25-dvm", "name=d1 label=green"}, {{"d1"}});
    const StoreView view = world.view();
    CHECK(view.property("d1", "label") == "green");
    CHECK(view.property("d1", "memory") == "500");
    CHECK(view.property("d1", "kernel") == "4.4.31-11");
    CHECK(view.volume("d1", "kernel", "vid") == "4.4.31-11");
    CHECK(view.property("d1", "kernelopts") == "a <b> \"c\"");
    CHECK(view.property("d1", "netvm") == "sys-net");
    CHECK(view.property("d1", "qid") == "7");
    for (const char* const own : {"backup_timestamp", "installed_by_rpm", "template_for_dispvms"})
        CHECK(view.property("d1", own) == std::nullopt);
    CHECK(view.feature("d1", "gui") == "1");
    CHECK(view.feature("d1", "service.x") == "a & b");
    CHECK(view.feature("d1", "preload-dispvm-max") == std::nullopt);
    CHECK(view.tags("d1") == std::vector<std::string>{"created-by-dom0", "mine"});
    // As upstream writes them: by stage, then by name.
    std::vector<std::string> order;
    for (const Node& property : view.domain("d1")->child("properties")->children)
        order.push_back(property.attribute("name"));
    CHECK(order == std::vector<std::string>{"dispid", "kernel", "label", "memory", "name", "qid",
                                            "uuid", "kernelopts", "netvm", "template"});
}

TEST_CASE("vm.Create.DispVM: the firewall rules of its template become its own")
{
    const DiskWorld world;
    const std::string_view rules = "/var/lib/qubes/appvms/fedora-25-dvm/firewall.xml";
    const std::string_view copy = "/var/lib/qubes/appvms/d1/firewall.xml";
    world.root.write(rules, "<QubesFirewallRules version=\"2\"/>\n");
    world.gives({"dom0", "vm.Create.DispVM", "fedora-25-dvm", "name=d1 label=green"}, "");
    CHECK(world.root.read(copy) == "<QubesFirewallRules version=\"2\"/>\n");
    struct stat status {};
    REQUIRE(::stat(world.root.below(copy).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0664);

    SECTION("nothing of them is left when a volume cannot be made")
    {
        const DiskWorld broken{
            with(with(store_text_on_files(), "  </pools>",
                      "    <pool name=\"broken\" dir_path=\"/var/lib/qm-broken\" "
                      "driver=\"file-reflink\"/>\n  </pools>"),
                 "    <property name=\"default_template\">",
                 "    <property name=\"default_pool_volatile\">broken</property>\n"
                 "    <property name=\"default_template\">")};
        broken.root.write("/var/lib/qm-broken", "a file where a directory should be\n");
        broken.root.write(rules, "<QubesFirewallRules/>");
        broken.fails_cleanly({"dom0", "vm.Create.DispVM", "fedora-25-dvm", "name=d1 label=red"},
                             failure::storage);
        CHECK_FALSE(broken.root.exists("/var/lib/qubes/appvms/d1"));
    }
    SECTION("rules that are a link, or without an end, are nobody's to copy")
    {
        const std::string path = world.root.below(rules);
        REQUIRE(::unlink(path.c_str()) == 0);
        REQUIRE(::symlink("/etc/passwd", path.c_str()) == 0);
        world.fails_cleanly({"dom0", "vm.Create.DispVM", "fedora-25-dvm", "name=d2 label=red"},
                            failure::store);
        REQUIRE(::unlink(path.c_str()) == 0);
        world.root.write(rules, std::string((8U << 20) + 1, ' '));
        world.fails_cleanly({"dom0", "vm.Create.DispVM", "fedora-25-dvm", "name=d2 label=red"},
                            failure::store);
    }
}

TEST_CASE("vm.Create: whichever step fails, nothing of the qube is there, or all of it")
{
    struct Row {
        std::string_view step;
        std::string_view in_the_way; // a file where a directory should be
    };
    const std::vector<Row> rows{{"intent", "/var/lib/qubes-mgmt/intent"},
                                {"directory", "/var/lib/qubes/appvms"},
                                {"volumes", "/var/lib/qm-lvm/appvms"},
                                {"journal of the commit", "/run/qubes-mgmt/events"}};
    for (const Row& row : rows) {
        for (const char* const klass : {"StandaloneVM", "DispVM"}) {
            INFO(row.step << " of a " << klass);
            const World world{store_text_on_files()};
            std::filesystem::create_directories(world.root.below("/var/lib/qm-lvm"));
            std::filesystem::remove_all(world.root.below(row.in_the_way));
            world.root.write(row.in_the_way, "in the way");
            const Ask ask{"dom0", std::string{"vm.Create."} + klass, "", "name=subject label=red"};
            const Outcome outcome = run_call(world.root, ask);
            const bool there = world.view().domain("subject") != nullptr;
            CHECK((outcome.status == 0) == there);
            if (std::string_view{klass} == "StandaloneVM")
                CHECK(world.root.exists("/var/lib/qm-lvm/appvms/subject/private.img") == there);
            CHECK(world.root.exists("/var/lib/qubes/appvms/subject") == there);
            CHECK_FALSE(world.root.exists("/var/lib/qubes-mgmt/intent/subject"));
            CHECK(std::filesystem::remove(world.root.below(row.in_the_way)));
            if (!there)
                world.gives(ask, "");
            world.gives({"subject", "vm.Remove"}, "");
        }
    }
}

TEST_CASE("vm.Create: other volumes of the template come along, under new names")
{
    const std::string extra =
        "        <volume name=\"extra\" pool=\"varlibqubes\" vid=\"vm-templates/fedora-25/extra\" "
        "revisions_to_keep=\"1\" rw=\"True\" save_on_stop=\"True\" snap_on_start=\"False\" "
        "size=\"1048576\"/>\n";
    const std::string_view after =
        "<volume name=\"kernel\" pool=\"linux-kernel\" vid=\"4.8.12-12\"";
    std::string store = store_text_on_files();
    store.insert(store.find(after) - 8, extra);
    const DiskWorld world{store};
    world.gives({"dom0", "vm.Create.AppVM", "fedora-25", "name=news label=red"}, "");
    const StoreView view = world.view();
    CHECK(view.volume("news", "extra", "vid") == "appvms/news/extra");
    CHECK(view.volume("news", "extra", "pool") == "varlibqubes");
    CHECK(view.volume("news", "extra", "size") == "1048576");
    CHECK(size_of(world.root, "/var/lib/qubes/appvms/news/extra.img") == 1 << 20);
    world.gives({"news", "vm.Remove"}, "");
    CHECK_FALSE(world.root.exists("/var/lib/qubes/appvms/news"));
}

TEST_CASE("vm.Create.DispVM: in dialect current its volatile volume is as its template's")
{
    const std::string_view before = "        <property name=\"template\">debian-12</property>\n"
                                    "      </properties>\n"
                                    "      <features/>\n"
                                    "      <tags>\n"
                                    "        <tag name=\"audiovm-dom0\"/>\n"
                                    "        <tag name=\"guivm-dom0\"/>\n"
                                    "      </tags>\n"
                                    "    </domain>\n"
                                    "    <domain id=\"domain-7\"";
    const std::string_view instead =
        "        <property name=\"guivm\">work</property>\n"
        "        <property name=\"template\">debian-12</property>\n"
        "      </properties>\n"
        "      <features/>\n"
        "      <tags>\n"
        "        <tag name=\"audiovm-dom0\"/>\n"
        "        <tag name=\"guivm-work\"/>\n"
        "      </tags>\n"
        "      <volume-config>\n"
        "        <volume name=\"volatile\" pool=\"varlibqubes\" "
        "vid=\"appvms/debian-12-dvm/volatile\" revisions_to_keep=\"0\" rw=\"True\" "
        "save_on_stop=\"False\" snap_on_start=\"False\" ephemeral=\"False\" "
        "size=\"10737418240\"/>\n"
        "      </volume-config>\n"
        "    </domain>\n"
        "    <domain id=\"domain-7\"";
    const DiskWorld world{with(store_text("current.xml"), before, instead)};
    world.gives({"dom0", "vm.Create.DispVM", "debian-12-dvm", "name=d1 label=red"}, "");
    const StoreView view = world.view();
    CHECK(view.volume("d1", "volatile", "pool") == "varlibqubes");
    CHECK(view.volume("d1", "volatile", "ephemeral") == "False");
    CHECK(view.volume("d1", "volatile", "size") == "12884901888");
    CHECK(view.volume("d1", "root", "rw") == "True");
    CHECK(view.volume("d1", "root", "source") == "vm-templates/debian-12/root");
    CHECK(view.volume("d1", "root", "size") == "21474836480");
    CHECK(view.property("d1", "guivm") == "work");
    CHECK(view.tags("d1") ==
          std::vector<std::string>{"audiovm-dom0", "created-by-dom0", "guivm-work"});
    world.gives({"dom0", "vm.List"}, world.reply({"dom0", "vm.List"})); // it loads
}

TEST_CASE("vm.Create: in dialect current the caller's feature chooses who shows the windows")
{
    const auto store = [](const std::string& guivm) {
        return with(store_text("current.xml"), "        <feature name=\"servicevm\">1</feature>\n",
                    "        <feature name=\"set-created-guivm\">" + guivm + "</feature>\n");
    };
    const DiskWorld world{store("work")};
    world.gives({"dom0", "vm.Create.AppVM", "debian-12", "name=news label=red", "sys-firewall"},
                "");
    CHECK(world.view().property("news", "guivm") == "work");
    CHECK(world.view().tags("news") ==
          std::vector<std::string>{"audiovm-dom0", "created-by-sys-firewall", "guivm-work"});
    const DiskWorld ghost{store("ghost")};
    ghost.fails_cleanly(
        {"dom0", "vm.Create.AppVM", "debian-12", "name=news label=red", "sys-firewall"},
        failure::bad_value);
}

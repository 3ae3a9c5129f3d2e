// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/disk_world.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const std::string directory = "/etc/qubes/mgmt-constraints.d";

void constrain(const World& world, const std::string& lines)
{
    world.root.write(directory + "/10-test.conf", lines);
}

Ask by_mgr(const std::string& dest, const std::string& call, const std::string& argument = "",
           const std::string& payload = "")
{
    return {.dest = dest, .call = call, .argument = argument, .payload = payload, .caller = "mgr"};
}

Ask set(const std::string& property, const std::string& value)
{
    return by_mgr("work", "vm.property.Set", property, value);
}

const std::string one_netvm = "mgmt.vm.property.Set netvm mgr * value in sys-firewall\n";

} // namespace

TEST_CASE("protocol.md P25: a constraint says which values a property may be given")
{
    const World world;
    constrain(world, one_netvm);
    world.fails(set("netvm", "sys-net"), failure::denied);
    world.gives(set("netvm", "sys-firewall"), "");
    // What is not the line's business is as before.
    world.gives(set("vcpus", "3"), "");
    world.gives({"work", "vm.property.Set", "netvm", "sys-net"}, "");
}

TEST_CASE("protocol.md P26: a Reset is a Set of the default")
{
    const World world;
    constrain(world, one_netvm);
    world.gives(set("netvm", "sys-firewall"), "");
    world.gives({"dom0", "property.Set", "default_netvm", "sys-net"}, "");
    world.fails(by_mgr("work", "vm.property.Reset", "netvm"), failure::denied);
    constrain(world, "mgmt.vm.property.Set netvm mgr * value in sys-firewall @default\n");
    world.gives(by_mgr("work", "vm.property.Reset", "netvm"), "");
    world.gives(set("netvm", "sys-net"), "");
    world.gives({"dom0", "property.Set", "default_netvm", "sys-firewall"}, "");
    world.fails(set("netvm", "sys-net"), failure::denied);
    constrain(world, one_netvm);
    world.gives(by_mgr("work", "vm.property.Reset", "netvm"), "");
    world.changes_nothing(by_mgr("work", "vm.property.Reset", "netvm"));
}

TEST_CASE("protocol.md P27: no value is a value, which a list has or has not")
{
    const World world;
    constrain(world, one_netvm);
    world.fails(set("netvm", ""), failure::denied);
    constrain(world, "mgmt.vm.property.Set netvm mgr * value in sys-firewall @none\n");
    world.gives(set("netvm", ""), "");
}

TEST_CASE("protocol.md P28: a number lies between two others")
{
    const World world;
    constrain(world, "mgmt.vm.property.Set memory mgr * value between 200 4000\n");
    world.gives(set("memory", "4000"), "");
    world.fails(set("memory", "4001"), failure::denied);
    world.fails(set("memory", "199"), failure::denied);
    world.gives(set("memory", "0200"), ""); // as it is stored
    // A Reset, too: the default is 400.
    world.gives(by_mgr("work", "vm.property.Reset", "memory"), "");
    constrain(world, "mgmt.vm.property.Set memory mgr * value between 500 4000\n");
    world.fails(by_mgr("work", "vm.property.Reset", "memory"), failure::denied);
}

TEST_CASE("constraints: a value that fails its own check too is denied, and so is what is unknown")
{
    const World world;
    constrain(world, "mgmt.vm.property.Set * mgr * value in sys-firewall red \"4 GB\" ghost\n");
    for (const auto& [property, value] :
         std::vector<std::pair<std::string, std::string>>{{"netvm", "nobody"},
                                                          {"netvm", "a/../b"},
                                                          {"memory", "much"},
                                                          {"memory", ""},
                                                          {"label", "nosuch"},
                                                          {"nosuch", "x"},
                                                          {"name", "x"},
                                                          {"template", "work"}})
        world.fails(set(property, value), failure::denied);
    world.fails(by_mgr("work", "vm.property.Reset", "template"), failure::denied); // has no default
    // What the list has is judged by its own check.
    world.fails(set("memory", "4 GB"), failure::bad_value);
    world.fails(set("netvm", "ghost"), failure::bad_property_value);
    world.fails(set("nosuch", "red"), failure::no_such_property);
    world.gives(set("label", "red"), "");
}

TEST_CASE("constraints: of tags, features and whatever else a call is about")
{
    const World world;
    constrain(world, R"(mgmt.vm.tag.Set work-* mgr * allow
mgmt.vm.tag.* * mgr * deny
mgmt.vm.feature.Set service.* mgr @tag:created-by-mgr value in 1 @none
mgmt.vm.feature.Set limit mgr * value maxlen 3 and value match 1*
mgmt.vm.feature.Set same mgr * value in @current
mgmt.vm.feature.* * mgr * deny
mgmt.vm.* * mgr @self deny
)");
    world.gives(by_mgr("work", "vm.tag.Set", "work-1"), "");
    world.fails(by_mgr("work", "vm.tag.Set", "home"), failure::denied);
    world.fails(by_mgr("work", "vm.tag.Set", "."), failure::denied);
    world.fails(by_mgr("work", "vm.tag.Remove", "work-1"), failure::denied);
    world.fails(by_mgr("work", "vm.tag.Remove", "never-set"), failure::denied); // no oracle
    world.gives(by_mgr("work", "vm.tag.List"), world.reply({"work", "vm.tag.List"}));

    world.gives(by_mgr("work", "vm.feature.Set", "service.cups", "1"), "");
    world.fails(by_mgr("work", "vm.feature.Set", "service.cups", "2"), failure::denied);
    world.fails(by_mgr("sys-net", "vm.feature.Set", "service.cups", "1"), failure::denied);
    world.gives(by_mgr("work", "vm.feature.Set", "limit", "123"), "");
    world.fails(by_mgr("work", "vm.feature.Set", "limit", "1234"), failure::denied);
    world.fails(by_mgr("work", "vm.feature.Set", "limit", "2"), failure::denied);
    world.fails(by_mgr("work", "vm.feature.Set", "same", "x"), failure::denied);
    world.gives({"work", "vm.feature.Set", "same", "x"}, "");
    world.gives(by_mgr("work", "vm.feature.Set", "same", "x"), "");
    world.fails(by_mgr("work", "vm.feature.Remove", "limit"), failure::denied);

    world.fails(by_mgr("mgr", "vm.firewall.Flush"), failure::denied);
    world.gives(by_mgr("work", "vm.firewall.Flush"), "");
}

TEST_CASE("constraints: what a new qube would have, asked for or not")
{
    const DiskWorld world;
    constrain(
        world,
        R"(mgmt.vm.Create.* * mgr dom0 field label in red and field template in @tag:approved and field netvm in sys-firewall @none
mgmt.vm.Clone * mgr @tag:created-by-mgr field netvm in @none sys-firewall and field name match copy-*
mgmt.vm.Clone * mgr * deny
)");
    const auto create = [](const std::string& base, const std::string& words) {
        return by_mgr("dom0", "vm.Create.AppVM", base, words);
    };
    world.fails(create("fedora-25", "name=one label=red"), failure::denied);
    world.gives({"fedora-25", "vm.tag.Set", "approved"}, "");
    world.fails(create("fedora-25", "name=one label=blue"), failure::denied);
    world.fails(create("work", "name=one label=red"), failure::denied);
    world.fails(create("nobody", "name=one label=red"), failure::denied);
    world.fails(create("fedora-25", "name=work label=blue"), failure::denied); // no oracle
    world.fails(create("fedora-25", "label=blue"), failure::denied);
    world.fails(create("fedora-25", "name=work label=red"), failure::vm_already_exists);
    // The netvm comes from the system.
    world.gives({"dom0", "property.Set", "default_netvm", "sys-net"}, "");
    world.fails(create("fedora-25", "name=one label=red"), failure::denied);
    world.fails(by_mgr("work", "vm.Clone", "", "name=copy-1"), failure::denied);
    world.gives({"dom0", "property.Set", "default_netvm", "sys-firewall"}, "");
    world.gives(create("fedora-25", "name=one label=red"), "");
    // So does the template, where none is named.
    world.gives(create("", "name=two label=red"), "");
    world.gives({"fedora-25", "vm.tag.Remove", "approved"}, "");
    world.fails(create("", "name=three label=red"), failure::denied);

    world.fails(by_mgr("one", "vm.Clone", "", "name=other"), failure::denied);
    world.gives(by_mgr("one", "vm.Clone", "", "name=copy-1"), "");
    world.fails(by_mgr("fedora-25", "vm.Clone", "", "name=copy-2"), failure::denied);
}

TEST_CASE("constraints: how many qubes a caller may make")
{
    const DiskWorld world;
    const auto create = [](const std::string& name) {
        return by_mgr("dom0", "vm.Create.AppVM", "fedora-25", "name=" + name + " label=red");
    };
    // It has made one, work.
    constrain(world, "mgmt.vm.Create* * * * max-qubes 2\n");
    world.gives(create("second"), "");
    world.fails(create("third"), failure::denied);
    world.fails(create("second"), failure::denied);
    world.gives({"second", "vm.Remove"}, "");
    world.gives(create("third"), "");
    world.gives({.dest = "dom0",
                 .call = "vm.Create.AppVM",
                 .argument = "fedora-25",
                 .payload = "name=fourth label=red"},
                "");
}

TEST_CASE("constraints: without one a caller makes 256 qubes")
{
    std::string store = store_text_on_files();
    std::string made;
    for (int i = 1; i <= 254; ++i) {
        const std::string id = std::to_string(1000 + i);
        made += "<domain id=\"domain-" + id + "\" class=\"AppVM\"><properties>" +
                "<property name=\"label\">red</property><property name=\"name\">m" + id +
                "</property><property name=\"qid\">" + id +
                "</property><property name=\"template\">fedora-25</property>"
                "<property name=\"uuid\">11111111-2222-4333-8444-55555555" +
                id +
                "</property></properties><features/><devices class=\"pci\"/><tags>"
                "<tag name=\"created-by-mgr\"/></tags><volume-config/></domain>\n";
    }
    store.insert(store.rfind("</domains>"), made);
    const DiskWorld world{store};
    const auto create = [](const std::string& name) {
        return by_mgr("dom0", "vm.Create.AppVM", "fedora-25", "name=" + name + " label=red");
    };
    world.gives(create("last"), "");
    world.fails(create("more"), failure::denied);
    constrain(world, "mgmt.vm.Create.AppVM * mgr * allow\n");
    world.fails(create("more"), failure::denied);
    constrain(world, "mgmt.vm.Create.AppVM * mgr * max-qubes 257\n");
    world.gives(create("more"), "");
    world.fails(create("most"), failure::denied);
}

TEST_CASE("constraints: two who create at once do not pass a limit together")
{
    const DiskWorld world;
    constrain(world, "mgmt.vm.Create* * * * max-qubes 4\n");
    std::vector<std::unique_ptr<Process>> makers;
    for (int i = 0; i < 8; ++i)
        makers.push_back(std::make_unique<Process>(
            remote_command(world.root, by_mgr("dom0", "vm.Create.AppVM", "fedora-25",
                                              "name=n" + std::to_string(i) + " label=red"))));
    unsigned made = 0;
    for (const auto& maker : makers) {
        const Outcome outcome = maker->finish();
        CHECK((outcome.status == 0 || outcome.status == static_cast<int>(Failure::denied)));
        made += outcome.status == 0 ? 1 : 0;
    }
    CHECK(made == 3); // and work
}

TEST_CASE("constraints: calls that change no store are asked about, too")
{
    const World world;
    constrain(world, "mgmt.vm.Start * mgr work deny\nmgmt.vm.Pause * * * deny\n"
                     "mgmt.vm.volume.Resize private mgr * value between 1 4294967296\n");
    world.fails(by_mgr("work", "vm.Start"), failure::denied);
    world.fails(by_mgr("work", "admin.vm.Start"), failure::denied);
    world.fails(by_mgr("work", "vm.Pause"), failure::denied);
    world.fails({"work", "vm.Pause"}, failure::not_running);
    world.fails(by_mgr("work", "vm.volume.Resize", "private", "4294967297"), failure::denied);
    world.fails(by_mgr("work", "vm.volume.Resize", "private", "x"), failure::denied);
}

TEST_CASE("constraints: dom0 is bound by the files alone that say so")
{
    const World world;
    constrain(world, "mgmt.vm.tag.Set * * * deny\n");
    world.root.write(directory + "/20-dom0.conf", "include-dom0\nmgmt.vm.feature.Set * * * deny\n");
    world.gives({"work", "vm.tag.Set", "x"}, "");
    world.fails({"work", "vm.feature.Set", "x", "1"}, failure::denied);
    world.fails(by_mgr("work", "vm.feature.Set", "x", "1"), failure::denied);
    world.fails(by_mgr("work", "vm.tag.Set", "y"), failure::denied);
}

TEST_CASE("constraints: the first line of the first file decides, in the order of bytes")
{
    const World world;
    world.root.write(directory + "/20-b.conf", "mgmt.vm.tag.Set * * * deny\n");
    world.root.write(directory + "/3-c.conf", "mgmt.vm.tag.Set * * * deny\n");
    world.root.write(directory + "/10-a.conf", "mgmt.vm.tag.Set x* * * allow\n");
    world.root.write(directory + "/00-no.conf.rpmsave", "nonsense\n");
    world.root.write(directory + "/.00-no.conf", "nonsense\n");
    world.gives(by_mgr("work", "vm.tag.Set", "x1"), "");
    world.fails(by_mgr("work", "vm.tag.Set", "y1"), failure::denied);
}

TEST_CASE("constraints: those that cannot be relied on let no qube change anything")
{
    const World world;
    constrain(world, "mgmt.vm.tag.Set * * * allow\n");
    const std::string path = world.root.below(directory + "/10-test.conf");
    const std::string other = world.root.below(directory + "/20-other.conf");
    const Ask tag = by_mgr("work", "vm.tag.Set", "x");
    const auto all_is_denied = [&] {
        world.fails(tag, failure::denied);
        world.fails(by_mgr("work", "vm.Start"), failure::denied);
        world.fails(by_mgr("dom0", "vm.Create.AppVM", "", "name=n label=red"), failure::denied);
        world.gives(by_mgr("work", "vm.tag.Get", "x"), "0");
        world.gives({"work", "vm.tag.Set", "by-dom0"}, ""); // which can mend it
        world.gives({"work", "vm.tag.Remove", "by-dom0"}, "");
    };
    for (const mode_t mode : {0664, 0646}) {
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        all_is_denied();
    }
    REQUIRE(::chmod(path.c_str(), 0644) == 0);
    REQUIRE(::chmod(world.root.below(directory).c_str(), 0777) == 0);
    all_is_denied();
    REQUIRE(::chmod(world.root.below(directory).c_str(), 0755) == 0);
    for (const char* const wrong : {"nonsense\n", "mgmt.vm.tag.Set * * * allow\r\n"}) {
        world.root.write(directory + "/20-other.conf", wrong);
        all_is_denied();
    }
    std::filesystem::remove(other);
    std::filesystem::create_symlink("10-test.conf", other);
    all_is_denied();
    std::filesystem::remove(other);
    std::filesystem::create_directory(other);
    all_is_denied();
    std::filesystem::remove(other);
    REQUIRE(::mkfifo(other.c_str(), 0644) == 0);
    all_is_denied();
    std::filesystem::remove(other);
    if (::geteuid() == 0) { // of somebody else
        REQUIRE(::chown(path.c_str(), 4711, 0) == 0);
        all_is_denied();
        REQUIRE(::chown(path.c_str(), 0, 0) == 0);
    }
    world.gives(tag, "");
}

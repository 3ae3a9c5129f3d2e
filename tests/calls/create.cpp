// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/disk_world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <regex>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

off_t size_of(const ScratchRoot& root, std::string_view path)
{
    struct stat status {};
    return ::stat(root.below(path).c_str(), &status) == 0 ? status.st_size : -1;
}

mode_t mode_of(const ScratchRoot& root, std::string_view path)
{
    struct stat status {};
    return ::stat(root.below(path).c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

constexpr off_t gib = off_t{1} << 30;

} // namespace

TEST_CASE("store.md 112: Create.AppVM from a template")
{
    const DiskWorld world;
    world.changes({"dom0", "vm.Create.AppVM", "fedora-25", "name=news label=orange"}, {{"news"}});
    const StoreView view = world.view();
    REQUIRE(view.domain("news") != nullptr);
    CHECK(view.domain("news")->attribute("class") == "AppVM");
    CHECK(view.domain("news")->attribute("id") == "domain-7");
    CHECK(view.property("news", "qid") == "7");
    CHECK(view.property("news", "label") == "orange");
    CHECK(view.property("news", "template") == "fedora-25");
    CHECK(std::regex_match(
        view.property("news", "uuid").value_or(""),
        std::regex{"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"}));
    CHECK(view.tags("news") == std::vector<std::string>{"created-by-dom0"});
    CHECK(view.volume("news", "root", "source") == "vm-templates/fedora-25/root");
    CHECK(view.volume("news", "root", "pool") == "lvm");
    CHECK(view.volume("news", "root", "snap_on_start") == "True");
    CHECK(view.volume("news", "root", "rw") == "False");
    CHECK(view.volume("news", "root", "size") == "10737418240");
    CHECK(view.volume("news", "private", "vid") == "appvms/news/private");
    CHECK(view.volume("news", "private", "size") == "2147483648");
    CHECK(view.volume("news", "private", "save_on_stop") == "True");
    CHECK(view.volume("news", "volatile", "size") == "10737418240");
    CHECK(view.volume("news", "kernel", "vid") == "4.8.12-12");
    CHECK(size_of(world.root, "/var/lib/qm-lvm/appvms/news/private.img") == 2 * gib);
    CHECK(mode_of(world.root, "/var/lib/qm-lvm/appvms/news/private.img") ==
          (::geteuid() == 0 ? 0600 : 0660)); // the group may follow it
    CHECK((mode_of(world.root, "/var/lib/qubes/appvms/news") & 0777) == 0775);

    // The node stands where its name belongs, and the next number is the next one.
    const auto names = view.names();
    CHECK(names == std::vector<std::string>{"dom0", "fedora-25", "fedora-25-dvm", "mgr", "news",
                                            "sys-firewall", "sys-net", "work"});
    world.gives({"dom0", "vm.Create.AppVM", "fedora-25", "label=red name=other"}, "");
    CHECK(world.view().property("other", "qid") == "8");
    world.gives({"news", "vm.List"}, "news class=AppVM state=Halted\n");
    world.gives({"news", "vm.property.Get", "ip"}, "default=yes 10.137.0.7");
}

TEST_CASE("store.md 113: Create.AppVM without argument takes the default template")
{
    const DiskWorld world;
    world.gives({"dom0", "vm.Create.AppVM", "", "name=news label=orange"}, "");
    CHECK(world.view().property("news", "template") == "fedora-25");
    const DiskWorld without{with(store_text_on_files(),
                                 "    <property name=\"default_template\">fedora-25</property>\n",
                                 "")};
    without.fails_cleanly({"dom0", "vm.Create.AppVM", "", "name=news label=orange"},
                          failure::bad_value);
}

TEST_CASE("store.md 114 115: Create.AppVM from what is no template")
{
    const DiskWorld world;
    world.fails_cleanly({"dom0", "vm.Create.AppVM", "ghost", "name=news label=orange"},
                        failure::vm_not_found);
    world.fails_cleanly({"dom0", "vm.Create.AppVM", "work", "name=news label=orange"},
                        failure::bad_property_value);
}

TEST_CASE("store.md 118: Create.AppVM refuses names that are none")
{
    const DiskWorld world;
    for (const std::string& name :
         {std::string{"test-###"}, std::string{"--x"}, std::string{"1vm"}, std::string{"none"},
          std::string{"x-dm"}, std::string(32, 'a'), std::string{"a.b"}, std::string{"lost+found"}})
        world.fails_cleanly({"dom0", "vm.Create.AppVM", "fedora-25", "name=" + name + " label=red"},
                            failure::bad_value);
}

TEST_CASE("store.md 119 120 122 123 124: Create.AppVM refuses payloads that are none")
{
    const DiskWorld world;
    for (const std::string& payload :
         {std::string{"label=red"}, std::string{"name=a"}, std::string{"name=a label=red pool=lvm"},
          std::string{"name=a name=b label=red"}, std::string{"name=a label=red what=is"},
          std::string{"name=a  label=red"}, std::string{" name=a label=red"},
          std::string{"name=a label=red "}, std::string{"name=a label"},
          std::string{"name=a label=red pool:private=lvm"}, std::string{}})
        world.fails_cleanly({"dom0", "vm.Create.AppVM", "fedora-25", payload}, failure::protocol);
    // A line feed at the end belongs to the last value.
    world.fails_cleanly({"dom0", "vm.Create.AppVM", "fedora-25", "name=a label=red\n"},
                        failure::invalid_label);
}

TEST_CASE("store.md 121: Create.AppVM of a name that is taken")
{
    const DiskWorld world;
    world.fails_cleanly({"dom0", "vm.Create.AppVM", "fedora-25", "name=work label=red"},
                        failure::vm_already_exists);
    world.fails_cleanly({"dom0", "vm.Create.AppVM", "fedora-25", "name=dom0 label=red"},
                        failure::vm_already_exists);
}

TEST_CASE("store.md 125 126: Create.AppVM with a label that is not there, with a number for one")
{
    const DiskWorld world;
    world.fails_cleanly({"dom0", "vm.Create.AppVM", "fedora-25", "name=a label=nosuch"},
                        failure::label_not_found);
    world.fails_cleanly({"dom0", "vm.Create.AppVM", "fedora-25", "name=a label=3"},
                        failure::invalid_label);
}

TEST_CASE("store.md 135: a volume that cannot be made leaves nothing of the qube")
{
    const std::string store = with(
        with(store_text_on_files(), "  </pools>",
             "    <pool name=\"broken\" dir_path=\"/var/lib/qm-broken\" driver=\"file-reflink\"/>\n"
             "  </pools>"),
        "    <property name=\"default_template\">",
        "    <property name=\"default_pool_private\">broken</property>\n"
        "    <property name=\"default_template\">");
    const DiskWorld world{store};
    world.root.write("/var/lib/qm-broken", "a file where a directory should be\n");
    // Of a template the root volume is made first, then the private one fails.
    world.fails_cleanly({"dom0", "vm.Create.TemplateVM", "", "name=fresh label=black"},
                        failure::storage);
    world.fails_cleanly({"dom0", "vm.Create.AppVM", "fedora-25", "name=fresh label=red"},
                        failure::storage);
    CHECK_FALSE(world.root.exists("/var/lib/qubes/appvms/fresh"));
    CHECK_FALSE(world.root.exists("/var/lib/qubes/vm-templates/fresh"));
}

TEST_CASE("store.md 142: Create is dom0's")
{
    DiskWorld{}.fails_cleanly({"work", "vm.Create.AppVM", "fedora-25", "name=a label=red"},
                              failure::protocol);
}

TEST_CASE("vm.Create.TemplateVM: three volumes of its own and no template")
{
    const DiskWorld world;
    world.changes({"dom0", "vm.Create.TemplateVM", "", "name=fresh label=black"}, {{"fresh"}});
    const StoreView view = world.view();
    REQUIRE(view.domain("fresh") != nullptr);
    CHECK(view.domain("fresh")->attribute("class") == "TemplateVM");
    CHECK(view.property("fresh", "template") == std::nullopt);
    CHECK(view.volume("fresh", "root", "vid") == "vm-templates/fresh/root");
    CHECK(view.volume("fresh", "root", "source").empty());
    CHECK(view.volume("fresh", "root", "save_on_stop") == "True");
    CHECK(size_of(world.root, "/var/lib/qm-lvm/vm-templates/fresh/root.img") == 10 * gib);
    CHECK(size_of(world.root, "/var/lib/qm-lvm/vm-templates/fresh/private.img") == 2 * gib);
    CHECK(world.root.exists("/var/lib/qubes/vm-templates/fresh"));
    world.fails_cleanly({"dom0", "vm.Create.TemplateVM", "fedora-25", "name=two label=black"},
                        failure::protocol);
    world.gives({"dom0", "vm.Create.AppVM", "fresh", "name=child label=red"}, "");
    CHECK(world.view().volume("child", "root", "source") == "vm-templates/fresh/root");
}

TEST_CASE("vm.Create: the caller's name becomes a tag, and so do those of its feature")
{
    const DiskWorld world{with(store_text_on_files(),
                               "        <property name=\"netvm\"></property>\n"
                               "        <property name=\"template\">fedora-25</property>\n"
                               "      </properties>\n"
                               "      <features/>",
                               "        <property name=\"netvm\"></property>\n"
                               "        <property name=\"template\">fedora-25</property>\n"
                               "      </properties>\n"
                               "      <features>\n"
                               "        <feature name=\"tag-created-vm-with\">one two</feature>\n"
                               "      </features>")};
    world.gives({"dom0", "vm.Create.AppVM", "fedora-25", "name=news label=orange", "mgr"}, "");
    CHECK(world.view().tags("news") == std::vector<std::string>{"created-by-mgr", "one", "two"});
}

TEST_CASE("vm.Create: a directory with something in it is nobody's to take")
{
    const DiskWorld world;
    world.root.write("/var/lib/qubes/appvms/news/firewall.xml", "<firewall/>\n");
    world.fails_cleanly({"dom0", "vm.Create.AppVM", "fedora-25", "name=news label=orange"},
                        failure::failed);
    std::filesystem::create_directory(world.root.below("/var/lib/qubes/appvms/empty"));
    world.gives({"dom0", "vm.Create.AppVM", "fedora-25", "name=empty label=orange"}, "");
}

TEST_CASE("vm.Create: dialect current writes a writable root and the tags of gui and sound")
{
    const DiskWorld world{store_text("current.xml")};
    world.gives({"dom0", "vm.Create.AppVM", "debian-12", "name=news label=orange"}, "");
    const StoreView view = world.view();
    CHECK(view.volume("news", "root", "rw") == "True");
    CHECK(view.volume("news", "root", "size") == "21474836480");
    CHECK(view.volume("news", "private", "pool") == "vm-pool");
    CHECK(view.volume("news", "private", "revisions_to_keep") == "2");
    CHECK(view.tags("news") ==
          std::vector<std::string>{"audiovm-dom0", "created-by-dom0", "guivm-dom0"});
}

TEST_CASE("vm.Create: classes that nobody may create")
{
    const DiskWorld world;
    const Outcome outcome = run_call(world.root, {"dom0", "vm.Create", "", "name=a label=red"});
    check_refusal(outcome, "mgmt.vm.Create", Failure::protocol);
}

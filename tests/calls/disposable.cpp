// SPDX-License-Identifier: GPL-2.0-or-later
//
// CreateDisposable: disposables that nobody names.

#include "calls/disk_world.hpp"

#include <regex>
#include <set>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const Ask create{"fedora-25-dvm", "vm.CreateDisposable"};

// The fixture in which mgr has a disposable template of its own, and dom0 none.
std::string store_of_two()
{
    return with(with(store_text_on_files(),
                     "    <property name=\"default_dispvm\">fedora-25-dvm</property>\n", ""),
                "        <property name=\"kernelopts\">nopat apparmor=1</property>\n",
                "        <property name=\"default_dispvm\">fedora-25-dvm</property>\n"
                "        <property name=\"kernelopts\">nopat apparmor=1</property>\n");
}

} // namespace

TEST_CASE("vm.CreateDisposable: halted, named by its number, gone when it has shut down")
{
    const DiskWorld world;
    Ask ask = create;
    ask.caller = "mgr";
    const std::string name = world.reply(ask);
    REQUIRE(std::regex_match(name, std::regex{"disp(0|[1-9][0-9]{0,3})"}));
    const StoreView view = world.view();
    REQUIRE(view.domain(name) != nullptr);
    CHECK(view.domain(name)->attribute("class") == "DispVM");
    CHECK("disp" + view.property(name, "dispid").value_or("") == name);
    CHECK(view.property(name, "auto_cleanup") == "True");
    CHECK(view.property(name, "label") == "red"); // its template's
    CHECK(view.property(name, "template") == "fedora-25-dvm");
    CHECK(view.tags(name) == std::vector<std::string>{"created-by-mgr", "disp-created-by-mgr"});
    CHECK(world.root.exists("/var/lib/qubes/appvms/" + name));
    CHECK_FALSE(world.root.exists("/var/lib/qubes-mgmt/intent/" + name));
    world.gives({name, "vm.List"}, name + " class=DispVM state=Halted\n");
    CHECK(world.reply(ask) != name); // another one
    world.gives({name, "vm.Remove"}, "");
    CHECK_FALSE(world.root.exists("/var/lib/qubes/appvms/" + name));
}

TEST_CASE("vm.CreateDisposable: asked of dom0 it takes what the caller uses for its service calls")
{
    const DiskWorld usual;
    const std::string name = usual.reply({"dom0", "vm.CreateDisposable"});
    CHECK(usual.view().property(name, "template") == "fedora-25-dvm");
    CHECK(usual.view().tags(name) ==
          std::vector<std::string>{"created-by-dom0", "disp-created-by-dom0"});
    const DiskWorld world{store_of_two()};
    CHECK_FALSE(world.reply({"dom0", "vm.CreateDisposable", "", "", "mgr"}).empty());
    world.fails_cleanly({"dom0", "vm.CreateDisposable"}, failure::bad_value);
    world.fails_cleanly({"dom0", "vm.CreateDisposable", "", "", "work"}, failure::bad_value);
}

TEST_CASE("vm.CreateDisposable: who asks so is told the uuid")
{
    const DiskWorld world;
    Ask ask = create;
    ask.payload = "uuid";
    const std::string reply = world.reply(ask);
    REQUIRE(reply.size() == 5 + 36);
    const Outcome listed = run_call(world.root, {reply, "vm.List"});
    CHECK(listed.out.starts_with("disp"));
    ask.call = "admin.vm.CreateDisposable";
    const std::string framed = world.reply(ask);
    CHECK(framed.substr(0, 7) == std::string("0\0uuid:", 7));
    ask.payload = "";
    CHECK(world.reply(ask).substr(0, 6) == std::string("0\0disp", 6));
}

TEST_CASE("vm.CreateDisposable: what it refuses")
{
    const DiskWorld world;
    world.fails_cleanly({"work", "vm.CreateDisposable"}, failure::bad_value);
    world.fails_cleanly({"ghost", "vm.CreateDisposable"}, failure::vm_not_found);
    world.fails_cleanly({"fedora-25-dvm", "vm.CreateDisposable", "uuid"}, failure::protocol);
    world.fails_cleanly({"fedora-25-dvm", "vm.CreateDisposable", "", "uuid\n"}, failure::bad_value);
    world.fails_cleanly({"fedora-25-dvm", "vm.CreateDisposable", "", "", "nobody"},
                        failure::vm_not_found);
    world.fails_cleanly({"fedora-25-dvm", "vm.CreateDisposable", "", "", "a.b"},
                        failure::bad_value);
}

TEST_CASE("vm.CreateDisposable with --dry-run shows one that might be made and makes none")
{
    const DiskWorld world;
    const auto before = world.files();
    const std::string store = world.root.store();
    const Outcome outcome =
        run_local(world.root, "mgmt.vm.CreateDisposable", {"--dest", "fedora-25-dvm", "--dry-run"});
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find("+        <property name=\"auto_cleanup\">True</property>\n") !=
          std::string::npos);
    CHECK(world.root.store() == store);
    CHECK(world.files() == before);
}

TEST_CASE("vm.CreateDisposable: eight at once get eight names, eight numbers and eight addresses")
{
    const DiskWorld world;
    std::vector<Outcome> outcomes(8);
    {
        std::vector<std::jthread> callers;
        callers.reserve(outcomes.size());
        for (Outcome& outcome : outcomes)
            callers.emplace_back([&] { outcome = run_call(world.root, create); });
    }
    std::set<std::string> names;
    std::set<std::string> addresses;
    for (const Outcome& outcome : outcomes) {
        INFO(outcome.err);
        CHECK(outcome.status == 0);
        REQUIRE(world.view().domain(outcome.out) != nullptr);
        names.insert(outcome.out);
        addresses.insert(world.reply({outcome.out, "vm.property.Get", "ip"}));
    }
    CHECK(names.size() == 8);
    CHECK(addresses.size() == 8);
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/fd.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <grp.h>
#include <random>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;
using namespace std::chrono_literals;

namespace {

// The lock that upstream takes: a POSIX record lock over the whole file.
Fd hold_store(const ScratchRoot& root)
{
    Fd fd{::open(root.below(store_path).c_str(), O_RDWR | O_CLOEXEC)};
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    REQUIRE(::fcntl(fd.get(), F_SETLK, &whole) == 0);
    return fd;
}

Fd listen_as_daemon(const ScratchRoot& root)
{
    Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = root.below("/run/qubesd.sock");
    REQUIRE(path.size() < sizeof address.sun_path);
    std::copy(path.begin(), path.end(), address.sun_path);
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd.get(), 64) == 0);
    return fd;
}

std::vector<std::string> leftovers(const ScratchRoot& root)
{
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator{root.below("/var/lib/qubes")}) {
        const std::string name = entry.path().filename();
        if (name.starts_with("qubes.xml") && name != "qubes.xml")
            found.push_back(name);
    }
    return found;
}

std::string on_files_or_hostile(bool hostile)
{
    return hostile ? store_text("hostile.xml") : store_text_on_files();
}

} // namespace

TEST_CASE("store.md 144: what nobody knows is still there after a tag is set")
{
    std::string store = with(store_text("fixture.xml"), R"(<domain id="domain-4" class="AppVM">)",
                             R"(<domain id="domain-4" class="AppVM" colour='of the future'>)");
    store = with(store, R"(        <property name="memory">600</property>)",
                 "        <!-- was 400 -->\n        <property name=\"memory\">600</property>\n"
                 "        <property name=\"of_the_future\">x &amp; y</property>");
    store = with(store, "        <tag name=\"managed-by-mgr\"/>\n      </tags>",
                 "        <tag name=\"managed-by-mgr\"/>\n      </tags>\n"
                 "      <future><child a='1'></child></future>");
    const World world{store};
    world.changes({"work", "vm.tag.Set", "t"}, {{"work", "tags", "t"}});
    const std::string after = world.root.store();
    for (const std::string_view kept : {"colour='of the future'", "<!-- was 400 -->",
                                        "<property name=\"of_the_future\">x &amp; y</property>",
                                        "<future><child a='1'></child></future>"})
        CHECK(after.find(kept) != std::string::npos);
}

TEST_CASE("store.md 145: two processes with 500 Sets each lose nothing")
{
    const World world;
    std::array<std::size_t, 2> failures{};
    const auto set_many = [&](std::size_t which, const std::string& property) {
        for (int i = 1; i <= 500; ++i)
            if (run_call(world.root, {"work", "vm.property.Set", property, std::to_string(i)})
                    .status != 0)
                ++failures.at(which);
    };
    std::jthread one{[&] { set_many(0, "memory"); }};
    std::jthread two{[&] { set_many(1, "vcpus"); }};
    std::atomic<bool> done{false};
    std::size_t broken = 0;
    std::jthread watcher{[&] {
        while (!done) {
            try {
                const StoreView view = world.view();
                broken += view.domain("work") == nullptr ? 1 : 0;
            } catch (const std::exception&) {
                ++broken;
            }
        }
    }};
    one.join();
    two.join();
    done = true;
    watcher.join();
    CHECK(failures == std::array<std::size_t, 2>{});
    CHECK(broken == 0);
    CHECK(world.view().property("work", "memory") == "500");
    CHECK(world.view().property("work", "vcpus") == "500");
    CHECK(
        world.view().outside({{"work", "properties", "memory"}, {"work", "properties", "vcpus"}}) ==
        StoreView{store_text_on_files()}.outside(
            {{"work", "properties", "memory"}, {"work", "properties", "vcpus"}}));
}

TEST_CASE("store.md 146: a kill at any moment leaves the old store or the new one")
{
    const World world;
    std::minstd_rand random{146};
    std::string before = world.root.store();
    std::size_t old = 0;
    std::size_t fresh = 0;
    for (int i = 0; i < 200; ++i) {
        const std::string value = std::to_string(1000 + i);
        Process writer{remote_command(world.root, {"work", "vm.property.Set", "memory", value})};
        std::this_thread::sleep_for(std::chrono::microseconds{random() % 6000});
        writer.kill_now();
        const Outcome ended = writer.finish();
        const std::string after = world.root.store();
        const auto memory = StoreView{after}.property("work", "memory");
        if (after == before) {
            ++old;
            CHECK(ended.status != 0);
        } else {
            ++fresh;
            CHECK(memory == value);
        }
        before = after;
    }
    INFO(old << " kills left the old store, " << fresh << " the new one");
    CHECK(old > 0);
    world.gives({"work", "vm.property.Set", "memory", "999"}, "");
    CHECK(leftovers(world.root).empty());
}

TEST_CASE("store.md 147: who holds the lock makes a writer wait, not a reader")
{
    const World world;
    // From here on this process opens the store no more: closing any descriptor of it would give
    // the lock up.
    const std::string replacement =
        with(world.root.store(), "<property name=\"label\">blue</property>",
             "<property name=\"label\">yellow</property>");
    Fd held = hold_store(world.root);
    Process writer{remote_command(world.root, {"work", "vm.property.Set", "memory", "700"})};
    CHECK_FALSE(writer.ends_within(700ms));
    world.gives({"work", "vm.property.Get", "memory"}, "default=no 600");
    world.gives({"work", "vm.List"}, "work class=AppVM state=Halted\n");

    SECTION("it goes on when the lock is free")
    {
        held.reset();
        const Outcome outcome = writer.finish();
        CHECK(outcome.status == 0);
        CHECK(world.view().property("work", "memory") == "700");
    }
    SECTION("it edits the store that stands there then, not the one it waited for")
    {
        world.root.set_store(replacement);
        held.reset();
        const Outcome outcome = writer.finish();
        CHECK(outcome.status == 0);
        CHECK(world.view().property("work", "memory") == "700");
        CHECK(world.view().property("work", "label") == "yellow");
    }
    SECTION("with a time limit of its own it says busy")
    {
        const Outcome outcome =
            run_local(world.root, "vm.property.Set",
                      {"--plain", "--timeout=0.3", "--dest=work", "--arg=memory"}, "800");
        check_refusal(outcome, "mgmt.vm.property.Set", Failure::busy);
        CHECK(world.view().property("work", "memory") == "600");
    }
}

TEST_CASE("store.md 148: beside another manager nothing is written, everything is read")
{
    for (const WritingCall& row : writing_calls()) {
        const World world{row.prepared(store_text_on_files())};
        world.root.make_images();
        const Fd daemon = listen_as_daemon(world.root);
        if (row.ask.call.ends_with(".Assign")) // framed, its input is written otherwise
            check_refusal(run_call(world.root, row.ask), full_name(row.ask.call), Failure::busy);
        else
            world.fails(row.ask, failure::busy);
    }
    const World world{store_text_on_files()};
    const Fd daemon = listen_as_daemon(world.root);
    world.gives({"work", "vm.property.Get", "memory"}, "default=no 600");
    world.gives({"work", "vm.List"}, "work class=AppVM state=Halted\n");
    world.gives({"work", "vm.tag.Get", "managed-by-mgr"}, "1");
    world.gives({"work", "vm.feature.Get", "service.cups"}, "1");
}

TEST_CASE("store.md 149: a store that may not be read is refused by every call")
{
    const std::string good = store_text("fixture.xml");
    const std::vector<std::pair<std::string_view, std::string>> stores{
        {"DOCTYPE", "<!DOCTYPE qubes>\n" + good},
        {"DOCTYPE with an entity", "<!DOCTYPE qubes [<!ENTITY e \"x\">]>\n" + good},
        {"truncated", good.substr(0, good.size() / 2)},
        {"truncated at its last tag", good.substr(0, good.rfind("</qubes>"))},
        {"a qid twice",
         with(good, "<property name=\"qid\">5</property>", "<property name=\"qid\">4</property>")},
        {"a name twice", with(good, "<property name=\"name\">mgr</property>",
                              "<property name=\"name\">work</property>")},
        {"a uuid twice", with(good, "0a8f3c11-6d0e-4f8f-a1c4-7a9d4f6c0e05",
                              "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04")},
        {"no domains", with(with(good, "<domains>", "<hidden>"), "</domains>", "</hidden>")},
        {"in another encoding", "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n" + good},
        {"nested too deep", with(good, "  <pools>",
                                 [] {
                                     std::string deep;
                                     for (int i = 0; i < 20; ++i)
                                         deep += "<x>";
                                     for (int i = 0; i < 20; ++i)
                                         deep += "</x>";
                                     return deep;
                                 }() +
                                     "  <pools>")},
    };
    for (const auto& [what, store] : stores) {
        INFO(what);
        const World world{store};
        world.fails({"dom0", "vm.List"}, failure::store);
        world.fails({"work", "vm.property.Get", "label"}, failure::store);
        world.fails({"work", "vm.property.Set", "memory", "700"}, failure::store);
        world.fails({"work", "vm.tag.Set", "t"}, failure::store);
        world.fails({"dom0", "vm.Create.AppVM", "fedora-25", "name=news label=red"},
                    failure::store);
        CHECK(leftovers(world.root).empty());
    }
}

TEST_CASE("store.md 150: mode and group of the store after a write, and nothing left beside it")
{
    const World world;
    const std::string directory = world.root.below("/var/lib/qubes");
    const std::string store = world.root.below(store_path);
    gid_t group = ::getegid();
    if (::geteuid() == 0) {
        group = 65534; // the directory's own group, told from that of the writer
        REQUIRE(::chown(directory.c_str(), 0, group) == 0);
        REQUIRE(::chmod(directory.c_str(), 02770) == 0);
    }
    if (const struct group* qubes = ::getgrnam("qubes"))
        group = qubes->gr_gid;
    world.root.write("/var/lib/qubes/qubes.xml~dead42", "of a writer that was killed");
    world.gives({"work", "vm.tag.Set", "t"}, "");
    struct stat status {};
    REQUIRE(::stat(store.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0660);
    CHECK(status.st_gid == group);
    CHECK(leftovers(world.root).empty());
}

TEST_CASE("every writing call leaves the bytes outside what it touches")
{
    for (const bool hostile : {false, true}) {
        INFO((hostile ? "on the hostile store" : "on the fixture"));
        for (const WritingCall& row : writing_calls()) {
            const World world{row.prepared(on_files_or_hostile(hostile))};
            world.root.make_images();
            world.changes(row);
            CHECK(leftovers(world.root).empty());
        }
    }
}

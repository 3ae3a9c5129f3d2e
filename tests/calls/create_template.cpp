// SPDX-License-Identifier: GPL-2.0-or-later
//
// A template out of the image of its root; numbers are the test vectors of storage.md 9.

#include "calls/disk_world.hpp"
#include "calls/stream.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sys/stat.h>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

const Ask create{"dom0", "vm.CreateTemplate", "t2"};

std::string image_of(const DiskWorld& world, const std::string& role)
{
    const std::string pool = world.view().volume("t2", role, "pool");
    const std::string vid = world.view().volume("t2", role, "vid");
    return world.view().pool(pool)->attribute("dir_path") + "/" + vid + ".img";
}

// Where the data goes before it is a volume.
std::string find_target(const DiskWorld& world)
{
    for (const std::string& file : world.files())
        if (file.ends_with("root-import.img"))
            return file;
    return "";
}

void wait_for_target(const DiskWorld& world)
{
    for (int i = 0; i < 1000 && find_target(world).empty(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    REQUIRE_FALSE(find_target(world).empty());
}

} // namespace

TEST_CASE("storage.md 85: a template has the image as its root, and nothing else of its own")
{
    const DiskWorld world;
    const std::string source = world.root.below("/source.img");
    const std::string make = "truncate -s 1G " + source + " && mkfs.ext4 -q -F " + source;
    if (std::system(make.c_str()) != 0) {
        WARN("skipped: no mkfs.ext4 here");
        return;
    }
    Ask by_mgr = create;
    by_mgr.caller = "mgr";
    const Outcome outcome = file_to(world.root, by_mgr, source);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(outcome.out.empty());
    const StoreView view = world.view();
    REQUIRE(view.domain("t2") != nullptr);
    CHECK(view.domain("t2")->attribute("class") == "TemplateVM");
    CHECK(view.property("t2", "label") == "black");
    const auto tags = view.tags("t2");
    CHECK(std::ranges::find(tags, "created-by-mgr") != tags.end());
    CHECK(view.volume("t2", "root", "size") == "1073741824");
    CHECK(view.volume("t2", "private", "size") == "2147483648");
    const std::string compare =
        "cmp -s " + source + " " + world.root.below(image_of(world, "root"));
    CHECK(std::system(compare.c_str()) == 0);
    struct stat facts {};
    REQUIRE(::stat(world.root.below(image_of(world, "root")).c_str(), &facts) == 0);
    CHECK(static_cast<std::uint64_t>(facts.st_blocks) * 512 <= 64 * mib);
    CHECK(world.root.exists(image_of(world, "private")));
    world.gives({"t2", "vm.volume.ListSnapshots", "root"}, "");
    CHECK(find_target(world).empty());
    CHECK(std::ranges::none_of(world.files(), [](const std::string& file) {
        return file.find("/intent/") != std::string::npos;
    }));

    const auto before = world.files();
    REQUIRE(::truncate(source.c_str(), 512 * mib) == 0);
    Ask again = create;
    again.argument = "t3";
    const Outcome cut = file_to(world.root, again, source);
    check_refusal(cut, "mgmt.vm.CreateTemplate", Failure::failed);
    CHECK(cut.err.find("image truncated") != std::string::npos);
    CHECK(world.view().domain("t3") == nullptr);
    CHECK(world.files() == before);
}

TEST_CASE("storage.md 86: a name that is taken, or none, is refused before the data")
{
    const DiskWorld world;
    const auto before = world.files();
    for (const auto& [name, kind] :
         std::vector<std::pair<std::string, Failure>>{{"work", Failure::in_use},
                                                      {"dom0", Failure::in_use},
                                                      {"9x", Failure::bad_value},
                                                      {"none", Failure::bad_value},
                                                      {"a-dm", Failure::bad_value}}) {
        Ask ask = create;
        ask.argument = name;
        Streaming call{remote_command(world.root, ask)};
        CHECK_FALSE(call.send_zeros(64 * mib));
        check_refusal(call.finish(), "mgmt.vm.CreateTemplate", kind);
    }
    CHECK(world.files() == before);
}

TEST_CASE("a template whose image is none leaves nothing")
{
    const DiskWorld world;
    const auto before = world.files();
    const std::string store = world.root.store();
    check_refusal(stream_to(world.root, create, ""), "mgmt.vm.CreateTemplate", Failure::protocol);
    check_refusal(stream_to(world.root, create, std::string(1000, 'x')), "mgmt.vm.CreateTemplate",
                  Failure::failed);
    Streaming call{remote_command(world.root, create)};
    CHECK(call.send(std::string(mib, 'x')));
    wait_for_target(world);
    CHECK(world.view().domain("t2") == nullptr); // not before it is whole
    REQUIRE(::kill(call.process().pid(), SIGTERM) == 0);
    CHECK(call.process().ends_within(std::chrono::seconds{10}));
    check_refusal(call.finish(), "mgmt.vm.CreateTemplate", Failure::cancelled);
    CHECK(world.files() == before);
    CHECK(world.root.store() == store);
}

TEST_CASE("a template that was killed while its image came is cleared by the next change")
{
    const DiskWorld world;
    const auto before = world.files();
    Streaming call{remote_command(world.root, create)};
    CHECK(call.send(std::string(mib, 'x')));
    wait_for_target(world);
    // Nobody else takes it for unfinished while it is at work, nor its name.
    world.gives({"work", "vm.tag.Set", "t"}, "");
    CHECK_FALSE(find_target(world).empty());
    check_refusal(run_local(world.root, "vm.Create.TemplateVM", {"--plain", "--timeout=0.5"},
                            "name=t2 label=red"),
                  "mgmt.vm.Create.TemplateVM", Failure::busy);
    call.process().kill_now();
    CHECK(call.process().finish().status == 128 + SIGKILL);
    CHECK_FALSE(find_target(world).empty());
    SECTION("any change")
    {
        world.gives({"work", "vm.tag.Set", "u"}, "");
        CHECK(world.files() == before);
    }
    SECTION("another attempt")
    {
        CHECK(stream_to(world.root, create, std::string(2 * mib, 'y')).status == 0);
        CHECK(world.root.read(image_of(world, "root")) == std::string(2 * mib, 'y'));
        CHECK(find_target(world).empty());
    }
}

TEST_CASE("a template may come from another system: what is no known image is taken as it is")
{
    const DiskWorld world;
    REQUIRE(stream_to(world.root, create, std::string(mib + 512, 'x')).status == 0);
    CHECK(world.view().volume("t2", "root", "size") == std::to_string(mib + 512));
    CHECK(world.root.read(image_of(world, "root")) == std::string(mib + 512, 'x'));
}

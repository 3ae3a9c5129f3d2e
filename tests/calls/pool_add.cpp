// SPDX-License-Identifier: GPL-2.0-or-later
//
// Pools that come and go: storage.md 9, 87 to 91.

#include "calls/disk_world.hpp"
#include "calls/journal_view.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

// A machine with a place for pools outside of the store's directory.
struct Roomy : DiskWorld {
    explicit Roomy(const std::string& store = store_text("current.xml")) : DiskWorld{store}
    {
        fs::create_directories(root.below("/mnt"));
    }
};

Ask add(const std::string& argument, const std::string& payload, const std::string& caller = "dom0")
{
    return {"dom0", "pool.Add", argument, payload, caller};
}

// Without the check, because not every file system under test shares blocks.
std::string plain(const std::string& directory)
{
    return "driver=file-reflink\ndir_path=" + directory + "\nsetup_check=False\n";
}

std::string pools_of(const World& world)
{
    const std::string store = world.root.store();
    const auto begin = store.find("<pools>");
    return store.substr(begin, store.find("</pools>") - begin);
}

// Holds a lock as a call would that is at work.
Fd lock(const ScratchRoot& root, std::string_view name)
{
    Fd file{::open(root.below(name).c_str(), O_RDWR | O_CLOEXEC)};
    struct flock whole {};
    whole.l_type = F_WRLCK;
    if (::fcntl(file.get(), F_OFD_SETLK, &whole) != 0)
        throw std::runtime_error{"cannot lock"};
    return file;
}

mode_t mode_of(const std::string& path)
{
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 0777 : 0;
}

} // namespace

TEST_CASE("storage.md 87 88: Add makes the directories and then the entry, in either form")
{
    const auto place = new_pool_on("xfs");
    if (!place)
        return;
    const World world{store_text("current.xml"), on_disk(*place)};
    fs::create_directories(world.root.below("/mnt"));
    world.changes(add("p2", "driver=file-reflink\ndir_path=/mnt/p2\n"), {{"", "pools", "p2"}});
    for (const char* const made : {"/mnt/p2", "/mnt/p2/appvms", "/mnt/p2/vm-templates"}) {
        INFO(made);
        CHECK(mode_of(world.root.below(made)) == 0775);
    }
    world.changes(add("file-reflink", "name=p3\ndir_path=/mnt/p3\n"), {{"", "pools", "p3"}});
    CHECK(mode_of(world.root.below("/mnt/p3/appvms")) == 0775);
    world.gives({"dom0", "pool.List"}, "varlibqubes\nlinux-kernel\nvm-pool\np2\np3\n");
    CHECK(pools_of(world).ends_with(
        "    <pool name=\"p2\" dir_path=\"/mnt/p2\" driver=\"file-reflink\" "
        "revisions_to_keep=\"1\" ephemeral_volatile=\"False\"/>\n"
        "    <pool name=\"p3\" dir_path=\"/mnt/p3\" driver=\"file-reflink\" "
        "revisions_to_keep=\"1\" ephemeral_volatile=\"False\"/>\n  "));
    // Both are of use.
    fs::create_directories(world.root.below("/var/lib/qm-pool"));
    world.gives({"dom0", "vm.CreateInPool.TemplateVM", "", "name=fresh label=red pool=p2"}, "");
    CHECK(world.root.exists("/mnt/p2/vm-templates/fresh/root.img"));
    world.gives({"dom0", "pool.volume.List", "p2"},
                "vm-templates/fresh/private\nvm-templates/fresh/root\n");
}

TEST_CASE("pool.Add: the events, an extra option, a directory that is there, one behind a link")
{
    const Roomy world;
    world.gives(add("p2", plain("/mnt/p2/") + "revisions_to_keep=-1\nephemeral_volatile=on"), "");
    const StoreView view = world.view();
    REQUIRE(view.pool("p2") != nullptr);
    CHECK(view.pool("p2")->attribute("dir_path") == "/mnt/p2");
    CHECK(view.pool("p2")->attribute("revisions_to_keep") == "-1");
    CHECK(view.pool("p2")->attribute("ephemeral_volatile") == "True");
    CHECK(view.pool("p2")->attribute("setup_check").empty());
    CHECK(events_of(world.root, "", "pool-add") == 1);
    CHECK(read_journal(world.root).records.back().body.find(std::string{"pool\0p2\0", 8}) !=
          std::string::npos);

    fs::create_directories(world.root.below("/mnt/there/appvms"));
    world.gives(add("there", plain("/mnt/there")), "");
    CHECK(world.root.exists("/mnt/there/vm-templates"));
    fs::create_directories(world.root.below("/data/far"));
    fs::create_symlink(world.root.below("/data/far"), world.root.below("/mnt/near"));
    world.gives(add("near", plain("/mnt/near")), "");
    CHECK(world.root.exists("/data/far/appvms"));
    world.gives(add("kernels", "driver=linux-kernel\ndir_path=/mnt/kernels"), "");
    CHECK(fs::is_empty(world.root.below("/mnt/kernels")));
    CHECK(pools_of(world).find("<pool name=\"kernels\" dir_path=\"/mnt/kernels\" "
                               "driver=\"linux-kernel\"/>") != std::string::npos);
}

TEST_CASE("pool.Add: a store of the older generation, and one without a section for pools")
{
    const Roomy old{store_text_on_files()};
    old.changes(add("p2", plain("/mnt/p2")), {{"", "pools", "p2"}});
    CHECK(pools_of(old).ends_with("    <pool name=\"p2\" dir_path=\"/mnt/p2\" "
                                  "driver=\"file-reflink\" revisions_to_keep=\"1\"/>\n  "));
    old.fails_cleanly(add("p3", plain("/mnt/p3") + "ephemeral_volatile=True"),
                      failure::unsupported);
    CHECK_FALSE(old.root.exists("/mnt/p3"));

    std::string store = store_text("fixture.xml");
    const auto begin = store.find("  <pools>");
    const auto end = store.find("</pools>\n") + 9;
    const auto last = store.rfind("    <domain id=");
    const auto first = store.find("    <domain id=\"domain-1\"");
    REQUIRE(first < last);
    store.erase(first, store.find("  </domains>") - first);
    const World none{store.erase(begin, end - begin)};
    none.gives(add("p2", plain("/var/lib/p2")), "");
    CHECK(pools_of(none) == "<pools>\n    <pool name=\"p2\" dir_path=\"/var/lib/p2\" "
                            "driver=\"file-reflink\" revisions_to_keep=\"1\"/>\n  ");
    none.gives({"dom0", "pool.List"}, "p2\n");
}

TEST_CASE("storage.md 89: requests that Add refuses")
{
    const Roomy world;
    const auto refused = [&](const Ask& ask, FailureType type) {
        world.fails_cleanly(ask, type);
        CHECK(fs::is_empty(world.root.below("/mnt")));
    };
    const std::string good = "driver=file-reflink\ndir_path=/mnt/p2\n";
    refused(add("p2", good + "dir_path=/mnt/p2\n"), failure::protocol);
    refused(add("p2", good + "revisions_to_keep\n"), failure::protocol);
    refused(add("p2", good + "volume_group=x\n"), failure::protocol);
    refused(add("p2", good + "what=is\n"), failure::protocol);
    refused(add("p2", "driver=linux-kernel\ndir_path=/mnt/p2\nrevisions_to_keep=0"),
            failure::protocol);
    refused(add("p2", "driver=file-reflink\n"), failure::protocol);
    CHECK(run_call(world.root, add("p2", "driver=file-reflink\n")).err.find("'dir_path'") !=
          std::string::npos);
    refused(add("p2", "driver=callback\ndir_path=/mnt/p2"), failure::driver_not_found);
    refused(add("p2", "driver=callback\ndir_path=/mnt/p2", "sys-net"), failure::denied);
    refused(add("vm-pool", good), failure::pool_in_use);
    refused(add("p2", good + "revisions_to_keep=\xc3\xb6"), failure::protocol);
    refused(add("a/b", good), failure::protocol);
    refused(add("file-reflink", "name=a/b\ndir_path=/mnt/p2"), failure::protocol);
    for (const char* const path :
         {"/mnt/../etc", "mnt/p2", "/", "/mnt//p2", "/mnt/./p2", "/mnt/p 2", "/mnt/p2//", ""})
        refused(add("p2", std::string{"driver=file-reflink\ndir_path="} + path),
                failure::bad_value);
    refused(add("p2", "driver=file-reflink\ndir_path=/mnt/" + std::string(512, 'a')),
            failure::bad_value);
    for (const char* const option :
         {"revisions_to_keep=-2", "revisions_to_keep=x", "revisions_to_keep=100001",
          "setup_check=maybe", "ephemeral_volatile="})
        refused(add("p2", good + option), failure::bad_value);
    refused(add("p2", "driver=file\ndir_path=/mnt/p2\nrevisions_to_keep=2"), failure::bad_value);
    if (::geteuid() != 0) { // another user's call asks for root first, which is not to be had here
        WARN("skipped: pools of devices need root");
        return;
    }
    CHECK(
        run_call(world.root, add("p2", "driver=lvm_thin")).err.find("'volume_group' 'thin_pool'") !=
        std::string::npos);
    refused(add("p2", "driver=lvm_thin\nvolume_group=-vg\nthin_pool=tp"), failure::bad_value);
    refused(add("p2", "driver=lvm_thin\nvolume_group=vg/x\nthin_pool=tp"), failure::bad_value);
    refused(add("p2", "driver=zfs\ncontainer=tank/../x"), failure::bad_value);
}

TEST_CASE("pool.Add: a place where images of qubes are, or above which nothing is")
{
    const Roomy world;
    for (const char* const path :
         {"/var/lib/qubes/appvms/work", "/var/lib/qubes/appvms", "/var/lib/qubes/vm-templates/x",
          "/var/lib/qm-pool/appvms/news", "/mnt/no/p2"}) {
        INFO(path);
        world.fails_cleanly(add("p2", plain(path)), failure::bad_value);
    }
    fs::create_symlink(world.root.below("/var/lib/qubes/appvms"), world.root.below("/mnt/link"));
    world.fails_cleanly(add("p2", plain("/mnt/link/p2")), failure::bad_value);
    world.root.write("/mnt/file", "no directory");
    world.fails_cleanly(add("p2", plain("/mnt/file")), failure::storage);
}

TEST_CASE("pool.Add: a qube may make pools below the configured roots only")
{
    const Roomy world;
    fs::create_directories(world.root.below("/data"));
    const auto from_qube = [&](const std::string& name, const std::string& path) {
        return add(name, plain(path), "sys-net");
    };
    world.fails_cleanly(from_qube("p2", "/data/p2"), failure::denied);
    world.fails_cleanly(from_qube("p2", "/mnt"), failure::denied);
    world.fails_cleanly(from_qube("p2", "/mnt2/p"), failure::denied);
    fs::create_symlink(world.root.below("/data"), world.root.below("/mnt/out"));
    world.fails_cleanly(from_qube("p2", "/mnt/out"), failure::denied);
    world.fails_cleanly(from_qube("p2", "/mnt/out/p2"), failure::denied);
    CHECK(fs::is_empty(world.root.below("/data")));
    world.gives(from_qube("p2", "/mnt/p2"), "");
    world.gives(from_qube("p3", "/var/lib/qubes/p3"), "");

    world.root.configure("hypervisor = offline\npool-roots = /data/  /elsewhere\n");
    world.gives(from_qube("p4", "/data/p4"), "");
    world.fails_cleanly(from_qube("p5", "/mnt/p5"), failure::denied);
}

TEST_CASE("storage.md 90: an Add whose setup fails leaves neither an entry nor a directory")
{
    const Roomy world;
    // Where a directory is to be made there is a file: the first directory was made by then.
    fs::create_directories(world.root.below("/mnt/half"));
    world.root.write("/mnt/half/vm-templates", "a file\n");
    world.fails_cleanly(add("p2", plain("/mnt/half")), failure::storage);
    CHECK_FALSE(world.root.exists("/mnt/half/appvms"));
    CHECK(world.root.exists("/mnt/half/vm-templates"));
    world.root.write("/mnt/file", "");
    world.fails_cleanly(add("p2", plain("/mnt/file/p2")), failure::storage);
    CHECK(world.view().pool("p2") == nullptr);
    CHECK(events_of(world.root, "", "pool-add") == 0);
}

TEST_CASE("pool.Add: what was made goes again when the store is not to be had")
{
    const Roomy world;
    {
        const Fd held = lock(world.root, store_path);
        const Outcome outcome =
            run_local(world.root, "pool.Add", {"--timeout=0.3", "--plain", "p2"}, plain("/mnt/p2"));
        check_refusal(outcome, "mgmt.pool.Add", Failure::busy);
    }
    CHECK(fs::is_empty(world.root.below("/mnt")));
    world.gives(add("p2", plain("/mnt/p2")), "");
}

TEST_CASE("storage.md 48: where files cannot share blocks Add is refused, unless that is wanted")
{
    const World world{store_text("current.xml"), "/dev/shm"};
    fs::create_directories(world.root.below("/mnt"));
    world.fails(add("p2", "driver=file-reflink\ndir_path=/mnt/p2\n"), failure::storage);
    CHECK(run_call(world.root, add("p2", "driver=file-reflink\ndir_path=/mnt/p2\n"))
              .err.find("setup_check=False") != std::string::npos);
    CHECK(fs::is_empty(world.root.below("/mnt")));
    world.gives(add("p2", plain("/mnt/p2")), "");
    CHECK(world.root.exists("/mnt/p2/vm-templates"));
}

TEST_CASE("pool.Add: --dry-run checks everything and makes nothing")
{
    const Roomy world;
    const std::string before = world.root.store();
    const Outcome outcome =
        run_local(world.root, "pool.Add", {"--dry-run", "--plain", "p2"}, plain("/mnt/p2"));
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find("+    <pool name=\"p2\" dir_path=\"/mnt/p2\"") != std::string::npos);
    CHECK(world.root.store() == before);
    CHECK(fs::is_empty(world.root.below("/mnt")));
    const Outcome refused =
        run_local(world.root, "pool.Add", {"--dry-run", "--plain", "vm-pool"}, plain("/mnt/p2"));
    check_refusal(refused, "mgmt.pool.Add", Failure::in_use);
}

TEST_CASE("pool.Add: of several of one name at once one makes the pool, and its directories stay")
{
    const Roomy world;
    std::vector<std::thread> callers;
    std::vector<Outcome> outcomes(8);
    for (Outcome& outcome : outcomes)
        callers.emplace_back([&] { outcome = run_call(world.root, add("p2", plain("/mnt/p2"))); });
    for (std::thread& caller : callers)
        caller.join();
    const auto made = std::ranges::count(outcomes, 0, &Outcome::status);
    CHECK(made == 1);
    for (const Outcome& outcome : outcomes)
        if (outcome.status != 0)
            check_refusal(outcome, "mgmt.pool.Add", Failure::in_use);
    CHECK(world.root.exists("/mnt/p2/appvms"));
    CHECK(world.root.exists("/mnt/p2/vm-templates"));
    CHECK(events_of(world.root, "", "pool-add") == 1);
}

TEST_CASE("storage.md 91: Remove refuses a pool in use and leaves the files of another")
{
    const Roomy world;
    world.fails_cleanly({"dom0", "pool.Remove", "vm-pool"}, failure::pool_in_use);
    world.fails_cleanly({"dom0", "pool.Remove", "linux-kernel"}, failure::pool_in_use);
    const std::string before = world.root.store();
    world.gives(add("p2", plain("/mnt/p2")), "");
    world.gives({"dom0", "vm.CreateInPool.AppVM", "debian-12", "name=news label=red pool=p2"}, "");
    world.fails_cleanly({"dom0", "pool.Remove", "p2"}, failure::pool_in_use);
    world.gives({"news", "vm.Remove"}, "");
    world.root.write("/mnt/p2/appvms/kept/private.img", "of a qube that the store lost");
    world.changes({"dom0", "pool.Remove", "p2"}, {{"", "pools", "p2"}});
    CHECK(world.root.store() == before); // to the byte
    CHECK(world.root.exists("/mnt/p2/appvms/kept/private.img"));
    CHECK(events_of(world.root, "", "pool-pre-delete") == 1);
    CHECK(events_of(world.root, "", "pool-delete") == 1);
    world.fails({"dom0", "pool.Remove", "p2"}, failure::pool_not_found);
}

TEST_CASE("pool.Remove: default pools are in use, chosen or computed")
{
    const Roomy world;
    for (const char* const property :
         {"default_pool_root", "default_pool_private", "default_pool_volatile"}) {
        const std::string name = std::string{property}.substr(8);
        world.gives(add(name, plain("/mnt/" + name)), "");
        world.gives({"dom0", "property.Set", property, name}, "");
        world.fails_cleanly({"dom0", "pool.Remove", name}, failure::pool_in_use);
        world.gives({"dom0", "property.Reset", property}, "");
        world.gives({"dom0", "pool.Remove", name}, "");
    }
    // Without a choice the pool called `default` is it, else the one in /var/lib/qubes.
    world.gives({"dom0", "property.Reset", "default_pool"}, "");
    world.fails_cleanly({"dom0", "pool.Remove", "varlibqubes"}, failure::pool_in_use);
    world.gives(add("default", plain("/mnt/default")), "");
    world.fails_cleanly({"dom0", "pool.Remove", "default"}, failure::pool_in_use);
    world.gives({"dom0", "property.Set", "default_pool", "vm-pool"}, "");
    world.gives({"dom0", "pool.Remove", "default"}, "");
}

TEST_CASE("pool.Remove: a qube that is being made uses a pool")
{
    const Roomy world;
    world.gives(add("p2", plain("/mnt/p2")), "");
    world.root.write("/var/lib/qubes-mgmt/intent/unborn",
                     "verb=create\nvolume=private p2 save - rw appvms/unborn/private\n");
    world.root.write("/run/qubes-mgmt/qube/unborn", "");
    {
        const Fd held = lock(world.root, "/run/qubes-mgmt/qube/unborn");
        world.fails({"dom0", "pool.Remove", "p2"}, failure::pool_in_use);
    }
    // Nobody is at it any more: the work is taken back first.
    world.gives({"dom0", "pool.Remove", "p2"}, "");
    CHECK_FALSE(world.root.exists("/var/lib/qubes-mgmt/intent/unborn"));
}

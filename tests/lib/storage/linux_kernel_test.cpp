// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/fd.hpp"
#include "storage/linux_kernel.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/file_systems.hpp"

#include <fcntl.h>
#include <sys/stat.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

void put(const std::string& path, const std::string& text)
{
    const Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    REQUIRE(file);
    REQUIRE(write_all(file.get(), text));
}

Volume kernel_volume(const std::string& version)
{
    return {.role = "kernel", .pool = "linux-kernel", .vid = version};
}

} // namespace

TEST_CASE("linux-kernel: finds what a kernel brings", "[storage]")
{
    const auto place = new_pool_on("plain");
    REQUIRE(place);
    const auto directory = on_disk(*place);
    for (const char* version : {"6.6.54-1", "5.10.0-bare", "broken", ".hidden"})
        REQUIRE(::mkdir((directory + "/" + version).c_str(), 0755) == 0);
    put(directory + "/6.6.54-1/vmlinuz", "k");
    put(directory + "/6.6.54-1/initramfs", "i");
    put(directory + "/6.6.54-1/modules.img", "m");
    put(directory + "/6.6.54-1/default-kernelopts-nopci.txt", "swiotlb=2048 nopat\n");
    put(directory + "/6.6.54-1/default-kernelopts-pci.txt", "");
    put(directory + "/6.6.54-1/memory-hotplug-supported", "");
    put(directory + "/5.10.0-bare/vmlinuz", "k");
    put(directory + "/README", "not a kernel");

    const auto full = find_kernel(directory, "6.6.54-1");
    CHECK(full.vmlinuz == directory + "/6.6.54-1/vmlinuz");
    CHECK(full.initramfs == directory + "/6.6.54-1/initramfs");
    CHECK(full.modules == directory + "/6.6.54-1/modules.img");
    CHECK(full.default_kernelopts_nopci == "swiotlb=2048 nopat");
    CHECK(full.default_kernelopts_pci == "");
    CHECK_FALSE(full.default_kernelopts_common);
    CHECK(full.memory_hotplug);

    const auto bare = find_kernel(directory, "5.10.0-bare");
    CHECK_FALSE(bare.initramfs);
    CHECK_FALSE(bare.modules);
    CHECK_FALSE(bare.default_kernelopts_nopci);
    CHECK_FALSE(bare.memory_hotplug);

    const auto pool = open_pool({"linux-kernel", "linux-kernel", {{"dir_path", *place + "/"}}});
    CHECK(pool->list() == std::vector<std::string>{"5.10.0-bare", "6.6.54-1", "broken"});
    pool->verify(kernel_volume("6.6.54-1"));
    pool->verify(kernel_volume(""));
    CHECK(failure_of([&] { pool->verify(kernel_volume("broken")); }) == Failure::failed);
    CHECK(failure_of([&] { pool->verify(kernel_volume("1.2.3")); }) == Failure::failed);
    CHECK(failure_of([&] { pool->verify(kernel_volume("../x")); }) == Failure::bad_value);

    const auto path = pool->block_path(kernel_volume("6.6.54-1"));
    REQUIRE(path);
    CHECK(path->path == directory + "/6.6.54-1/modules.img");
    CHECK_FALSE(path->block_device);
    CHECK_FALSE(pool->block_path(kernel_volume("5.10.0-bare")));
    CHECK_FALSE(pool->block_path(kernel_volume("")));

    // nothing here is ours to change
    const auto volume = kernel_volume("6.6.54-1");
    pool->create(volume);
    CHECK_FALSE(pool->start(volume));
    CHECK_FALSE(pool->is_started(volume));
    pool->stop(volume);
    pool->abort(volume);
    pool->remove(volume);
    CHECK(find_kernel(directory, "6.6.54-1").modules == full.modules);
    CHECK_FALSE(pool->usage());
    CHECK(pool->default_revisions_to_keep() == 0);
    CHECK(pool->new_vid("appvms", "a", "kernel").empty());
}

TEST_CASE("linux-kernel: refuses versions that would leave its directory", "[storage]")
{
    for (const char* good : {"6.6.54-1", "pvgrub2-pvh", "6.6.54-1.qubes.fc37.x86_64", "6.1~rc1+x"})
        CHECK(is_kernel_version(good));
    for (const char* bad :
         {"", ".", "..", ".hidden", "a/b", "/etc", "a/../b", "6..6", "a b", "a\n", "\xc3\xb6"}) {
        INFO(bad);
        CHECK_FALSE(is_kernel_version(bad));
        CHECK(failure_of([&] { static_cast<void>(find_kernel("/nowhere", bad)); }) ==
              Failure::bad_value);
    }
    CHECK_FALSE(is_kernel_version(std::string(129, 'a')));
}

TEST_CASE("linux-kernel: a missing directory holds no kernels", "[storage]")
{
    scratch_root();
    const auto pool = open_pool({"k", "linux-kernel", {{"dir_path", "/nowhere"}}});
    CHECK(pool->list().empty());
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/sha256.hpp"
#include "storage/volume_state.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <sys/stat.h>

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("storage.md 4: the file of a volume in use is named as other programs expect",
          "[storage]")
{
    CHECK(volume_state_path("vm-pool", "qubes_dom0/vm-a-root") ==
          scratch_root() + "/run/qubes/volume-running-vm--pool:qubes_dom0-vm--a--root");
    CHECK(escape_volume("p", "appvms/a-b/root") == "p:appvms-a--b-root");
}

TEST_CASE("volume state: names of locks are short enough for a file", "[storage]")
{
    const std::string dashes(63, '-');
    CHECK(volume_lock_name("default", "appvms/app1/private") == "default:appvms-app1-private");
    CHECK(volume_lock_name(dashes, "appvms/a/" + std::string(64, 'x')).size() == 200);
    const auto hashed = volume_lock_name(dashes, "appvms/a/" + std::string(65, 'x'));
    CHECK(hashed == sha256_hex(std::string(126, '-') + ":appvms-a-" + std::string(65, 'x')));
    CHECK(hashed.size() == 64);
}

TEST_CASE("volume state: a mark is written, changed, read and removed", "[storage]")
{
    const auto& root = scratch_root();
    CHECK_FALSE(volume_running_in("default", "appvms/app1/private"));
    clear_volume_running("default", "appvms/app1/private");
    mark_volume_running("default", "appvms/app1/private", "application1");
    struct stat facts {};
    const auto path = root + "/run/qubes/volume-running-default:appvms-app1-private";
    REQUIRE(::stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0660);
    mark_volume_running("default", "appvms/app1/private", "sa");
    CHECK(volume_running_in("default", "appvms/app1/private") == "sa");
    clear_volume_running("default", "appvms/app1/private");
    CHECK_FALSE(volume_running_in("default", "appvms/app1/private"));

    const std::string long_pool(63, '-');
    const auto long_vid = "appvms/" + std::string(31, 'q') + "/" + std::string(100, '-');
    mark_volume_running(long_pool, long_vid, "sa");
    CHECK(volume_running_in(long_pool, long_vid) == "sa");
}

TEST_CASE("sha256: published examples and each length of the last block", "[base]")
{
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(sha256_hex(std::string(1000000, 'a')) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    std::string all;
    for (std::size_t length = 0; length < 130; ++length)
        all += sha256_hex(std::string(length, 'q'));
    CHECK(sha256_hex(all) == "3521586badc29d53dbd110d2c09c64fd9e511f38faafafd38463a7b4e438c94d");
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/attachment.hpp"
#include "storage/pool.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

Attachment one_of(const std::string& qube, const Uuid& uuid, const std::string& vid)
{
    return {.qube = qube,
            .uuid = uuid,
            .role = "vol1",
            .pool = "default",
            .vid = vid,
            .revisions_to_keep = -1,
            .rw = true,
            .path = "/dev/mapper/vg0-x",
            .block_device = true,
            .target = "xvdi"};
}

} // namespace

TEST_CASE("attachments: who has a volume, and what a qube has", "[storage]")
{
    static_cast<void>(scratch_root());
    const Uuid work = Uuid::random();
    const Uuid vault = Uuid::random();
    const std::string longest = "vg0/" + std::string(251, 'x'); // its name is a hash
    CHECK(Attachment::of_volume("default", "vg0/data").empty());
    one_of("work", work, "vg0/data").save();
    one_of("work", work, longest).save();
    one_of("vault", vault, "vg0/data").save();
    CHECK(Attachment::of_volume("default", "vg0/data").size() == 2);
    CHECK(Attachment::of_volume("default", "vg0/dat").empty());
    CHECK(Attachment::of_volume("other", "vg0/data").empty());
    CHECK(Attachment::of_qube(work).size() == 2);
    CHECK(Attachment::all().size() == 3);

    const auto found = Attachment::of_volume("default", longest);
    REQUIRE(found.size() == 1);
    CHECK(found[0].qube == "work");
    CHECK(found[0].uuid == work);
    CHECK(found[0].role == "vol1");
    CHECK(found[0].pool == "default");
    CHECK(found[0].vid == longest);
    CHECK(found[0].revisions_to_keep == -1);
    CHECK(found[0].rw);
    CHECK(found[0].path == "/dev/mapper/vg0-x");
    CHECK(found[0].block_device);
    CHECK(found[0].target == "xvdi");
    CHECK(found[0].volume().kind() == VolumeKind::origin);
    CHECK(is_export_key(found[0].key()));
    CHECK(found[0].key() != one_of("vault", vault, longest).key());

    found[0].forget();
    found[0].forget();
    CHECK(Attachment::of_qube(work).size() == 1);
    for (const Attachment& left : Attachment::all())
        left.forget();
    CHECK(Attachment::all().empty());
}

TEST_CASE("attachments: what another program puts among the records is passed over", "[storage]")
{
    const std::string directory = scratch_root() + "/run/qubes-mgmt/attached/";
    static_cast<void>(Attachment::all()); // makes the directory
    for (const char* const name : {"notes", "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04",
                                   "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04.default:x~abc123"}) {
        const int fd = ::open((directory + name).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        REQUIRE(fd >= 0);
        ::close(fd);
    }
    CHECK(Attachment::all().empty());
    Attachment::clear_up("default", "x"); // what one of ours was writing
    CHECK(::access((directory + "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04.default:x~abc123").c_str(),
                   F_OK) != 0);
    CHECK(::access((directory + "notes").c_str(), F_OK) == 0);
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/directory/image_name.hpp"
#include "support/catch.hpp"

using namespace qmgmt;

TEST_CASE("image names: a vid has one of two directories, a qube and a role", "[storage]")
{
    const auto vid = ImageVid::parse("appvms/app1/private");
    REQUIRE(vid);
    CHECK(vid->directory == "appvms");
    CHECK(vid->qube == "app1");
    CHECK(vid->role == "private");
    CHECK(ImageVid::parse("vm-templates/t-1.x_y/root"));

    for (const char* bad : {"",
                            "appvms",
                            "appvms/app1",
                            "appvms//private",
                            "appvms/app1/",
                            "/appvms/app1/private",
                            "appvms/app1/private/",
                            "appvms/../private",
                            "appvms/.app/private",
                            "appvms/a/../root",
                            "servicevms/app1/private",
                            "qubes_dom0/vm-work-root",
                            "appvms/app1/private\n",
                            "appvms/app1/root-dirty",
                            "appvms/app1/x-precache",
                            "appvms/app1/x-import",
                            "appvms/app1/x.img",
                            "appvms/1a/root",
                            "appvms/a b/root",
                            "appvms/abcdefghijklmnopqrstuvwxyz012345/root",
                            "appvms/a/abcdefghijklmnopqrstuvwxyz0123456"}) {
        INFO(bad);
        CHECK_FALSE(ImageVid::parse(bad));
    }
    CHECK_FALSE(ImageVid::parse(std::string_view{"appvms/app1/ro\0ot", 17}));
}

TEST_CASE("storage.md 5 6: revisions are matched strictly", "[storage]")
{
    const ImageNames names{"private"};
    CHECK(names.revision_number("private.img.9@2024-01-01T00:00:00Z") == 9u);
    CHECK(names.revision_number("private.img.10@2024-01-01T00:00:00Z") == 10u);
    for (const char* bad :
         {"private.img.x@2024-01-01T00:00:00Z", "private.img.3@2024-1-1T00:00:00Z",
          "private.img.07@2024-01-01T00:00:00Z", "private.img.0@2024-01-01T00:00:00Z",
          "private.img.@2024-01-01T00:00:00Z", "private.img.-1@2024-01-01T00:00:00Z",
          "private.img.+1@2024-01-01T00:00:00Z", "private.img.1@2024-01-01T00:00:00",
          "private.img.1@2024-01-01T00:00:00Zx", "private.img.1@2024-01-01 00:00:00Z",
          "private.img.1", "private.img", "private-dirty.img",
          "private2.img.1@2024-01-01T00:00:00Z", "xprivate.img.1@2024-01-01T00:00:00Z",
          "root.img.1@2024-01-01T00:00:00Z", "private.img.1@2024-01-01T00:00:00Z~abc",
          "private.img.18446744073709551616@2024-01-01T00:00:00Z"}) {
        INFO(bad);
        CHECK_FALSE(names.revision_number(bad));
    }
}

TEST_CASE("image names: a revision carries the time of its image in UTC", "[storage]")
{
    const ImageNames names{"private"};
    CHECK(names.revision(7, 1714558272) == "private.img.7@2024-05-01T10:11:12Z");
    // times that four digits cannot say still make a revision that is found again
    CHECK(names.revision_number(names.revision(8, -5)) == 8u);
    CHECK(names.revision_number(names.revision(9, time_t{1} << 40)) == 9u);
}

TEST_CASE("image names: only our own temporary files match", "[storage]")
{
    const ImageNames names{"private"};
    for (const char* ours : {"private.img~aB_9", "private-dirty.img~x", "private-precache.img~x",
                             "private-import.img~x", "private.img.3@2024-01-01T00:00:00Z~x"}) {
        INFO(ours);
        CHECK(names.is_temporary(ours));
    }
    for (const char* foreign : {"private.img", "private.img~", "private.img~a.b", "private.img~a-b",
                                "private.imgx~a", "private2.img~a", "private-x.img~a",
                                "private-cow.img~a", "root.img~a", "private-dirty~a", "notes~"}) {
        INFO(foreign);
        CHECK_FALSE(names.is_temporary(foreign));
    }
}

TEST_CASE("image names: committed and running images tell their role", "[storage]")
{
    CHECK(role_of_image("root.img") == "root");
    CHECK(role_of_image("volatile-dirty.img") == "volatile");
    CHECK_FALSE(role_of_image("root-precache.img"));
    CHECK_FALSE(role_of_image("root-import.img"));
    CHECK_FALSE(role_of_image("root-dirty-dirty.img"));
    CHECK_FALSE(role_of_image("root.img.1@2024-01-01T00:00:00Z"));
    CHECK_FALSE(role_of_image("root.img~abc"));
    CHECK_FALSE(role_of_image("firewall.xml"));
    CHECK_FALSE(role_of_image(".img"));
}

TEST_CASE("images: what is attached is neither a volume nor a leftover", "[storage]")
{
    const ImageNames names{"private"};
    const std::string name = names.exported("0123456789");
    CHECK(names.exported_key(name) == "0123456789");
    CHECK_FALSE(names.is_temporary(name));
    CHECK_FALSE(names.revision_number(name));
    CHECK_FALSE(role_of_image(name));
    CHECK_FALSE(ImageNames{"root"}.exported_key(name));
    for (const char* const other :
         {"private.img", "private.img.attached-", "private.img.attached-012345678",
          "private.img.attached-01234567890", "private.img.attached-012345678G",
          "private2.img.attached-0123456789", "private.img.attached-0123456789~x"})
        CHECK_FALSE(names.exported_key(other));
}

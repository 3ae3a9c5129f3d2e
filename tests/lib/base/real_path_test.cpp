// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/real_path.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

#include <filesystem>

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("real path: links are followed to their end, and lead nowhere when there is none")
{
    const Root root;
    root.write("/a/file", "x");
    const std::string top =
        std::filesystem::canonical(root.make_way("/a/file")).parent_path().parent_path();
    const auto link = [&](const char* name, const char* target) {
        std::filesystem::create_symlink(target, top + name);
    };
    link("/b", "a");
    link("/a/up", "../b/file");
    link("/a/gone", "nothing");
    link("/a/ring", "ring");
    CHECK(real_path(top + "/b/up") == top + "/a/file");
    CHECK(real_path(top + "/b/../a/./file") == top + "/a/file");
    CHECK(real_path("/") == "/");
    for (const char* nowhere : {"/a/gone", "/a/ring", "/a/file/x", "/c"})
        CHECK(!real_path(top + nowhere));
    CHECK(!real_path(""));
}

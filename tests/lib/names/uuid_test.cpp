// SPDX-License-Identifier: GPL-2.0-or-later

#include "names/uuid.hpp"
#include "support/catch.hpp"

#include <set>
#include <string>

using namespace qmgmt;

TEST_CASE("uuid: read in any case, written in lower case", "[names]")
{
    const std::string text = "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04";
    const auto uuid = Uuid::parse(text);
    REQUIRE(uuid);
    CHECK(uuid->text() == text);
    CHECK(uuid->bytes().front() == 0x5e);
    CHECK(uuid->bytes().back() == 0x04);
    CHECK(Uuid::parse("5E2D8A34-8C0B-4D77-B0F4-6E3B1F8E0E04") == uuid);
    CHECK_FALSE(uuid->is_zero());
}

TEST_CASE("uuid: dom0's is zero", "[names]")
{
    CHECK(Uuid{}.is_zero());
    CHECK(Uuid{}.text() == "00000000-0000-0000-0000-000000000000");
    CHECK(Uuid::parse(Uuid{}.text()) == Uuid{});
}

TEST_CASE("uuid: store.md 8: other forms are none", "[names]")
{
    const std::string good = "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04";
    std::string with_nul = good;
    with_nul[3] = '\0';
    for (const std::string& text :
         {std::string{}, good + " ", good.substr(1), "{" + good.substr(2) + "}",
          std::string{"5e2d8a348c0b4d77b0f46e3b1f8e0e04"},
          std::string{"5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e0g"},
          std::string{"5e2d8a3-48c0b-4d77-b0f4-6e3b1f8e0e04"}, std::string(36, '-'),
          std::string(36, '0'), with_nul}) {
        INFO(text);
        CHECK_FALSE(Uuid::parse(text));
    }
}

TEST_CASE("uuid: a random one is of version 4 and unlike the others", "[names]")
{
    std::set<Uuid> seen;
    for (int i = 0; i < 1000; ++i) {
        const Uuid uuid = Uuid::random();
        CHECK(seen.insert(uuid).second);
        CHECK((uuid.bytes()[6] & 0xf0) == 0x40);
        CHECK((uuid.bytes()[8] & 0xc0) == 0x80);
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "fixture.hpp"
#include "store/scan.hpp"
#include "support/catch.hpp"

using namespace qmgmt;
using qmgmt::test::crowded;

namespace {

const FileVersion version{11, 22, crowded.size(), 33, 44};

} // namespace

TEST_CASE("index: a file of exactly this version gives back every entry", "[store]")
{
    const Index index = scan_store(crowded).index;
    const auto again = Index::from_bytes(index.to_bytes(version), version);
    REQUIRE(again);
    REQUIRE(again->size() == index.size());
    CHECK(again->dialect() == index.dialect());
    CHECK(again->sections().domains == index.sections().domains);
    for (std::size_t i = 0; i < index.size(); ++i) {
        CHECK(again->entry(i).name == index.entry(i).name);
        CHECK(again->entry(i).uuid == index.entry(i).uuid);
        CHECK(again->entry(i).range == index.entry(i).range);
    }
    REQUIRE(again->find("net"));
    CHECK(again->find("net")->qid == 2);
    CHECK_FALSE(again->find("ne"));
    REQUIRE(again->find_uuid("3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e01"));
    CHECK(again->find_uuid("3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e01")->name == "tmpl");
}

TEST_CASE("index: any other version of the store is not taken for it", "[store]")
{
    const std::string bytes = scan_store(crowded).index.to_bytes(version);
    for (const FileVersion& other :
         {FileVersion{12, 22, crowded.size(), 33, 44}, FileVersion{11, 23, crowded.size(), 33, 44},
          FileVersion{11, 22, crowded.size() + 1, 33, 44},
          FileVersion{11, 22, crowded.size(), 34, 44}, FileVersion{11, 22, crowded.size(), 33, 45}})
        CHECK_FALSE(Index::from_bytes(bytes, other));
}

TEST_CASE("index: cut at any byte, it is no index", "[store]")
{
    const std::string bytes = scan_store(crowded).index.to_bytes(version);
    for (std::size_t length = 0; length < bytes.size(); ++length)
        CHECK_FALSE(Index::from_bytes(bytes.substr(0, length), version));
}

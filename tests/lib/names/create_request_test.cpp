// SPDX-License-Identifier: GPL-2.0-or-later

#include "names/create_request.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <string>

using namespace qmgmt;
using qmgmt::test::exception_of;

namespace {

using Pools = CreateRequest::Pools;

std::string_view refusal(std::string_view payload, Pools pools = Pools::refused)
{
    return exception_of([&] { static_cast<void>(CreateRequest::parse(payload, pools)); });
}

std::string_view refusal_in_pool(std::string_view payload)
{
    return refusal(payload, Pools::allowed);
}

} // namespace

TEST_CASE("create request: store.md 112: a name and a label, in any order", "[names]")
{
    const auto request = CreateRequest::parse("name=news label=orange", Pools::refused);
    CHECK(request.name.text() == "news");
    CHECK(request.label->text() == "orange");
    CHECK_FALSE(request.pool);
    CHECK(request.pools.empty());
    CHECK(CreateRequest::parse("label=orange name=news", Pools::allowed).name.text() == "news");
}

TEST_CASE("create request: store.md 118: names that are none", "[names]")
{
    for (const std::string& name :
         {std::string{"test-###"}, std::string{"--x"}, std::string{"1vm"}, std::string{"none"},
          std::string{"x-dm"}, std::string(32, 'a'), std::string{}, std::string{"a=b"}}) {
        INFO(name);
        CHECK(refusal("name=" + name + " label=red") == "QubesValueError");
    }
}

TEST_CASE("create request: store.md 119 120 122 123 124: the grammar is strict", "[names]")
{
    for (const std::string_view payload :
         {"label=red", "name=a", "name=a label=red pool=lvm", "name=a label=red pool:root=lvm",
          "name=a name=b label=red", "name=a label=red label=red", "name=a label=red what=is",
          "name=a  label=red", " name=a label=red", "name=a label=red ", "", " ", "name",
          "name=a label=red x", "NAME=a label=red", "name =a label=red", "=a label=red"}) {
        INFO(payload);
        CHECK(refusal(payload) == "ProtocolError");
    }
    // A line end or tab is part of the value before it.
    CHECK(refusal("name=a label=red\n") == "QubesInvalidLabelError");
    CHECK(refusal("label=red name=a\n") == "QubesValueError");
    CHECK(refusal("name=a\tlabel=red") == "QubesValueError");
    CHECK(refusal(std::string{"name=a label=red\0", 17}) == "QubesInvalidLabelError");
}

TEST_CASE("create request: store.md 125 126: labels have names, not numbers", "[names]")
{
    CHECK(refusal("name=a label=nosuch") == "nothing thrown"); // whether it exists the store knows
    CHECK(refusal("name=a label=3") == "QubesInvalidLabelError");
    CHECK(refusal("name=a label=") == "QubesInvalidLabelError");
}

TEST_CASE("create request: store.md 127 128: one pool, or pools by volume", "[names]")
{
    const auto one = CreateRequest::parse("name=a label=red pool=varlibqubes", Pools::allowed);
    REQUIRE(one.pool);
    CHECK(one.pool->text() == "varlibqubes");
    CHECK(one.pools.empty());

    const auto many = CreateRequest::parse(
        "pool:private=varlibqubes name=a pool:volatile=lvm label=red", Pools::allowed);
    CHECK_FALSE(many.pool);
    REQUIRE(many.pools.size() == 2);
    CHECK(many.pools.at("private").text() == "varlibqubes");
    CHECK(many.pools.at("volatile").text() == "lvm");
}

TEST_CASE("create request: store.md 130 132: pools that exclude each other or are none", "[names]")
{
    for (const std::string_view payload :
         {"name=a label=red pool:invalid=lvm", "name=a label=red pool:=lvm",
          "name=a label=red pool=lvm pool:private=lvm",
          "pool:private=lvm pool=lvm name=a label=red", "name=a label=red pool=lvm pool=lvm",
          "name=a label=red pool:root=a pool:root=b",
          "name=a label=red pool=", "name=a label=red pool=a:b"}) {
        INFO(payload);
        CHECK(refusal_in_pool(payload) == "ProtocolError");
    }
}

TEST_CASE("create request: the first fault is the one that is named", "[names]")
{
    CHECK(refusal("name=1vm label=3") == "QubesValueError");
    CHECK(refusal("label=3 name=1vm") == "QubesInvalidLabelError");
    CHECK(refusal("what=is name=1vm") == "ProtocolError");
    CHECK(refusal("name=1vm what=is") == "QubesValueError");
}

TEST_CASE("create request: what is refused is not repeated", "[names]")
{
    for (const std::string_view payload :
         {"name=Qz# label=red", "name=a label=Qz#", "Qz", "Qz=1 name=a",
          "name=a label=red pool=Qz#", "name=a label=red pool:Qz=lvm"}) {
        try {
            static_cast<void>(CreateRequest::parse(payload, Pools::allowed));
            FAIL("accepted: " << payload);
        } catch (const Error& error) {
            CHECK((error.text() + error.detail()).find("Qz") == std::string::npos);
        }
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/attach_request.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("Attach: options are words, each once", "[life]")
{
    const auto none = AttachOptions::parse("");
    CHECK_FALSE(none.rw);
    CHECK_FALSE(none.persistent);
    CHECK(none.target.empty());
    CHECK(none.role.empty());
    const auto all = AttachOptions::parse("rw=yes  persistent=True frontend-dev=xvdaa name=v_1 \n");
    CHECK(all.rw == true);
    CHECK(all.persistent == true);
    CHECK(all.target == "xvdaa");
    CHECK(all.role == "v_1");
    CHECK(AttachOptions::parse("rw=no").rw == false);
}

TEST_CASE("Attach: what is refused about options", "[life]")
{
    const auto kind = [](const char* text) {
        return failure_of([&] { static_cast<void>(AttachOptions::parse(text)); });
    };
    for (const char* const text :
         {"rw", "=yes", "rw=yes rw=yes", "rw=yes rw=no", "rw=yes\npersistent", "name", "\n\n"}) {
        INFO(text);
        const auto found = kind(text);
        CHECK((found == Failure::protocol || found == Failure::bad_value));
    }
    CHECK(kind("rw=yes rw=no") == Failure::protocol);
    CHECK(kind("rw") == Failure::protocol);
    for (const char* const text :
         {"rw=", "rw=perhaps", "mode=rw", "RW=yes", "frontend-dev=", "frontend-dev=sda",
          "frontend-dev=xvd", "frontend-dev=xvdabc", "frontend-dev=xvd1", "frontend-dev=xvda1",
          "frontend-dev=../xvda", "name=vol1", "name=vol1 persistent=no",
          "persistent=yes name=", "persistent=yes name=Vol", "persistent=yes name=1vol",
          "persistent=yes name=a-b", "persistent=yes name=a123456789012345678901234567890123"}) {
        INFO(text);
        CHECK(kind(text) == Failure::bad_value);
    }
    CHECK(kind(std::string(2000, 'x').c_str()) == Failure::too_large);
}

TEST_CASE("Attach: a volume is named by pool and vid, or by its entry", "[life]")
{
    const auto encoded = parse_attach_name("lvm+3Aqubes_dom0+2Fdata-x");
    REQUIRE(std::holds_alternative<VolumeRequest>(encoded));
    CHECK(std::get<VolumeRequest>(encoded).pool.text() == "lvm");
    CHECK(std::get<VolumeRequest>(encoded).vid == "qubes_dom0/data-x");
    CHECK(std::get<RoleName>(parse_attach_name("vol1")).text() == "vol1");
    for (const char* const name :
         {"", "lvm+3adata-x", "lvm:", ":x", "lvm:../x", "vol 1", "vol/1"}) {
        INFO(name);
        CHECK(failure_of([&] { static_cast<void>(parse_attach_name(name)); }) == Failure::protocol);
    }
}

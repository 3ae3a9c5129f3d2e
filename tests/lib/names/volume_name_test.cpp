// SPDX-License-Identifier: GPL-2.0-or-later

#include "names/volume_name.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

void means(std::string_view argument, std::string_view payload, std::string_view pool,
           std::string_view vid, std::string_view value)
{
    INFO(argument << " | " << payload);
    const auto request = VolumeRequest::parse(argument, payload);
    CHECK(request.pool.text() == pool);
    CHECK(request.vid == vid);
    CHECK(request.value == value);
}

void is_malformed(const std::string& argument, const std::string& payload)
{
    INFO(argument << " | " << payload);
    CHECK(failure_of([&] { static_cast<void>(VolumeRequest::parse(argument, payload)); }) ==
          Failure::protocol);
}

} // namespace

TEST_CASE("storage.md 9 10 11: a volume is named in three forms", "[names]")
{
    means("default:appvms/app1/private", "", "default", "appvms/app1/private", "");
    means("default+3Aappvms+2Fapp1+2Fprivate", "", "default", "appvms/app1/private", "");
    means("default", "appvms/app1/private", "default", "appvms/app1/private", "");
    means("default:appvms/app1/private", "12", "default", "appvms/app1/private", "12");
    means("default", "appvms/app1/private 12\n", "default", "appvms/app1/private", "12");
    means("default", "", "default", "", ""); // whoever knows the pools says what is wrong
}

TEST_CASE("storage.md 13 14 15: what names no volume", "[names]")
{
    for (const char* const argument : {"default:appvms/../../etc/passwd",
                                       "default:",
                                       ":x",
                                       "default+3aappvms",
                                       "default:/x",
                                       "default:x/",
                                       "default:a//b",
                                       "default:./x",
                                       "default:-x",
                                       "default:a b",
                                       "default:a/-b",
                                       "default+3Aa+2fb",
                                       "default+3Aa+6Fb",
                                       "default+3Aa+",
                                       "default+3Aa+2",
                                       "def/ault",
                                       "+",
                                       "default+3A",
                                       "default+3Aa/b",
                                       ""})
        is_malformed(argument, "");
    is_malformed("default:" + std::string(256, 'a'), "");
    CHECK(VolumeRequest::parse("default:" + std::string(255, 'a'), "").vid.size() == 255);
    means("default", "appvms/app1/private\n", "default", "appvms/app1/private", "");
    is_malformed("default", "appvms/app1/private\n\n");
    is_malformed("default", "../x");
}

TEST_CASE("volume name: what any byte names is what encoding it names", "[names]")
{
    for (int byte = 0x21; byte < 0x7f; ++byte) {
        const char c = static_cast<char>(byte);
        const bool plain = std::string_view{"._-"}.find(c) != std::string_view::npos ||
                           (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z');
        constexpr std::string_view digits = "0123456789ABCDEF";
        const std::string encoded{'+', digits[static_cast<std::size_t>(byte) / 16],
                                  digits[static_cast<std::size_t>(byte) % 16]};
        const std::string vid = std::string{"a"} + c + "b";
        INFO(vid);
        if (is_vid(vid) && !plain)
            means("p+3Aa" + encoded + "b", "", "p", vid, "");
        else
            is_malformed("p+3Aa" + encoded + "b", "");
    }
}

TEST_CASE("volume name: roles", "[names]")
{
    for (const char* const role : {"root", "private", "a", "My_volume-2"})
        CHECK(RoleName::parse(role).text() == role);
    for (const char* const role : {"", "1x", "-x", "a.b", "a/b", "root-dirty", "x-snap", "x-tmp",
                                   "x-back", "x-import", "x-cow", "x-precache", "a b"})
        CHECK(failure_of([&] { static_cast<void>(RoleName::parse(role)); }) == Failure::protocol);
    CHECK(RoleName::is_one(std::string(32, 'r')));
    CHECK_FALSE(RoleName::is_one(std::string(33, 'r')));
}

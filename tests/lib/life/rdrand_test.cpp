// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/plan/xen.hpp"
#include "support/catch.hpp"

using namespace qmgmt;

namespace {

std::string processor(const char* vendor, const char* family, const char* model)
{
    return "processor\t: 0\nvendor_id\t: " + std::string{vendor} + "\ncpu family\t: " + family +
           "\nmodel\t\t: " + model + "\nmodel name\t: A processor: model : 58\nflags\t\t: rdrand\n";
}

} // namespace

TEST_CASE("rdrand: two models of Intel lack it, whatever others are called")
{
    CHECK(lacks_rdrand(processor("GenuineIntel", "6", "58")));
    CHECK(lacks_rdrand(processor("GenuineIntel", "6", "62")));
    CHECK(!lacks_rdrand(processor("GenuineIntel", "6", "60")));
    CHECK(!lacks_rdrand(processor("GenuineIntel", "6", "5")));
    CHECK(!lacks_rdrand(processor("GenuineIntel", "15", "58")));
    CHECK(!lacks_rdrand(processor("AuthenticAMD", "6", "58")));
    CHECK(!lacks_rdrand(""));
    CHECK(!lacks_rdrand("model"));
    CHECK(!lacks_rdrand("vendor_id : GenuineIntel\ncpu family :\nmodel : 58"));
}

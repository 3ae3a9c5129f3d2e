// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/loadable.hpp"
#include "hypervisor/libvirt/border.h"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("loadable: an object stands beside the program and has the entry, or is not available")
{
    CHECK(open_loadable("qubes-mgmt-libvirt.so", QMGMT_LIBVIRT_ENTRY) != nullptr);
    CHECK(failure_of([] {
              static_cast<void>(open_loadable("qubes-mgmt-libvirt.so", "no_such_entry"));
          }) == Failure::unsupported);
    // A library of the system is none of ours, though the loader would find it by its name.
    CHECK(failure_of([] { static_cast<void>(open_loadable("libc.so.6", "malloc")); }) ==
          Failure::unsupported);
    try {
        static_cast<void>(open_loadable("no-such-object.so", "entry"));
        FAIL("it was loaded");
    } catch (const Error& error) {
        CHECK(error.kind() == Failure::unsupported);
        CHECK(error.text().find('/') == std::string::npos);
        CHECK(error.detail().find("/no-such-object.so") != std::string::npos);
    }
}

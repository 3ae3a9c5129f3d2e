// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/libxl/xenstore_of.hpp"
#include "lib/hypervisor/xen_double.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <algorithm>

using namespace qmgmt;
using namespace qmgmt::test;

TEST_CASE("xenstore: read, listed, written, removed and permitted over one connection")
{
    XenDouble& xen = new_xen_double();
    {
        const auto store = open_xenstore(xen_double_functions());
        CHECK_FALSE(store->read("/a"));
        CHECK(store->list("/a").empty());
        store->write("/a/one", "1");
        store->write("/a/two", std::string{"with\0zero", 9});
        store->write("/a/three", "");
        CHECK(store->read("/a/one") == "1");
        CHECK(store->read("/a/two") == std::string{"with\0zero", 9});
        CHECK(store->read("/a/three") == "");
        CHECK(store->list("/a") == std::vector<std::string>{"one", "three", "two"});
        CHECK(store->list("/a/one").empty());
        store->permit("/a/one", 5, Xenstore::Access::read);
        store->permit("/a/two", 6, Xenstore::Access::read_and_write);
        CHECK(xen.permissions["/a/one"] == XenDouble::Permission{5, false});
        CHECK(xen.permissions["/a/two"] == XenDouble::Permission{6, true});
        store->remove("/a");
        store->remove("/a"); // nothing there
        CHECK(xen.nodes.empty());
        CHECK(std::ranges::count(xen.asked, "store_open") == 1);
    }
    CHECK(xen.open_handles == 0);
    CHECK(xen.unreleased == 0);
}

TEST_CASE("xenstore: what goes wrong names the node in the log alone")
{
    XenDouble& xen = new_xen_double();
    xen.failing["store_open"] = QMGMT_XEN_UNAVAILABLE;
    CHECK(failure_of([] { static_cast<void>(open_xenstore(xen_double_functions())); }) ==
          Failure::failed);
    const auto store = open_xenstore(xen_double_functions());
    const auto check = [&](const char* name, auto operation) {
        xen.failing[name] = QMGMT_XEN_DENIED;
        try {
            operation();
            FAIL(name);
        } catch (const Error& error) {
            CHECK(error.kind() == Failure::failed);
            CHECK(error.text().find("/a") == std::string::npos);
            CHECK(error.detail() == "the double -3: /a");
        }
    };
    check("store_read", [&] { static_cast<void>(store->read("/a")); });
    check("store_list", [&] { static_cast<void>(store->list("/a")); });
    check("store_write", [&] { store->write("/a", "1"); });
    check("store_remove", [&] { store->remove("/a"); });
    check("store_permit", [&] { store->permit("/a", 1, Xenstore::Access::read); });
    // Not there is an answer when reading, not when permitting.
    xen.failing["store_permit"] = QMGMT_XEN_NOT_FOUND;
    CHECK(failure_of([&] { store->permit("/a", 1, Xenstore::Access::read); }) == Failure::failed);
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// The object that links libxl, on a machine without Xen: it can be loaded, says that there is none,
// and prints nothing. With Xen it is tried in tests/xen.

#include "hypervisor/libxl/failure.hpp"
#include "hypervisor/libxl/library.h"
#include "hypervisor/libxl/loaded.hpp"
#include "hypervisor/xenstore.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <cerrno>
#include <cstdio>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

// What `body` writes to standard error.
template<typename Body>
std::string said_by(Body body)
{
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    std::fflush(stderr);
    const int before = ::dup(STDERR_FILENO);
    ::dup2(::fileno(file), STDERR_FILENO);
    body();
    std::fflush(stderr);
    ::dup2(before, STDERR_FILENO);
    ::close(before);
    std::rewind(file);
    std::string said(4096, '\0');
    said.resize(std::fread(said.data(), 1, said.size(), file));
    std::fclose(file);
    return said;
}

bool has_xen()
{
    if (::access("/dev/xen", F_OK) != 0 && ::access("/proc/xen/privcmd", F_OK) != 0)
        return false;
    WARN("skipped: this machine has Xen; what is said without it is not tested");
    return true;
}

} // namespace

TEST_CASE("libxl: without Xen the object says so, in silence")
{
    const qmgmt_xen& xen = libxl::loaded();
    if (has_xen())
        return;
    qmgmt_xen_error error{};
    int opened = 0;
    const std::string said = said_by([&] {
        qmgmt_xen_handle* handle = nullptr;
        opened = xen.open(&handle, &error);
    });
    CHECK(opened == -1);
    CHECK(error.failure == QMGMT_XEN_UNAVAILABLE);
    CHECK(error.code == ENODEV);
    CHECK(said.empty());
}

TEST_CASE("xenstore: without xenstored it cannot be opened, in silence")
{
    static_cast<void>(libxl::loaded());
    if (has_xen())
        return;
    std::optional<Failure> failure;
    const std::string said =
        said_by([&] { failure = failure_of([] { static_cast<void>(open_xenstore()); }); });
    CHECK(failure == Failure::failed);
    CHECK(said.empty());
}

TEST_CASE("libxl: every error of its own and of the system means one of our failures")
{
    using libxl::failure_of_errno;
    using libxl::failure_of_libxl;
    CHECK(failure_of_libxl(ERROR_DOMAIN_NOTFOUND) == QMGMT_XEN_NOT_FOUND);
    CHECK(failure_of_libxl(ERROR_NOTFOUND) == QMGMT_XEN_NOT_FOUND);
    CHECK(failure_of_libxl(ERROR_INVAL) == QMGMT_XEN_INVALID);
    CHECK(failure_of_libxl(ERROR_NOMEM) == QMGMT_XEN_NO_MEMORY);
    CHECK(failure_of_libxl(ERROR_TIMEDOUT) == QMGMT_XEN_TIMEOUT);
    CHECK(failure_of_libxl(ERROR_ABORTED) == QMGMT_XEN_TIMEOUT); // only our deadlines abort
    CHECK(failure_of_libxl(ERROR_DEVICE_EXISTS) == QMGMT_XEN_EXISTS);
    CHECK(failure_of_libxl(ERROR_LOCK_FAIL) == QMGMT_XEN_BUSY);
    CHECK(failure_of_libxl(ERROR_FAIL) == QMGMT_XEN_INTERNAL);
    CHECK(failure_of_libxl(-1000) == QMGMT_XEN_INTERNAL);
    CHECK(failure_of_errno(ENOENT) == QMGMT_XEN_NOT_FOUND);
    CHECK(failure_of_errno(EINVAL) == QMGMT_XEN_INVALID);
    CHECK(failure_of_errno(E2BIG) == QMGMT_XEN_INVALID);
    CHECK(failure_of_errno(EACCES) == QMGMT_XEN_DENIED);
    CHECK(failure_of_errno(EPERM) == QMGMT_XEN_DENIED);
    CHECK(failure_of_errno(ENOMEM) == QMGMT_XEN_NO_MEMORY);
    CHECK(failure_of_errno(EAGAIN) == QMGMT_XEN_BUSY);
    CHECK(failure_of_errno(EPIPE) == QMGMT_XEN_UNAVAILABLE);
    CHECK(failure_of_errno(ECONNREFUSED) == QMGMT_XEN_UNAVAILABLE);
    CHECK(failure_of_errno(EIO) == QMGMT_XEN_INTERNAL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// What takes libxl long, bounded. By itself it waits ten seconds for each step of another domain,
// and twice that where it then uses force.
#pragma once

#include "hypervisor/libxl/library.h"

namespace qmgmt::libxl {

class Operation {
public:
    explicit Operation(libxl_ctx* context) : context_{context} {}
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    ~Operation() = default;

    // To be given to the function of libxl that begins it.
    [[nodiscard]] const libxl_asyncop_how* how() const { return &how_; }

    // Waits for what began with `started`, the result of that function. When time is up it is
    // aborted, which is ERROR_ABORTED unless it came to its end all the same.
    [[nodiscard]] int result(int started, int milliseconds);

private:
    void turn(int milliseconds);

    libxl_ctx* context_;
    bool done_ = false;
    int result_ = 0;
    libxl_asyncop_how how_{[](libxl_ctx*, int result, void* operation) {
                               static_cast<Operation*>(operation)->done_ = true;
                               static_cast<Operation*>(operation)->result_ = result;
                           },
                           {.for_callback = this}};
};

} // namespace qmgmt::libxl

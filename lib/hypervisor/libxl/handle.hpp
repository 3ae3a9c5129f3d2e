// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the sources of the loadable object share of libxl.
#pragma once

#include "hypervisor/libxl/border.h"
#include "hypervisor/libxl/library.h"

#include <cstdlib>

struct qmgmt_xen_handle {
    xentoollog_logger logger{};
    libxl_ctx* context = nullptr;
};

namespace qmgmt::libxl {

// What libxl initialises and disposes of.
template<typename T, auto init, auto dispose>
class Disposed {
public:
    Disposed() { init(&value_); }
    Disposed(const Disposed&) = delete;
    Disposed& operator=(const Disposed&) = delete;
    ~Disposed() { dispose(&value_); }

    T* get() { return &value_; }
    T* operator->() { return &value_; }

private:
    T value_{};
};

// Zeroed, and one more than asked for: nothing is no failure. For the border's `release`.
template<typename T>
T* room_for(int count)
{
    return static_cast<T*>(std::calloc(static_cast<std::size_t>(count) + 1, sizeof(T)));
}

} // namespace qmgmt::libxl

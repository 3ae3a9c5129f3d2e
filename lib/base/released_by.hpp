// SPDX-License-Identifier: GPL-2.0-or-later
//
// Owns what a C library hands out: std::unique_ptr<EVP_MAC_CTX, ReleasedBy<EVP_MAC_CTX_free>>.
#pragma once

namespace qmgmt {

template<auto release>
struct ReleasedBy {
    template<typename T>
    void operator()(T* object) const noexcept
    {
        release(object);
    }
};

} // namespace qmgmt

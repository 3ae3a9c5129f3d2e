// SPDX-License-Identifier: GPL-2.0-or-later
//
// The next content of a volume while it comes in. Nothing of it is seen before `commit`.
#pragma once

#include <cstdint>

namespace qmgmt {

class Import {
public:
    Import() = default;
    Import(const Import&) = delete;
    Import& operator=(const Import&) = delete;
    // What was not committed is gone, and the volume as it was.
    virtual ~Import() = default;

    // To be written with pwrite, in any order; reads as zeros where nothing was written.
    [[nodiscard]] virtual int fd() const noexcept = 0;
    // Bytes: zeros may be left out in whole, aligned units of this size. A power of two.
    [[nodiscard]] virtual std::uint64_t granule() const noexcept { return 4096; }
    // The size so far becomes `size`: larger to write on, smaller when less came.
    virtual void resize(std::uint64_t size) = 0;
    // Writes everything to the disk; then the former state becomes a revision and this the
    // committed state, in one step. Throws with the former state in place.
    virtual void commit() = 0;
};

} // namespace qmgmt

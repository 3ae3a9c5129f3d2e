// SPDX-License-Identifier: GPL-2.0-or-later
//
// The next committed state of a volume in a thin pool, a logical volume beside the present one
// until it is complete. Sizes are rounded up to whole extents.
#pragma once

#include "base/fd.hpp"
#include "storage/import.hpp"
#include "storage/lvm/thin_volume.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace qmgmt::lvm {

class ThinImport final : public Import {
public:
    using Clock = std::function<std::uint64_t()>;
    using Warn = std::function<void(std::string)>;

    // Replaces what an import left that nobody finished. `keep` is what the volume keeps; `warn`
    // hears what went wrong beside the commit. The group of the volume outlives this.
    ThinImport(ThinVolume volume, std::uint64_t size, int keep, Clock clock, Warn warn);
    ~ThinImport() override;

    [[nodiscard]] int fd() const noexcept override { return device_.get(); }
    // Where the pool does not zero new chunks, they must be written whole; one that no power of two
    // fits: everything must be written.
    [[nodiscard]] std::uint64_t granule() const noexcept override;
    void resize(std::uint64_t size) override;
    void commit() override;

private:
    void remove() noexcept;
    void zero_rest() const;

    ThinVolume volume_;
    std::uint64_t size_;
    int keep_;
    Clock clock_;
    Warn warn_;
    std::uint64_t unclean_chunk_ = 0; // of a pool that does not zero new chunks
    Fd device_;
    bool committed_ = false;
};

} // namespace qmgmt::lvm

// SPDX-License-Identifier: GPL-2.0-or-later
//
// The next committed state of a volume of a zfs pool: a zvol of its own until it is complete.
#pragma once

#include "base/fd.hpp"
#include "state/named_lock.hpp"
#include "storage/import.hpp"
#include "storage/zfs/volume.hpp"

#include <functional>

namespace qmgmt {

class ZfsImport final : public Import {
public:
    // `volume` has no import. `keep` is what it keeps, `lock` takes its commit lock, `warn` hears
    // what went wrong beside the commit.
    ZfsImport(ZfsTree& tree, ZfsVolume volume, std::uint64_t size, int keep,
              std::function<NamedLock()> lock, std::function<void(std::string)> warn);
    ~ZfsImport() override;

    [[nodiscard]] int fd() const noexcept override { return device_.get(); }
    void resize(std::uint64_t size) override;
    void commit() override;

private:
    void discard() noexcept;

    ZfsTree& tree_;
    ZfsVolume volume_;
    int keep_;
    std::function<NamedLock()> lock_;
    std::function<void(std::string)> warn_;
    Fd device_;
    bool committed_ = false;
};

} // namespace qmgmt

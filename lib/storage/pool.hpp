// SPDX-License-Identifier: GPL-2.0-or-later
//
// One interface to the storage drivers. The caller holds the locks of storage.md 8.1 and has
// checked the power state; a driver makes each verb complete or leaves the committed state as it
// was. Every verb can be repeated after a crash.
#pragma once

#include "storage/volume.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt {

// The attributes of a <pool> element: name, driver and the driver's own keys.
struct PoolConfig {
    std::string name;
    std::string driver;
    std::map<std::string, std::string> options;
};

struct PoolUsage {
    std::uint64_t size = 0;
    std::uint64_t usage = 0;
};

class Pool {
public:
    virtual ~Pool() = default;

    // The vid of a new volume (store.md 1.7). `directory` is appvms or vm-templates. Empty for
    // linux-kernel: there the vid is the kernel of the qube.
    [[nodiscard]] virtual std::string new_vid(std::string_view directory, std::string_view qube,
                                              std::string_view role) const = 0;
    // What a new volume of this pool keeps unless told otherwise.
    [[nodiscard]] virtual int default_revisions_to_keep() const = 0;

    // Makes the committed image of an origin; for the other kinds removes leftovers only. What an
    // earlier volume of this vid left is removed first.
    virtual void create(const Volume& volume) = 0;
    // Removes everything the volume has on disk, the committed image last. Nothing there is
    // success.
    virtual void remove(const Volume& volume) = 0;
    // Throws unless the volume can be started: its committed image, or its source's, is there.
    virtual void verify(const Volume& volume) = 0;
    // Builds the running image; an origin that is already dirty keeps it. Returns true when this
    // call built it, so that a failed start can be taken back with `abort`.
    virtual bool start(const Volume& volume) = 0;
    // The domain is gone: commits an origin, discards the others. Not started is success.
    virtual void stop(const Volume& volume) = 0;
    // Takes back a `start` that returned true, when the domain never ran: nothing is committed.
    virtual void abort(const Volume& volume) = 0;
    [[nodiscard]] virtual bool is_started(const Volume& volume) = 0;
    // The path for the domain of a started volume; nothing when the volume gives it no disk (a
    // kernel without modules.img). Throws when the image is not there.
    [[nodiscard]] virtual std::optional<BlockPath> block_path(const Volume& volume) = 0;

    // Bytes; nothing when unknown (its directory is missing).
    [[nodiscard]] virtual std::optional<PoolUsage> usage() = 0;
    // vids of all volumes found, sorted.
    [[nodiscard]] virtual std::vector<std::string> list() = 0;

    // What went wrong so far without stopping a verb, each text ending in ", ignoring". They are
    // told once.
    [[nodiscard]] std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

protected:
    void warn(std::string text) { warnings_.push_back(std::move(text)); }

private:
    std::vector<std::string> warnings_;
};

// Instantiates the driver. Throws Error{storage} for an unknown driver or missing or bad options,
// Error{unsupported} for a driver that other programs have and this one has not.
[[nodiscard]] std::unique_ptr<Pool> open_pool(const PoolConfig& config);

} // namespace qmgmt

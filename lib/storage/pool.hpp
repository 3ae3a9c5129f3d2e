// SPDX-License-Identifier: GPL-2.0-or-later
//
// One interface to the storage drivers. The caller holds the lock of the volume (volume_lock.hpp)
// for what changes it, and has checked the power state; a driver makes each verb complete or leaves
// the committed state as it was. Every verb can be repeated after a crash.
#pragma once

#include "base/fd.hpp"
#include "storage/import.hpp"
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

// Bytes.
struct PoolUsage {
    std::uint64_t size = 0;
    std::uint64_t usage = 0;
    // Where the driver keeps its bookkeeping apart, and can run out of room for that alone.
    std::optional<std::uint64_t> metadata_size = std::nullopt;
    std::optional<std::uint64_t> metadata_usage = std::nullopt;
};

// What a volume is at this moment.
struct VolumeFacts {
    std::uint64_t size = 0;  // bytes: of the running image, else the committed one, else configured
    std::uint64_t usage = 0; // bytes taken in the pool; what is shared counts in full
    bool writable = true;    // what the disk itself says
    std::optional<bool> outdated; // runs on an old state of its source; nothing: cannot be told
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
    // Whether an operation that was cut off left something that `stop` would remove. Cheap, or
    // false.
    [[nodiscard]] virtual bool has_leftovers(const Volume& volume);
    // The path for the domain of a started volume; nothing when the volume gives it no disk (a
    // kernel without modules.img). Throws when the image is not there.
    [[nodiscard]] virtual std::optional<BlockPath> block_path(const Volume& volume) = 0;

    // Reads only, also of a volume that no store knows: pool and vid are enough then. A size that
    // is found nowhere is the configured one.
    [[nodiscard]] virtual VolumeFacts facts(const Volume& volume) = 0;
    // Where `block_path` would be if the volume were started. Empty: it gives the domain no disk.
    [[nodiscard]] virtual std::string path(const Volume& volume) = 0;
    // The ids of older states, oldest first (storage.md 3.8).
    [[nodiscard]] virtual std::vector<std::string> revisions(const Volume& volume) = 0;

    // Keeps the state of a started volume as it is now, else the committed one, and returns its id.
    // Origins only. Nothing is pruned.
    [[nodiscard]] virtual std::string snapshot(const Volume& volume) = 0;
    // The revision becomes the committed state and stays; the former state becomes the newest
    // revision, where the volume keeps any. The volume is not started. Throws
    // Error{revision_not_found}.
    virtual void revert(const Volume& volume, const std::string& revision) = 0;
    // Grows the volume to at least `size` bytes: the running image of a started one, else the
    // committed one. Returns the size it has now. Never shrinks.
    virtual std::uint64_t resize(const Volume& volume, std::uint64_t size) = 0;

    // An empty target of `size` bytes for the next committed state of an origin that is not
    // started.
    [[nodiscard]] virtual std::unique_ptr<Import> begin_import(const Volume& volume,
                                                               std::uint64_t size) = 0;
    // The committed state, open for reading; it stays what it is while it is open. Throws
    // Error{storage} when there is none: the volume runs with snapshots disabled.
    [[nodiscard]] virtual Fd open_committed(const Volume& volume) = 0;
    // The committed state of `source`, of the same pool, becomes that of `volume`, as an import
    // would make it, but without a copy. False: this driver copies (storage/transfer.hpp).
    [[nodiscard]] virtual bool share_committed(const Volume& volume, const Volume& source);

    // The committed state of an origin as a path that a domain may read from, under a key as
    // `export_key` makes it: it stays what it is, whatever becomes of the volume, until it is
    // dropped. Asked again it is made anew. Throws Error{storage} as `open_committed`,
    // Error{unsupported} where the driver has no such thing.
    [[nodiscard]] virtual BlockPath export_committed(const Volume& volume, const std::string& key);
    // The same of what a started volume holds at this moment, as a power failure would leave it; of
    // one that is not started, of the committed state. Throws Error{storage} also where that would
    // be a copy, which takes its time while the qube writes.
    [[nodiscard]] virtual BlockPath export_live(const Volume& volume, const std::string& key);
    // Where that is. Throws Error{storage} when it is not there.
    [[nodiscard]] virtual BlockPath exported(const Volume& volume, const std::string& key);
    // None is success.
    virtual void drop_export(const Volume& volume, const std::string& key);
    // The keys of those that are there.
    [[nodiscard]] virtual std::vector<std::string> exports(const Volume& volume);
    // Whether dom0 itself has the committed state in use: mounted, as swap, below another device.
    // Nobody may write to it then, or read what is half written. Throws Error{storage} when that
    // cannot be told.
    [[nodiscard]] virtual bool is_used_by_host(const Volume& volume);

    // Throws Error{no_space} when the pool is so full that nothing large may begin or go on
    // (storage.md 4.6): what frees space never asks.
    virtual void check_room() = 0;

    // Nothing when unknown (its directory is missing).
    [[nodiscard]] virtual std::optional<PoolUsage> usage() = 0;
    // vids of all volumes found, sorted.
    [[nodiscard]] virtual std::vector<std::string> list() = 0;

    // Makes what a new pool needs before the store names it, and returns what was made, for
    // `take_back`. `check`: refuses a place where volumes would be slow. Throws with nothing left.
    [[nodiscard]] virtual std::vector<std::string> set_up(bool check) = 0;
    // Removes what `set_up` made, as far as it is empty.
    virtual void take_back(const std::vector<std::string>& made) = 0;

    // What went wrong so far without stopping a verb, each text ending in ", ignoring". They are
    // told once.
    [[nodiscard]] std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

protected:
    void warn(std::string text) { warnings_.push_back(std::move(text)); }

private:
    std::vector<std::string> warnings_;
};

// The key of what one qube, by its uuid, has of a volume: ten hexadecimal digits, short enough for
// the names of all drivers.
[[nodiscard]] std::string export_key(std::string_view uuid);
[[nodiscard]] bool is_export_key(std::string_view text);

// Instantiates the driver. Throws Error{storage} for an unknown driver or missing or bad options,
// Error{unsupported} for a driver that other programs have and this one has not.
[[nodiscard]] std::unique_ptr<Pool> open_pool(const PoolConfig& config);

} // namespace qmgmt

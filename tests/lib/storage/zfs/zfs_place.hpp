// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the tests of zfs pools share. There is no ZFS here: the driver runs a model of its programs
// (fake_zfs.cpp) that writes down each command. What the kernel and the programs really do with
// these commands is not shown.
#pragma once

#include "storage/pool.hpp"

#include <memory>
#include <string>
#include <vector>

namespace qmgmt::test::zfs {

using Words = std::vector<std::string>;

inline constexpr std::uint64_t size = 65'536; // of the volumes here

// A pool of an empty model.
class Place {
public:
    explicit Place(std::map<std::string, std::string> options = {});

    std::unique_ptr<Pool> pool;

    // Another call, which knows nothing of what this one has seen.
    void call_anew();
    // The commands since the last time, without those that only list, "tank/q" as "Q", times as T
    // and marks as C.
    [[nodiscard]] Words commands() const;
    [[nodiscard]] std::size_t listings() const; // also since then
    void forget_commands() const;

    // As a running qube writes it, and what is there.
    void write(const Volume& volume, const std::string& text) const;
    [[nodiscard]] std::string content(const Volume& volume) const;
    // Of the committed state, read as a clone of it would be.
    [[nodiscard]] std::string committed(const Volume& volume) const;
    // One run that writes `text`.
    void run(const Volume& volume, const std::string& text) const;

    // Names of datasets below the container, without it.
    [[nodiscard]] Words datasets() const;
    // All but the first `count` changing commands fail, as on a host that goes down.
    void fail_after(int count, const std::string& text = "pool I/O is currently suspended") const;
    void heal() const;
    void put(const std::string& file, const std::string& text) const;
};

Volume private_of(const std::string& qube, int keep = 1);
Volume root_of_t1(int keep = 1);
Volume root_of_app1();
Volume volatile_of_app1();

} // namespace qmgmt::test::zfs

// SPDX-License-Identifier: GPL-2.0-or-later
//
// The drivers and their options as data (storage.md 2.0): what ListDrivers prints, Add accepts and
// Info shows. The drivers themselves are pool.hpp's.
#pragma once

#include "storage/pool.hpp"
#include "store/dialect.hpp"
#include "store/element.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

// What a value of an option may be.
enum class OptionKind {
    directory, // an absolute, normal path
    lvm_name,  // of a volume group, of a thin pool
    dataset,   // of ZFS
    revisions, // a number from -1
    truth,     // True or False
};

struct DriverOption {
    std::string_view name;
    OptionKind kind;
    bool required = false;
    std::string_view otherwise = {}; // its value when it is not given
    bool stored = true;              // false: means something at the creation of a pool only
};

struct Driver {
    std::string_view name;
    std::span<const DriverOption> options; // as ListDrivers prints them
    int most_revisions = 100'000;          // revisions_to_keep is no more
    bool of_devices = false;               // its volumes are block devices, which are root's

    [[nodiscard]] const DriverOption* option(std::string_view wanted) const;
};

// By name. One of them may be known here and not be there for open_pool.
[[nodiscard]] std::span<const Driver> drivers();
[[nodiscard]] const Driver* find_driver(std::string_view name);

// The value as a store has it: True for `yes`, a directory without a slash at its end. Throws
// Error{bad_value}.
[[nodiscard]] std::string checked_value(const Driver& driver, const DriverOption& option,
                                        std::string_view untrusted_value);

// All options of a new pool of that name, those that are not given at their defaults. Throws
// Error{protocol} for an option the driver does not have and for a required one that is missing,
// Error{bad_value} for a value.
[[nodiscard]] PoolConfig new_pool(const Driver& driver, std::string name,
                                  const std::map<std::string, std::string>& untrusted_options);

// The attributes of its <pool> element, in upstream's order. Throws Error{unsupported} when the
// dialect cannot say it.
[[nodiscard]] std::vector<Attribute> pool_attributes(const Driver& driver, const PoolConfig& config,
                                                     Dialect dialect);

// Throws Error{unsupported} for a value that stores of this dialect cannot have: the generation of
// upstream that reads them knows no ephemeral volumes.
void check_dialect(Dialect dialect, const DriverOption& option, std::string_view value);

} // namespace qmgmt

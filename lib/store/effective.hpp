// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a property is worth: the stored value in its wire form, or the default of store.md 3.4
// and 3.6. A default may come from the template, from a global property, from the chain of netvms;
// broken chains and loops end, they do not hang. What only the running system knows is asked of
// LiveValues.
#pragma once

#include "store/store.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace qmgmt {

// Facts of the running system; asked only when a property needs them.
class LiveValues {
public:
    virtual ~LiveValues() = default;
    // xid, stubdom_xid, stubdom_uuid, start_time of a qube; maxmem of dom0; maxmem and no_cpus of
    // the machine
    // (`qube` is nullptr).
    virtual std::string value(const Qube* qube, std::string_view property) = 0;
    // Memory of the machine in MiB.
    virtual std::uint64_t host_memory_mib() = 0;
    // The text of a file in the directory of an installed kernel; nothing when it is not there.
    virtual std::optional<std::string> kernel_file(std::string_view version,
                                                   std::string_view file) = 0;
};

struct PropertyValue {
    std::string text; // in wire form; empty for none
    bool is_default = true;
    bool exists = true; // false: neither a value nor a default
};

class Effective {
public:
    Effective(const Store& store, LiveValues& live) : store_{store}, live_{live} {}

    [[nodiscard]] PropertyValue value(const Qube& qube, const PropertyRow& row);
    // By name; a property the class does not have is empty.
    [[nodiscard]] std::string text(const Qube& qube, std::string_view name);
    [[nodiscard]] PropertyValue default_value(const Qube& qube, const PropertyRow& row);

    [[nodiscard]] PropertyValue global(const PropertyRow& row);
    [[nodiscard]] std::string global_text(std::string_view name);
    [[nodiscard]] PropertyValue global_default(const PropertyRow& row);

    // The qube its effective value names; nullptr for none and for what does not exist.
    [[nodiscard]] const Qube* netvm(const Qube& qube);
    [[nodiscard]] const Qube* template_of(const Qube& qube);

    // A feature, else its template's, upwards.
    [[nodiscard]] std::optional<std::string> feature_with_template(const Qube& qube,
                                                                   std::string_view name);
    // A feature, else its netvm's, and so on.
    [[nodiscard]] std::optional<std::string> feature_with_netvm(const Qube& qube,
                                                                std::string_view name);

private:
    std::optional<std::string> feature_along(const Qube* (Effective::*next)(const Qube&),
                                             const Qube& qube, std::string_view name);
    [[nodiscard]] std::string normalised(const Qube* qube, const PropertyRow& row,
                                         std::string_view stored);
    [[nodiscard]] PropertyValue computed(const Qube& qube, const PropertyRow& row);
    [[nodiscard]] PropertyValue from_template(const Qube& qube, const PropertyRow& row,
                                              PropertyValue otherwise);
    [[nodiscard]] std::string icon(const Qube& qube);
    [[nodiscard]] std::string address(const Qube& qube, bool version_6);
    [[nodiscard]] bool networked(const Qube& qube);
    [[nodiscard]] bool has_ipv6(const Qube& qube);
    [[nodiscard]] std::string masked(const Qube& qube, std::string_view feature);
    [[nodiscard]] PropertyValue kernel_options(const Qube& qube, const PropertyRow& row);
    [[nodiscard]] PropertyValue memory_limit(const Qube& qube, const PropertyRow& row);
    [[nodiscard]] std::string boot_mode(const Qube& qube, const PropertyRow& row);
    [[nodiscard]] std::string default_pool();

    const Store& store_;
    LiveValues& live_;
    std::set<std::pair<std::string, std::string_view>> asking_; // qube and property, against loops
};

} // namespace qmgmt

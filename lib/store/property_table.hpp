// SPDX-License-Identifier: GPL-2.0-or-later
//
// Every property as one row of data (store.md 3.4, 3.8): who has it, of which type, where its
// default comes from, what Set accepts, what Set and Reset cause, and its help. Upstream refuses a
// whole store that holds a property it does not know, so what is not in this table, for that class
// and dialect, is never written.
#pragma once

#include "store/dialect.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace qmgmt {

enum class PropertyType { text, integer, boolean, qube, label };

// The word on the wire: str, int, bool, vm, label.
[[nodiscard]] std::string_view wire_name(PropertyType type);

// Where the value comes from while the store holds none.
enum class DefaultFrom {
    nothing,     // no default: the property is mandatory, or simply empty
    constant,    // PropertyRow::constant
    global,      // the global property PropertyRow::constant names
    template_or, // the template's effective value of the same property, else PropertyRow::constant
    template_global, // the template's effective value of the same property, else the global
                     // PropertyRow::constant
    computed,        // from the store: store/effective, one function a property
    live,            // from the running system: life/property/live
};

// What a value must satisfy beyond its type.
enum class PropertyRule {
    none,
    read_only,     // computed: Set is refused, Reset does nothing
    write_once,    // given at creation: Set and Reset are refused
    at_least_zero, // integers
    at_least_one,
    kernel,         // empty or an installed kernel version
    kernel_options, // at most 512 characters in dialect current
    virt_mode,      // hvm pv pvh, lower-cased; pvh not with PCI devices
    mac,            // six hex pairs, lower-cased
    ipv4,
    ipv6,
    user_name, // [A-Za-z0-9_+,.-]+
    keyboard_layout,
    devices_denied,
    label,           // a label that exists
    qube_or_none,    // any qube, or none
    netvm,           // provides network, no loop; or none
    template_qube,   // of the class that `template` of this class wants
    dispvm_template, // has template_for_dispvms; or none
    pool,            // a pool that exists
    maxmem,
    provides_network,
    template_for_dispvms,
    max_length_64k, // free text
};

// What else changes with the value (store.md 3.5); each is one function in life/property/effect.
enum class PropertyEffect {
    none,
    netvm,
    template_qube,
    label,
    autostart,
    guivm,
    audiovm,
    relayvm,
    clockvm,
    default_netvm,
    maxmem,
    provides_network,
    kernel
};

// Classes as bits.
enum ClassSet : unsigned {
    class_admin = 1,      // A: AdminVM
    class_template = 2,   // T: TemplateVM
    class_app = 4,        // P: AppVM
    class_standalone = 8, // S: StandaloneVM
    class_disp = 16,      // X: DispVM
    class_remote = 32,    // M: RemoteVM
    class_qube = 30,      // Q: T P S X
    class_any = 63,
};

struct PropertyRow {
    std::string_view name;
    PropertyType type = PropertyType::text;
    unsigned classes_r40 = 0;     // who has it in dialect r40 (state R); 0: nobody
    unsigned classes_current = 0; // and in dialect current (state C)
    DefaultFrom from_r40 = DefaultFrom::nothing;
    std::string_view constant_r40 = {};
    DefaultFrom from_current = DefaultFrom::nothing;
    std::string_view constant_current = {};
    PropertyRule rule = PropertyRule::none;
    PropertyEffect effect = PropertyEffect::none;
    bool none_allowed =
        false; // an empty value means None (type qube) or '' (kernel, kernelopts, devices_denied)
    bool late_stage = false; // stage 4: sorted after all others
    bool copied = true;      // clonable: a clone and a disposable take it over
    std::string_view help = {};

    [[nodiscard]] unsigned classes(Dialect dialect) const
    {
        return dialect == Dialect::r40 ? classes_r40 : classes_current;
    }
    [[nodiscard]] DefaultFrom from(Dialect dialect) const
    {
        return dialect == Dialect::r40 ? from_r40 : from_current;
    }
    [[nodiscard]] std::string_view constant(Dialect dialect) const
    {
        return dialect == Dialect::r40 ? constant_r40 : constant_current;
    }
};

// The rows, in the order of List: stage, then name. A name stands twice where classes differ
// (store.md 3.4).
[[nodiscard]] std::span<const PropertyRow> qube_properties();
[[nodiscard]] std::span<const PropertyRow>
global_properties(); // classes are class_any where it exists

// The row of a property for a class in a dialect; nullptr when that class has none of that name.
[[nodiscard]] const PropertyRow* find_property(std::string_view name, unsigned klass,
                                               Dialect dialect);
[[nodiscard]] const PropertyRow* find_global(std::string_view name, Dialect dialect);

} // namespace qmgmt

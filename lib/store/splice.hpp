// SPDX-License-Identifier: GPL-2.0-or-later
//
// Edits of the store as replacements of the smallest range of bytes (store.md 1.8). Each says
// whether it changed anything: what is already as asked for is left alone, to the byte.
#pragma once

#include "store/store.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt::splice {

// `qube` must be in the store; dom0 is added where the file has no entry for it.
bool set_property(Store& store, std::string_view qube, std::string_view name,
                  std::string_view value);
bool remove_property(Store& store, std::string_view qube, std::string_view name);
bool set_feature(Store& store, std::string_view qube, std::string_view name,
                 std::string_view value);
bool remove_feature(Store& store, std::string_view qube, std::string_view name);
bool add_tag(Store& store, std::string_view qube, std::string_view name);
bool remove_tag(Store& store, std::string_view qube, std::string_view name);
// Adds an entry of volume-config, a whole <volume>, unless there is one of that name.
bool add_volume(Store& store, std::string_view qube, std::string_view role,
                std::string_view element);
bool remove_volume(Store& store, std::string_view qube, std::string_view role);
// Sets one attribute of an entry of volume-config; the entry must be there.
bool set_volume_attribute(Store& store, std::string_view qube, std::string_view role,
                          std::string_view attribute, std::string_view value);

// A device that a qube is given for good. A store of the first generation has no place for mode and
// identity: there an entry is all there is to say.
struct DeviceEntry {
    std::string klass;
    std::string backend;
    std::string port;
    std::string mode;
    std::string identity = "*";
    std::vector<std::pair<std::string, std::string>> options;
};
enum class Change { none, added, altered };

// Adds the entry, or gives the one of this backend, port and identity this mode and these options;
// what else stands there stays.
Change set_device(Store& store, std::string_view qube, const DeviceEntry& entry);
// Sets the mode of an entry that is there, and leaves its options.
bool set_device_mode(Store& store, std::string_view qube, const DeviceEntry& entry);
// By class, backend, port and identity.
bool remove_device(Store& store, std::string_view qube, const DeviceEntry& entry);

bool set_global(Store& store, std::string_view name, std::string_view value);
bool remove_global(Store& store, std::string_view name);

void add_label(Store& store, int index, std::string_view name, std::string_view colour);
void remove_label(Store& store, std::string_view name);

// Behind the other pools, in a section that is made where it is missing.
void add_pool(Store& store, std::span<const Attribute> attributes);
void remove_pool(Store& store, std::string_view name);
// Sets one attribute of a pool, which must be there.
bool set_pool_attribute(Store& store, std::string_view name, std::string_view attribute,
                        std::string_view value);

// `element` is a whole <domain>, indented as the file is: two blanks a level. Stands behind its
// predecessor by name where the list is sorted, else at the end.
void add_domain(Store& store, std::string_view name, std::string_view element);
void remove_domain(Store& store, std::string_view name);

} // namespace qmgmt::splice

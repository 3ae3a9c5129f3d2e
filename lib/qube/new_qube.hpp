// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the store will hold of a new qube (store.md 8.4).
#pragma once

#include "names/uuid.hpp"
#include "storage/volume.hpp"
#include "store/effective.hpp"
#include "store/qube.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qmgmt {

// What a qube brings along that was another's before, checked by who gives it. Its name, label,
// template and numbers are the new qube's own.
struct Belongings {
    std::map<std::string, std::string, std::less<>> properties; // as stored
    std::vector<Feature> features;
    std::vector<std::string> tags;
};

struct NewQube {
    std::string name;
    unsigned klass = 0;
    Uuid uuid;
    std::string label;
    std::string base;    // its template; empty where the class has none
    std::string creator; // who asked for it
    std::string like;    // the qube it is a clone of; empty: of none
    std::optional<unsigned> dispid;
    bool unnamed = false;                 // a disposable that goes when it has shut down
    std::optional<Belongings> belongings; // it takes nothing over from its template then
    std::vector<Volume> volumes;
};

// The kernel it will boot from.
[[nodiscard]] std::string kernel_of(const NewQube& qube, const Store& store, Effective& effective);

// Its whole <domain>. Throws Error{bad_value} for a feature of the creator that cannot be followed.
[[nodiscard]] std::string element_of(const NewQube& qube, unsigned qid, const Store& store,
                                     Effective& effective);

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Features that mean something to us: their syntax, and the one that is a property in disguise
// (store.md 6.3).
#pragma once

#include "call/edit.hpp"
#include "names/names.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// Throws Error{bad_value} for a value or name that the feature's reader could not take.
void check_feature(const FeatureName& name, const std::string& value);

// In an edit of the qube. Throws Error{too_large} beyond 2048 features.
void set_feature(Edit& edit, const std::string& qube, const FeatureName& name,
                 const std::string& value);
// Throws Error{feature_not_found}.
void remove_feature(Edit& edit, const std::string& qube, const FeatureName& name);

} // namespace qmgmt

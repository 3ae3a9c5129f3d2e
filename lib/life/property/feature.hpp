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

// What a request to set or remove a feature needs: the hypervisor, too, when running qubes are told
// of that feature. For CallSpec::needs_of.
[[nodiscard]] unsigned needs_to_change_feature(const Request& request);

// Throws Error{bad_value} for a value or name that the feature's reader could not take.
void check_feature(const FeatureName& name, const std::string& value);

// Both change the call's destination; when it runs and is told of this feature, it hears of the
// change.

// Throws what check_feature does, Error{too_large} beyond 2048 features.
[[nodiscard]] Reply set_feature(Call& call, const FeatureName& name, const std::string& value);
// Throws Error{feature_not_found}.
[[nodiscard]] Reply remove_feature(Call& call, const FeatureName& name);

} // namespace qmgmt

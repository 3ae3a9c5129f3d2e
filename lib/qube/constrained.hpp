// SPDX-License-Identifier: GPL-2.0-or-later
//
// What constraints may ask about a qube that is to be made: beside the words of the request what it
// will have without having been asked for it, its template, label and netvm.
#pragma once

#include "call/constrained.hpp"

#include <memory>
#include <string>

namespace qmgmt {

struct ConstrainedCreation {
    unsigned klass = 0;     // of its class; of a clone that of the original
    std::string label = {}; // empty: that of the original, or of the template
    std::string base = {};  // its template, where the request names one
    std::string name = {};  // empty: not chosen yet
    bool is_clone = false;  // of the destination
};

// The template of a disposable: the destination of the call, or what the caller uses for its
// service calls. Throws Error{bad_value} when that is nothing.
[[nodiscard]] std::string disposable_base(Call& call);

[[nodiscard]] std::unique_ptr<ConstrainedChange> constrained_creation(Call& call,
                                                                      ConstrainedCreation creation);

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Making a qube: volumes first, then the entry in the store, one commit; whatever stops it in
// between is undone (store.md 8.4, 8.5).
#pragma once

#include "call/call.hpp"
#include "names/create_request.hpp"

namespace qmgmt {

// `klass` is a class that can be created; `untrusted_template` the argument of the call.
[[nodiscard]] Reply create_qube(Call& call, const CreateRequest& wanted, unsigned klass,
                                std::string_view untrusted_template);

} // namespace qmgmt

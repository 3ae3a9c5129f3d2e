// SPDX-License-Identifier: GPL-2.0-or-later
//
// The calls that make a qube: who may, under which name, and how it is told.
#pragma once

#include "call/call.hpp"
#include "names/create_request.hpp"

namespace qmgmt {

// The permission step of what makes qubes, before anything of it is looked at. Throws what stands
// in the way: Error{denied, busy}, Error{bad_value} for a caller that no tag could name.
void check_may_create(Call& call);

// `klass` is a class that can be created; `untrusted_template` the argument of the call.
[[nodiscard]] Reply create_qube(Call& call, const CreateRequest& wanted, unsigned klass,
                                std::string_view untrusted_template);

// A halted copy of the halted destination, with all that is its own but who made it.
[[nodiscard]] Reply clone_qube(Call& call, const CreateRequest& wanted);

// A disposable with a name of its number, which goes when it has shut down: of the destination, or,
// for dom0, of the caller's default_dispvm. The reply is its name, or `uuid:` and its uuid.
[[nodiscard]] Reply create_disposable(Call& call, bool reply_with_uuid);

// A template, halted, of the name in the argument of the call, whose root is the image that comes
// in on standard input. Nothing of it is read before the name is known to be free.
[[nodiscard]] Reply create_template(Call& call);

} // namespace qmgmt

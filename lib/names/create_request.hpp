// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a call that makes a qube is asked for, from its payload (store.md 8.1):
//   payload = param *( %x20 param )
//   param   = "name=" qube / "label=" label / "pool=" pool / "pool:" volume "=" pool
#pragma once

#include "names/names.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

struct CreateRequest {
    enum class Pools { refused, allowed };
    enum class Label { required, refused }; // a clone has that of its original

    QubeName name;
    std::optional<LabelName> label;
    std::optional<PoolName> pool;          // for all writable volumes of its own
    std::map<std::string, PoolName> pools; // by volume: root, private, volatile, kernel

    // Tokens in order, the first fault wins. Throws Error{protocol} for the grammar,
    // Error{bad_value} for the name, Error{invalid_label} for the label.
    static CreateRequest parse(std::string_view untrusted_payload, Pools pools,
                               Label label = Label::required);
};

} // namespace qmgmt

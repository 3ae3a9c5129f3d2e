// SPDX-License-Identifier: GPL-2.0-or-later
//
// The domain that the device model of an hvm runs in, as xenstore names it.
#pragma once

#include "hypervisor/xenstore.hpp"

#include <optional>
#include <string>

namespace qmgmt {

struct StubDomain {
    int id = -1;
    std::string uuid;
};

// Of the domain of that id; nothing when it has none.
[[nodiscard]] std::optional<StubDomain> find_stub_domain(Xenstore& store, int id);

} // namespace qmgmt

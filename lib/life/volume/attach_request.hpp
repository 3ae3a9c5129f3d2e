// SPDX-License-Identifier: GPL-2.0-or-later
//
// What volume.Attach and volume.Detach are asked (firewall-devices.md 3).
#pragma once

#include "names/volume_name.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace qmgmt {

// An entry in the volume-config of the destination, or a volume of a pool.
using AttachName = std::variant<RoleName, VolumeRequest>;

// `pool:vid`, literal or encoded, else a role. Throws Error{protocol}.
[[nodiscard]] AttachName parse_attach_name(std::string_view untrusted_argument);

struct AttachOptions {
    std::optional<bool> rw;
    std::optional<bool> persistent;
    std::string target; // "xvdi"; empty: the next that is free
    std::string role;   // of the new entry; empty: vol1, vol2 ...

    // Words `rw=`, `persistent=`, `frontend-dev=`, `name=` with blanks between them, at most one
    // line end behind. Throws Error{protocol} for what is no such word and for one that stands
    // twice, Error{bad_value} for an unknown one and for a value.
    static AttachOptions parse(std::string_view untrusted_payload);
};

} // namespace qmgmt

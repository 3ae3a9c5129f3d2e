// SPDX-License-Identifier: GPL-2.0-or-later
//
// Volumes as callers name them: by role in a qube, or by pool and vid in one of three forms
// (storage.md 3.1), of which the argument alone decides.
#pragma once

#include "names/names.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

// A role: [A-Za-z][A-Za-z0-9_-]{0,31}, not ending like one of the files or devices that belong to
// another role. Throws Error{protocol}.
class RoleName : public detail::Name<RoleName> {
public:
    static RoleName parse(std::string_view untrusted_text);
    [[nodiscard]] static bool is_one(std::string_view untrusted_text) noexcept;

private:
    using Name::Name;
};

// Whether the text can be a vid: [A-Za-z0-9_.+-] components joined by `/`, none of them empty, "."
// or "..", none with a leading dash; at most 255 bytes.
[[nodiscard]] bool is_vid(std::string_view untrusted_text) noexcept;

// What a call about a volume of a pool is asked.
struct VolumeRequest {
    PoolName pool;
    std::string vid;   // a vid, or empty: the payload should have named one
    std::string value; // untrusted; what the payload says besides, empty when nothing

    // The forms: `pool:vid`; the same with `+XX` for every byte but [A-Za-z0-9._-]; the pool alone,
    // where the payload is `vid` or `vid value`. One line end behind it is let pass. Throws
    // Error{protocol}.
    static VolumeRequest parse(std::string_view untrusted_argument,
                               std::string_view untrusted_payload);
    // Whether the argument names the volume and the payload only the value.
    [[nodiscard]] static bool named_by_argument(std::string_view untrusted_argument) noexcept;
};

// The text without one line end behind it: payloads of a single value.
[[nodiscard]] std::string_view without_line_end(std::string_view untrusted_text) noexcept;

} // namespace qmgmt

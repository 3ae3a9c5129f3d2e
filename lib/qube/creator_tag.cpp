// SPDX-License-Identifier: GPL-2.0-or-later

#include "qube/creator_tag.hpp"

namespace qmgmt {

std::string made_by(const Store& store, std::string_view qube)
{
    const std::string tag = "created-by-" + std::string{qube};
    std::string holders;
    if (store.all_bytes().find(tag) == std::string::npos)
        return holders; // no qube need be parsed
    for (const std::string& name : store.names()) {
        const Qube* other = name == qube ? nullptr : store.find_any(name);
        if (other != nullptr && other->has_tag(tag))
            holders += " " + name;
    }
    return holders;
}

} // namespace qmgmt

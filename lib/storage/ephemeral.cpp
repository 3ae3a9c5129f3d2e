// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/ephemeral.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace qmgmt {

namespace {

bool by_default(const StoredPool* pool)
{
    return pool != nullptr && std::ranges::any_of(pool->options, [](const Attribute& option) {
               return option.name == "ephemeral_volatile" && option.value == "True";
           });
}

} // namespace

bool is_ephemeral(const Volume& volume, const Store& store)
{
    if (volume.kind() != VolumeKind::scratch)
        return false;
    return volume.ephemeral ? *volume.ephemeral : by_default(store.pool(volume.pool));
}

void refuse_ephemeral(const Volume& volume, const Store& store)
{
    if (is_ephemeral(volume, store))
        throw Error{failure::unsupported,
                    "cannot start: volume '" + volume.role + "' in pool '" + volume.pool +
                        "' asks for ephemeral encryption, which this host's drivers do not offer: "
                        "set ephemeral to False"};
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/clients.hpp"

#include <algorithm>

namespace qmgmt {

std::vector<std::string> clients_of(const Store& store, Effective& effective,
                                    std::string_view netvm)
{
    const bool by_default = effective.global_text("default_netvm") == netvm;
    std::vector<std::string> found;
    for (std::size_t i = 0; i < store.index().size(); ++i) {
        // What the index says spares reading most qubes.
        const IndexEntry entry = store.index().entry(i);
        if (entry.netvm_choice == NetvmChoice::none || entry.name == netvm ||
            (entry.netvm_choice == NetvmChoice::by_default && !by_default))
            continue;
        const Qube* client = store.find_any(entry.name);
        if (client != nullptr && effective.text(*client, "netvm") == netvm)
            found.push_back(client->name());
    }
    std::ranges::sort(found);
    return found;
}

} // namespace qmgmt

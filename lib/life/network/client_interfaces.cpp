// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/client_interfaces.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "life/network/clients.hpp"
#include "life/network/firewall.hpp"
#include "life/network/interface.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "state/journal.hpp"

namespace qmgmt {
namespace {

// Calls `work` with each client that runs and is not paused; `aim` is for the log.
template<typename Work>
void for_each_running_client(Call& call, const Qube& netvm, std::string_view aim, Work work)
{
    SystemValues live{call};
    Effective effective{call.store(), live};
    if (effective.text(netvm, "provides_network") != "True")
        return;
    const PowerStates states = PowerStates::of_all(call);
    for (const std::string& name : clients_of(call.store(), effective, netvm.name())) {
        const Qube& client = call.store().qube(name);
        const PowerState state = states.of(client);
        if (state != PowerState::running && state != PowerState::transient)
            continue;
        try {
            work(client);
        } catch (const Error& error) {
            log_warning("cannot " + std::string{aim} + " '" + name + "': " + error.text() +
                        ", ignoring");
        }
    }
}

} // namespace

void connect_clients(Call& call, const Qube& netvm)
{
    for_each_running_client(call, netvm, "connect", [&](const Qube& client) {
        push_firewall(call, client);
        attach_interface(call, client);
        journal({{netvm.name(),
                  "net-domain-connect",
                  {{"vm", client.name()}},
                  netvm.klass(),
                  netvm.tags()}});
    });
}

void disconnect_clients(Call& call, const Qube& netvm)
{
    for_each_running_client(call, netvm, "disconnect",
                            [&](const Qube& client) { detach_interface(call, client); });
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start/netvm.hpp"

#include "base/error.hpp"
#include "life/power_state.hpp"

namespace qmgmt {
namespace {

// What kept a qube's netvm from starting.
class NetvmFailed : public Error {
public:
    NetvmFailed(const std::string& netvm, const Error& why)
        : Error{why.type(), "the netvm '" + netvm + "' does not start: " + why.text(), why.detail()}
    {
    }
};

} // namespace

NamedLock running_netvm(Call& call, const std::string& netvm,
                        const std::function<NamedLock()>& start)
{
    {
        NamedLock lock = NamedLock::wait(qube_lock(netvm), LockMode::shared, call.lock_deadline(),
                                         call.request().program);
        call.refresh();
        if (is_running(power_state(call, call.store().qube(netvm))))
            return lock;
    }
    try {
        NamedLock lock = start();
        lock.share();
        return lock;
    } catch (const NetvmFailed&) {
        throw; // further up the chain
    } catch (const Error& error) {
        throw NetvmFailed{netvm, error};
    }
}

} // namespace qmgmt

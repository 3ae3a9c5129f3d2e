// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/unattended/expire.hpp"

#include "base/error.hpp"
#include "call/firewall.hpp"
#include "life/network/firewall.hpp"
#include "life/network/unapplied.hpp"

#include <set>
#include <string>

namespace qmgmt {
namespace {

class Expiry {
public:
    explicit Expiry(Call& call) : call_{call} {}

    std::vector<BootFailure> run()
    {
        std::set<std::string> found;
        for (const std::string& name : call_.store().names())
            attempt(name, [&] {
                const Qube* qube = call_.store().find_any(name);
                if (qube != nullptr && (qube->class_bit() & class_qube) != 0 &&
                    has_expired_rules(*qube))
                    found.insert(name);
            });
        for (std::string& name : unapplied::all())
            found.insert(std::move(name));
        if (!found.empty())
            call_.act();
        for (const std::string& name : found)
            attempt(name, [&] { see_to(name); });
        return std::move(failures_);
    }

private:
    template<typename Work>
    void attempt(const std::string& qube, Work work)
    {
        try {
            work();
        } catch (const Error& error) {
            failures_.push_back({qube, error.text()});
        }
    }

    void see_to(const std::string& name)
    {
        {
            Edit edit = call_.edit_again();
            const Qube* qube = edit.store().find_any(name);
            if (qube == nullptr)
                return unapplied::forget(name);
            if (drop_expired_rules(edit, *qube))
                static_cast<void>(edit.commit());
        }
        call_.refresh();
        if (const Qube* qube = call_.store().find_any(name))
            apply_firewall(call_, *qube);
    }

    Call& call_;
    std::vector<BootFailure> failures_;
};

} // namespace

std::vector<BootFailure> expire_firewall_rules(Call& call)
{
    return Expiry{call}.run();
}

} // namespace qmgmt

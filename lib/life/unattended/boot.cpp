// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/unattended/boot.hpp"

#include "base/error.hpp"
#include "life/device/frontend.hpp"
#include "life/device/usb/one_shot_rule.hpp"
#include "life/device/usb/usb_class.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/run_record.hpp"
#include "life/settle.hpp"
#include "life/unattended/settle_by_uuid.hpp"
#include "state/named_lock.hpp"

#include <functional>

namespace qmgmt {
namespace {

class CleanUp {
public:
    explicit CleanUp(Call& call) : call_{call} {}

    std::vector<BootFailure> run()
    {
        for (const Uuid& uuid : RunRecord::all())
            attempt(name_of(uuid), [&] { settle_by_uuid_if_free(call_, uuid); });
        for (const std::string& name : call_.store().names())
            attempt(name, [&] { clean_up_unrecorded(name); });
        remove_left_rules([&](const std::string& backend) {
            return are_devices_free(call_, UsbClass{}, backend);
        });
        return std::move(failures_);
    }

private:
    void attempt(const std::string& qube, const std::function<void()>& work)
    {
        try {
            work();
        } catch (const Error& error) {
            failures_.push_back({qube, error.text()});
        }
    }

    [[nodiscard]] std::string name_of(const Uuid& uuid)
    {
        const auto entry = call_.store().index().find_uuid(uuid.text());
        return entry ? std::string{entry->name} : uuid.text();
    }

    [[nodiscard]] bool goes_when_it_stops(const Qube& qube)
    {
        SystemValues live{call_};
        return qube.class_bit() == class_disp &&
               Effective{call_.store(), live}.text(qube, "auto_cleanup") == "True";
    }

    // The host went down while it ran, and no record of that is left.
    void clean_up_unrecorded(const std::string& name)
    {
        const Qube* qube = call_.store().find_any(name);
        if (qube == nullptr || (qube->class_bit() & class_qube) == 0 ||
            (!goes_when_it_stops(*qube) && !has_unsettled_volumes(call_, *qube)))
            return;
        const auto lock =
            NamedLock::try_lock(qube_lock(name), LockMode::exclusive, call_.request().program);
        if (!lock)
            return;
        call_.refresh();
        qube = call_.store().find(name);
        if (qube == nullptr || domain_status(call_, *qube).state != PowerState::halted)
            return;
        settle_volumes(call_, *qube);
        if (!goes_when_it_stops(*qube))
            return;
        discard_disposable(call_, *qube); // says nothing; the store does
        call_.refresh();
        if (call_.store().index().find(name))
            throw Error{failure::failed, "cannot remove the disposable"};
    }

    Call& call_;
    std::vector<BootFailure> failures_;
};

} // namespace

std::vector<BootFailure> clean_up_after_boot(Call& call)
{
    return CleanUp{call}.run();
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/list.hpp"

#include "device/device_argument.hpp"
#include "device/device_choice.hpp"
#include "life/device/available.hpp"
#include "life/device/device_request.hpp"
#include "life/device/frontend.hpp"
#include "life/power_state.hpp"

#include <algorithm>
#include <map>

namespace qmgmt {
namespace {

// What a device says it is, of those that a qube exposes now; asked of each qube once.
class Identities {
public:
    Identities(Call& call, DeviceClass& klass) : call_{call}, class_{klass} {}

    std::string of(const std::string& backend, const std::string& port)
    {
        auto [found, missing] = by_backend_.try_emplace(backend);
        if (const Qube* qube = missing ? call_.store().find_any(backend) : nullptr)
            found->second = class_.exposed(call_, *qube);
        const auto device = std::ranges::find(found->second, port, &ExposedDevice::port);
        return device == found->second.end() ? std::string{unknown_device_id} : device->id;
    }

private:
    Call& call_;
    DeviceClass& class_;
    std::map<std::string, std::vector<ExposedDevice>> by_backend_;
};

class Listing {
public:
    Listing(Call& call, DeviceClass& klass) : call_{call}, class_{klass}, identities_{call, klass}
    {
        if (!call.argument().empty())
            wanted_ = device_argument(call);
        if (wanted_ && wanted_->port)
            wanted_->port = PortName::parse(klass.canonical_port(wanted_->port->text()));
    }

    void add_attached()
    {
        const Qube& qube = call_.destination();
        if (qube.class_bit() == class_admin || !call_.has_hypervisor() ||
            !is_running(power_state(call_, qube)))
            return;
        const std::vector<Assignment> assigned = assignments_of(qube, class_.name());
        for (const AttachedDevice& device : class_.attached(call_, qube)) {
            const std::string id =
                call_.request().admin ? identities_.of(device.backend, device.port) : "";
            const auto why = std::ranges::find_if(assigned, [&](const Assignment& assignment) {
                return meant(assignment).means(device.backend, device.port, id);
            });
            add(device.backend, device.port, id, device.options,
                why == assigned.end() ? "manual" : Assignment::name(why->mode));
        }
    }

    void add_assigned()
    {
        for (const Assignment& assignment : assignments_of(call_.destination(), class_.name()))
            add(assignment.backend, class_.canonical_port(assignment.port), assignment.identity,
                assignment.options, Assignment::name(assignment.mode));
    }

    Reply reply()
    {
        std::ranges::sort(rows_);
        rows_.erase(std::unique(rows_.begin(), rows_.end()), rows_.end());
        std::string text;
        for (const std::string& row : rows_)
            text += row + "\n";
        return Reply{text};
    }

private:
    // By the names that devices have.
    [[nodiscard]] Assignment meant(Assignment assignment) const
    {
        assignment.port = class_.canonical_port(assignment.port);
        return assignment;
    }

    void add(const std::string& backend, const std::string& port, const std::string& id,
             const DeviceOptions& options, std::string_view mode)
    {
        const bool wanted = !wanted_ || wanted_->means(backend, port, id);
        if (!wanted || !call_.may_see(backend))
            return;
        if (!call_.request().admin)
            rows_.push_back(backend + "+" + port);
        else
            rows_.push_back(framed_row(GivenDevice{.backend = backend,
                                                   .klass = std::string{class_.name()},
                                                   .port = port,
                                                   .id = id,
                                                   .mode = std::string{mode},
                                                   .frontend = call_.destination_name(),
                                                   .options = options}));
    }

    Call& call_;
    DeviceClass& class_;
    Identities identities_;
    std::optional<DeviceArgument> wanted_;
    std::vector<std::string> rows_;
};

void hide_unseen_users(Call& call, std::vector<ExposedDevice>& devices)
{
    for (ExposedDevice& device : devices) {
        if (device.attachment && !call.may_see(*device.attachment))
            device.attachment.reset();
    }
}

} // namespace

Reply list_devices(Call& call, DeviceClass& klass, Listed listed)
{
    Listing listing{call, klass};
    if (listed != Listed::assigned)
        listing.add_attached();
    if (listed != Listed::attached)
        listing.add_assigned();
    return listing.reply();
}

Reply available_devices(Call& call, DeviceClass& klass)
{
    const auto choice = chosen_device(call);
    if (!is_of_destination(call, choice))
        return Reply{};
    std::vector<ExposedDevice> devices = klass.exposed(call, call.destination());
    if (choice) {
        const std::string wanted = klass.canonical_port(choice->port.text());
        std::erase_if(devices, [&](const ExposedDevice& device) { return wanted != device.port; });
    }
    if (call.request().admin) { // others are not shown it
        hide_unseen_users(call, devices);
        call.answer_when_hung(available_reply(call, devices));
        klass.add_users(call, devices);
        hide_unseen_users(call, devices);
    }
    return available_reply(call, std::move(devices));
}

} // namespace qmgmt

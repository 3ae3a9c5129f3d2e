// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/attach.hpp"

#include "base/error.hpp"
#include "call/edit.hpp"
#include "life/device/assign.hpp"
#include "life/device/denied.hpp"
#include "life/device/device_request.hpp"
#include "life/device/frontend.hpp"
#include "life/power_state.hpp"
#include "life/refusal.hpp"

namespace qmgmt {
namespace {

// For a caller other than dom0 a qube that is not there and a device that is not there are one.
[[noreturn]] void not_there(const DeviceArgument& device)
{
    throw Error{failure::device_not_found, "no device '" + text_of(device) + "' is exposed"};
}

class Attaching {
public:
    Attaching(Call& call, DeviceClass& klass, DeviceRequest request)
        : call_{call}, class_{klass}, request_{std::move(request)},
          options_{klass.checked(request_.options)}, frontend_{call, klass}
    {
    }

    void run()
    {
        const Qube& backend = find_backend();
        device_ = find_device(backend);
        check_device();
        if (!frontend_.runs() && !(frontend_.halted() && request_.persistent))
            refuse_state();
        if (request_.persistent)
            class_.check_kind(call_, frontend_.qube());
        if (frontend_.runs())
            class_.check_backend(call_, frontend_.qube(), backend);
        const bool there = is_attached(backend);
        if (!there && device_ && frontend_.runs())
            check_free(*device_);
        if (request_.persistent)
            store(backend);
        if (!there && frontend_.runs())
            attach();
    }

private:
    const Qube& find_backend()
    {
        const Qube* backend = call_.store().find_any(request_.device.backend->text());
        if (backend == nullptr)
            not_there(request_.device);
        return *backend;
    }

    [[nodiscard]] const std::string& port() const { return request_.device.port->text(); }

    std::optional<ExposedDevice> find_device(const Qube& backend)
    {
        auto device = exposed_device(call_, class_, backend, port());
        if (!device && request_.undetected)
            device = class_.undetected(call_, backend, port());
        if (!device && !request_.persistent)
            not_there(request_.device);
        return device;
    }

    void check_device()
    {
        if (device_ && request_.device.id && *request_.device.id != device_->id)
            throw Error{failure::unexpected_device,
                        "'" + text_of(request_.device) + "' is another device by now"};
        check_not_denied(call_, frontend_.qube(), device_);
        if (device_ && !device_->offered)
            throw Error{failure::denied,
                        "'" + text_of(request_.device) + "' is no device that qubes may have"};
        if (device_)
            class_.check_options(*device_, options_);
    }

    [[noreturn]] void refuse_state()
    {
        const std::string& name = frontend_.qube().name();
        if (!frontend_.halted())
            throw not_running(name);
        throw Error{failure::not_running, "cannot attach a device: '" + name +
                                              "' is halted; persistent=yes gives it for good"};
    }

    // As it is asked for. As it is not: Error{in_use}.
    bool is_attached(const Qube& backend)
    {
        const auto attached = frontend_.attached(backend.name(), port());
        if (!attached)
            return false;
        if (call_.request().admin)
            throw Error{failure::device_attached,
                        "'" + text_of(request_.device) + "' is attached to it already"};
        if (!device_ || !class_.is_same(*attached, *device_, options_))
            throw Error{failure::device_attached,
                        "'" + text_of(request_.device) + "' is attached to it with other options"};
        return true;
    }

    void check_free(const ExposedDevice& device)
    {
        if (class_.user_of(call_, device))
            throw Error{failure::device_attached,
                        "'" + text_of(request_.device) + "' is attached to another qube"};
        class_.check_frontend(call_, frontend_.qube(), options_);
    }

    // As an entry that is there already names it.
    [[nodiscard]] std::string stored_port(const Edit& edit) const
    {
        for (const Assignment& assignment : assignments_of(edit.destination(), class_.name())) {
            if (class_.canonical_port(assignment.port) == port() &&
                assignment.backend == request_.device.backend->text())
                return assignment.port;
        }
        return port();
    }

    void store(const Qube& backend)
    {
        Edit edit = call_.edit();
        const splice::DeviceEntry entry{.klass = std::string{class_.name()},
                                        .backend = backend.name(),
                                        .port = stored_port(edit),
                                        .mode =
                                            std::string{Assignment::name(class_.lasting_mode())},
                                        .options = options_};
        edit.assign_device(call_.destination_name(), entry);
        static_cast<void>(edit.commit());
    }

    void attach()
    {
        if (!device_) {
            call_.warn("'" + text_of(request_.device) +
                       "' is not there now; it is attached when the qube starts");
            return;
        }
        try {
            attach_now(call_, class_, frontend_.qube(), *device_, options_);
        } catch (const Error& error) {
            if (!request_.persistent)
                throw;
            throw Error{failure::vm_failed,
                        "it is given for good, but cannot be attached now: " + error.text(),
                        error.detail()};
        }
    }

    Call& call_;
    DeviceClass& class_;
    DeviceRequest request_;
    DeviceOptions options_;
    Frontend frontend_;
    std::optional<ExposedDevice> device_;
};

void check_request(const Call& call, const DeviceRequest& request)
{
    if (!request.device.backend || !request.device.port)
        throw Error{failure::bad_value, "what is attached is one device of one qube"};
    if (request.mode)
        throw Error{failure::bad_value, "a device is attached by hand; Assign gives it for good"};
    if (request.undetected && !call.from_dom0())
        throw Error{failure::bad_value, "only dom0 says that a device is there"};
}

} // namespace

Reply attach_device(Call& call, DeviceClass& klass)
{
    return attach_device(call, klass, device_request(call, klass.name()));
}

Reply attach_device(Call& call, DeviceClass& klass, DeviceRequest request)
{
    check_request(call, request);
    request.device.port = PortName::parse(klass.canonical_port(request.device.port->text()));
    if (call.destination_name() == "dom0")
        throw Error{failure::bad_value, "dom0 is given no devices"};
    call.act();
    Attaching{call, klass, std::move(request)}.run();
    return {};
}

} // namespace qmgmt

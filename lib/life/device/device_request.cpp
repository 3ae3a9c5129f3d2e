// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/device_request.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// What stands in a payload and in the argument must be the same, or is not said in one of them.
void check_said(DeviceOptions& options, std::string_view key,
                const std::optional<std::string>& by_argument)
{
    const auto said = take_option(options, key);
    if (said && *said != "*" && by_argument && *said != *by_argument)
        throw Error{failure::unexpected_device,
                    "'" + std::string{key} + "' is not that of the argument"};
}

template<typename Name>
std::optional<std::string> text(const std::optional<Name>& name)
{
    return name ? std::optional{name->text()} : std::nullopt;
}

DeviceRequest admin_request(Call& call, std::string_view klass)
{
    DeviceRequest request{.device = DeviceArgument::parse_admin(call.argument())};
    DeviceOptions said = parse_serialised(call.payload());
    check_said(said, "device_id", request.device.id);
    check_said(said, "port_id", text(request.device.port));
    check_said(said, "backend_domain", text(request.device.backend));
    check_said(said, "devclass", std::string{klass});
    check_said(said, "frontend_domain", call.destination_name());
    if (const auto mode = take_option(said, "mode"))
        request.mode = parse_mode(*mode);
    for (auto& [key, value] : said) {
        if (!key.starts_with('_') || key.size() == 1)
            throw Error{failure::unexpected_device, "an assignment has no key of that name"};
        request.options.emplace_back(key.substr(1), std::move(value));
    }
    return request;
}

bool take_switch(DeviceOptions& options, std::string_view key)
{
    const auto value = take_option(options, key);
    return value && parse_switch(key, *value);
}

DeviceRequest plain_request(Call& call)
{
    DeviceRequest request{.device = DeviceArgument::parse(call.argument()),
                          .options = parse_option_words(call.payload())};
    request.persistent = take_switch(request.options, "persistent");
    request.undetected = take_switch(request.options, "undetected");
    if (const auto mode = take_option(request.options, "mode"))
        request.mode = parse_mode(*mode);
    return request;
}

} // namespace

DeviceArgument device_argument(const Call& call)
{
    return call.request().admin ? DeviceArgument::parse_admin(call.argument())
                                : DeviceArgument::parse(call.argument());
}

DeviceRequest device_request(Call& call, std::string_view klass)
{
    return call.request().admin ? admin_request(call, klass) : plain_request(call);
}

std::optional<Assignment::Mode> parse_mode(std::string_view untrusted_text)
{
    if (untrusted_text == "manual")
        return std::nullopt;
    if (const auto mode = Assignment::mode_named(untrusted_text))
        return mode;
    throw Error{failure::bad_value,
                "a device is assigned as required, auto-attach or ask-to-attach"};
}

std::string text_of(const DeviceArgument& device)
{
    return (device.backend ? device.backend->text() : "_") + "+" +
           (device.port ? device.port->text() : "_");
}

} // namespace qmgmt

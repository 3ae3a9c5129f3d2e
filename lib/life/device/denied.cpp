// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/denied.hpp"

#include "base/error.hpp"
#include "call/edit.hpp"
#include "device/denied_interfaces.hpp"
#include "life/property/change.hpp"
#include "life/property/live.hpp"
#include "store/property_value.hpp"

#include <set>

namespace qmgmt {
namespace {

constexpr std::string_view property = "devices_denied";

using Codes = std::set<std::string>;

Codes codes_of(std::string_view text)
{
    Codes codes;
    for (; text.size() >= interface_length; text.remove_prefix(interface_length))
        codes.emplace(text.substr(0, interface_length));
    return codes;
}

const PropertyRow& denied_row(const Store& store, const Qube& qube)
{
    return property_row(store, qube, property);
}

// Whatever the store at hand knows of the property.
Codes parse_codes(const Call& call)
{
    const PropertyRow* row = find_property(property, class_app, Dialect::current);
    if (row == nullptr)
        throw Error{failure::internal, "there is no property of denied devices"};
    Codes codes = codes_of(check_syntax(*row, call.payload(), Dialect::current));
    if (codes.size() * interface_length != call.payload().size())
        throw Error{failure::protocol, "a pattern is there twice"};
    return codes;
}

template<typename Change>
Reply change_denied(Call& call, const Change& change)
{
    Edit edit = call.edit();
    SystemValues live{call};
    const PropertyRow& row = denied_row(edit.store(), edit.destination());
    const PropertyValue before = Effective{edit.store(), live}.value(edit.destination(), row);
    Codes codes = codes_of(before.text);
    change(codes);
    std::string after;
    for (const std::string& code : codes)
        after += code;
    if (after != before.text)
        edit.set_property(call.destination_name(), property, after, before.text, after);
    return edit.commit();
}

} // namespace

void check_not_denied(Call& call, const Qube& frontend, const std::optional<ExposedDevice>& device)
{
    SystemValues live{call};
    const std::string patterns = Effective{call.store(), live}.text(frontend, property);
    if (is_denied(patterns, device ? device->interfaces : ""))
        throw Error{failure::denied, "'" + frontend.name() + "' must not have such a device"};
}

Reply list_denied(Call& call)
{
    SystemValues live{call};
    std::string lines;
    for (const std::string& code :
         codes_of(Effective{call.store(), live}.text(call.destination(), property)))
        lines += (lines.empty() ? "" : "\n") + code;
    return Reply{lines};
}

Reply add_denied(Call& call)
{
    const Codes more = parse_codes(call);
    return change_denied(call, [&](Codes& codes) { codes.insert(more.begin(), more.end()); });
}

Reply remove_denied(Call& call)
{
    if (call.payload() == "all")
        return change_denied(call, [](Codes& codes) { codes.clear(); });
    const Codes fewer = parse_codes(call);
    return change_denied(call, [&](Codes& codes) {
        for (const std::string& code : fewer)
            codes.erase(code);
    });
}

} // namespace qmgmt

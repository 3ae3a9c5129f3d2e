// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/property/feature.hpp"

#include "base/error.hpp"
#include "life/network/told.hpp"
#include "names/number.hpp"
#include "network/qube_table.hpp"
#include "store/address.hpp"

#include <algorithm>
#include <optional>

namespace qmgmt {
namespace {

constexpr std::size_t most_features = 2048;

[[noreturn]] void refuse(const FeatureName& name, std::string_view reason)
{
    throw Error{failure::bad_value,
                "feature '" + name.text() + "' is not acceptable: " + std::string{reason}};
}

// What stands behind `prefix`; nothing when the name does not begin with it.
std::optional<std::string_view> behind(const FeatureName& name, std::string_view prefix)
{
    if (!name.text().starts_with(prefix))
        return std::nullopt;
    return std::string_view{name.text()}.substr(prefix.size());
}

bool digits(std::string_view text)
{
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool decimal(std::string_view text)
{
    const auto point = text.find('.');
    return point == std::string_view::npos
               ? digits(text)
               : digits(text.substr(0, point)) && digits(text.substr(point + 1));
}

// An absolute path, or `file|dir:owner:group:octalmode:/path`.
bool persistent_path(std::string_view value)
{
    if (value.starts_with('/'))
        return true;
    const auto kind_end = value.find(':');
    const auto kind = value.substr(0, kind_end);
    if (kind_end == std::string_view::npos || (kind != "file" && kind != "dir"))
        return false;
    value.remove_prefix(kind_end + 1);
    for (int field = 0; field < 3; ++field) {
        const auto end = value.find(':');
        if (end == std::string_view::npos || end == 0)
            return false;
        if (field == 2 &&
            value.substr(0, end).find_first_not_of("01234567") != std::string_view::npos)
            return false;
        value.remove_prefix(end + 1);
    }
    return value.starts_with('/');
}

void set(Edit& edit, const std::string& qube, const FeatureName& name, const std::string& value)
{
    if (name.text() == "service.meminfo-writer" && edit.store().dialect() == Dialect::current) {
        // Balancing is what maxmem says; the feature is only another way to say it.
        if (value.empty())
            edit.set_property(qube, "maxmem", "0", std::nullopt, "0");
        else
            edit.reset_property(qube, "maxmem", std::nullopt);
        return;
    }
    const Qube& holder = edit.store().qube(qube);
    const auto features = holder.features();
    if (features.size() >= most_features && !holder.feature(name.text()))
        throw Error{failure::too_large, "cannot set a feature: the qube has 2048"};
    edit.set_feature(qube, name.text(), value);
}

void tell(Call& call, const FeatureName& name)
{
    if (!call.request().dry_run)
        tell_of_feature(call, call.destination_name(), name.text());
}

} // namespace

void check_feature(const FeatureName& name, const std::string& value)
{
    if (const auto service = behind(name, "service.")) {
        const bool long_names = service->starts_with("app-dispvm.");
        if (service->empty() || *service == "." || *service == ".." ||
            (service->size() > 48 && !long_names))
            refuse(name, "that cannot be the name of a service");
    } else if (const auto key = behind(name, "vm-config.")) {
        const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
        if (key->empty() || key->size() > 52 || !letter(key->front()))
            refuse(name, "its key begins with a letter and has at most 52 bytes");
    } else if (const auto what = behind(name, "custom-persist.")) {
        if (what->empty() || what->size() > 54)
            refuse(name, "its key has 1 to 54 bytes");
        if (!value.empty() && !persistent_path(value))
            refuse(name, "the value is neither a path nor file or dir with owner, group and mode");
    } else if (name.text() == "preload-dispvm-max" || name.text() == "preload-dispvm-threshold") {
        if (!value.empty() && !digits(value))
            refuse(name, "the value is not a number");
    } else if (name.text() == "preload-dispvm-delay") {
        if (!value.empty() && !decimal(value))
            refuse(name, "the value is not a decimal number");
    } else if (name.text() == "net.fake-ip" || name.text() == "net.fake-gateway") {
        if (!value.empty() && !is_ipv4(value))
            refuse(name, "the value is not an IPv4 address");
    } else if (name.text() == "net.fake-netmask") {
        const auto prefix = parse_decimal(value);
        if (!value.empty() && !is_ipv4(value) && !(prefix && *prefix <= 32))
            refuse(name, "the value is neither a netmask nor a prefix length");
    }
}

unsigned needs_to_change_feature(const Request& request)
{
    return key_of_feature(request.argument).empty() ? needs_store : needs_store | needs_hypervisor;
}

Reply set_feature(Call& call, const FeatureName& name, const std::string& value)
{
    check_feature(name, value);
    Edit edit = call.edit();
    set(edit, call.destination_name(), name, value);
    Reply reply = edit.commit();
    tell(call, name);
    return reply;
}

Reply remove_feature(Call& call, const FeatureName& name)
{
    Edit edit = call.edit();
    const std::string qube = call.destination_name();
    if (!edit.remove_feature(qube, name.text()))
        throw Error{failure::feature_not_found,
                    "feature '" + name.text() + "' is not set on '" + qube + "'"};
    Reply reply = edit.commit();
    tell(call, name);
    return reply;
}

} // namespace qmgmt

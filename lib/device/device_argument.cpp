// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/device_argument.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t longest_id = 512;
constexpr std::string_view any = "_";
// An argument has no room for the question mark and the stars of an interface nobody knows.
constexpr std::string_view unknown_sent = "_______";
constexpr std::string_view unknown_meant = "?******";

QubeName backend_of(std::string_view untrusted_text)
{
    if (const auto reason = QubeName::fault(untrusted_text); !reason.empty())
        throw Error{failure::protocol, "malformed device: " + std::string{reason}};
    return QubeName::parse(untrusted_text);
}

std::string id_of(std::string_view untrusted_text)
{
    std::string id{untrusted_text};
    if (id.size() > longest_id)
        throw Error{failure::protocol, "malformed device: its id has more than 512 bytes"};
    std::ranges::replace(id, '+', ':');
    for (auto at = id.find(unknown_sent); at != std::string::npos;
         at = id.find(unknown_sent, at + unknown_meant.size()))
        id.replace(at, unknown_sent.size(), unknown_meant);
    return id;
}

} // namespace

DeviceArgument DeviceArgument::parse(std::string_view untrusted_argument)
{
    const auto plus = untrusted_argument.find('+');
    if (plus == std::string_view::npos)
        throw Error{failure::protocol, "a device is named by its qube, + and port"};
    return {.backend = backend_of(untrusted_argument.substr(0, plus)),
            .port = PortName::parse(untrusted_argument.substr(plus + 1)),
            .id = std::nullopt};
}

DeviceArgument DeviceArgument::parse_admin(std::string_view untrusted_argument)
{
    const auto plus = untrusted_argument.find('+');
    if (plus == std::string_view::npos)
        throw Error{failure::protocol, "a device is named by its qube, + and port"};
    DeviceArgument found;
    if (const auto backend = untrusted_argument.substr(0, plus); backend != any)
        found.backend = backend_of(backend);
    const std::string_view rest = untrusted_argument.substr(plus + 1);
    const auto end = std::min(rest.find('+'), rest.size());
    if (const auto port = rest.substr(0, end); port != any)
        found.port = PortName::parse(port);
    if (end < rest.size() && rest.substr(end + 1) != any && rest.size() > end + 1)
        found.id = id_of(rest.substr(end + 1));
    return found;
}

bool DeviceArgument::means(std::string_view its_backend, std::string_view its_port,
                           std::string_view its_id) const
{
    return (!backend || backend->text() == its_backend) && (!port || port->text() == its_port) &&
           (!id || *id == its_id);
}

} // namespace qmgmt

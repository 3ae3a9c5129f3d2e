// SPDX-License-Identifier: GPL-2.0-or-later

#include "names/create_request.hpp"

#include <algorithm>
#include <array>

namespace qmgmt {
namespace {

constexpr std::array<std::string_view, 4> roles = {"root", "private", "volatile", "kernel"};

[[noreturn]] void malformed(std::string_view reason)
{
    throw Error{failure::protocol, "malformed request: " + std::string{reason}};
}

template<typename Value>
void once(std::optional<Value>& slot, Value value, std::string_view what)
{
    if (slot)
        malformed(std::string{what} + " is given twice");
    slot = std::move(value);
}

} // namespace

CreateRequest CreateRequest::parse(std::string_view untrusted_payload, Pools pools, Label labels)
{
    std::optional<QubeName> name;
    std::optional<LabelName> label;
    std::optional<PoolName> pool;
    std::map<std::string, PoolName> by_role;
    std::string_view rest = untrusted_payload;
    for (bool more = true; more;) {
        const auto end = rest.find(' ');
        const std::string_view token = rest.substr(0, end);
        more = end != std::string_view::npos;
        if (more)
            rest.remove_prefix(end + 1);
        const auto equals = token.find('=');
        if (equals == std::string_view::npos)
            malformed("words are key=value, with one blank between them");
        const std::string_view key = token.substr(0, equals);
        const std::string_view value = token.substr(equals + 1);
        if (key == "name") {
            once(name, QubeName::parse(value), "the name");
        } else if (key == "label" && labels == Label::required) {
            once(label, LabelName::parse_new(value), "the label");
        } else if (key == "pool" && pools == Pools::allowed) {
            once(pool, PoolName::parse(value), "the pool");
        } else if (key.starts_with("pool:") && pools == Pools::allowed) {
            const std::string_view role = key.substr(5);
            if (std::ranges::find(roles, role) == roles.end())
                malformed("a pool is given for an unknown volume");
            if (!by_role.emplace(role, PoolName::parse(value)).second)
                malformed("a pool is given twice for one volume");
        } else {
            malformed("a key is not known");
        }
    }
    if (!name)
        malformed("the name is missing");
    if (!label && labels == Label::required)
        malformed("the label is missing");
    if (pool && !by_role.empty())
        malformed("one pool for all and pools by volume exclude each other");
    return {std::move(*name), std::move(label), std::move(pool), std::move(by_role)};
}

} // namespace qmgmt

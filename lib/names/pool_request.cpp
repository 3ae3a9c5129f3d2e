// SPDX-License-Identifier: GPL-2.0-or-later

#include "names/pool_request.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

[[noreturn]] void malformed(std::string_view reason)
{
    throw Error{failure::protocol, "malformed request: " + std::string{reason}};
}

std::map<std::string, std::string> parse_lines(std::string_view untrusted_payload)
{
    std::map<std::string, std::string> pairs;
    std::string_view rest = untrusted_payload;
    if (rest.ends_with('\n'))
        rest.remove_suffix(1);
    for (bool more = true; more;) {
        const auto end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        more = end != std::string_view::npos;
        if (more)
            rest.remove_prefix(end + 1);
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0)
            malformed("lines are key=value");
        if (!std::ranges::all_of(line, [](char c) { return c >= 0x20 && c <= 0x7e; }))
            malformed("it holds more than printable ASCII");
        if (!pairs.emplace(line.substr(0, equals), line.substr(equals + 1)).second)
            malformed("a key is given twice");
    }
    return pairs;
}

// The grammar of pools serves for drivers, too.
std::string parse_driver(std::string_view untrusted_driver)
{
    try {
        return PoolName::parse(untrusted_driver).text();
    } catch (const Error&) {
        malformed("not a valid name of a driver");
    }
}

} // namespace

PoolRequest PoolRequest::parse(std::string_view untrusted_argument,
                               std::string_view untrusted_payload)
{
    auto options = parse_lines(untrusted_payload);
    const auto driver = options.extract("driver");
    const auto name = options.extract("name");
    if (!driver.empty()) {
        if (!name.empty() && name.mapped() != untrusted_argument)
            malformed("the argument and 'name' differ");
        return {PoolName::parse(untrusted_argument), parse_driver(driver.mapped()),
                std::move(options)};
    }
    if (name.empty())
        malformed("neither 'driver' nor 'name' is given");
    return {PoolName::parse(name.mapped()), parse_driver(untrusted_argument), std::move(options)};
}

} // namespace qmgmt

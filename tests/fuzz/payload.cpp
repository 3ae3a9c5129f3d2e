// SPDX-License-Identifier: GPL-2.0-or-later
//
// The grammars of payloads: what Create and pool.Add ask for, values of every property in both
// dialects, features, colours, and the configuration file. What is accepted is accepted again in
// its canonical form.

#include "base/error.hpp"
#include "fuzz/target.hpp"
#include "names/create_request.hpp"
#include "names/pool_request.hpp"
#include "storage/driver_table.hpp"
#include "store/property_value.hpp"

#include <string>

using namespace qmgmt;

namespace {

template<typename Body>
void refused_or(Body&& body)
{
    try {
        body();
    } catch (const Error& error) {
        fuzz::require(error.kind() == Failure::bad_value || error.kind() == Failure::protocol ||
                      error.kind() == Failure::not_found);
        for (const char c : error.text())
            fuzz::require(c >= 0x20 && c <= 0x7e);
    }
}

void create(std::string_view text)
{
    for (const auto pools : {CreateRequest::Pools::refused, CreateRequest::Pools::allowed}) {
        refused_or([&] {
            const CreateRequest wanted = CreateRequest::parse(text, pools);
            std::string again = "label=" + wanted.label->text() + " name=" + wanted.name.text();
            if (wanted.pool)
                again += " pool=" + wanted.pool->text();
            for (const auto& [role, pool] : wanted.pools)
                again += " pool:" + role + "=" + pool.text();
            const CreateRequest same = CreateRequest::parse(again, pools);
            fuzz::require(same.name == wanted.name && same.label == wanted.label &&
                          same.pool == wanted.pool && same.pools == wanted.pools);
        });
    }
}

std::string lines_of(const std::map<std::string, std::string>& options)
{
    std::string lines;
    for (const auto& [key, value] : options)
        lines.append(key).append("=").append(value).append("\n");
    return lines;
}

void pool(std::string_view text)
{
    refused_or([&] {
        const PoolRequest wanted = PoolRequest::parse("p", text);
        const PoolRequest same = PoolRequest::parse(
            wanted.driver, "name=" + wanted.name.text() + "\n" + lines_of(wanted.options));
        fuzz::require(same.name == wanted.name && same.driver == wanted.driver &&
                      same.options == wanted.options);
        const Driver* driver = find_driver(wanted.driver);
        if (driver == nullptr)
            return;
        const PoolConfig made = new_pool(*driver, "p", wanted.options);
        fuzz::require(new_pool(*driver, "p", made.options).options == made.options);
    });
}

void properties(std::string_view text)
{
    for (const Dialect dialect : {Dialect::r40, Dialect::current}) {
        for (const auto rows : {qube_properties(), global_properties()}) {
            for (const PropertyRow& row : rows) {
                refused_or([&] {
                    const std::string stored = check_syntax(row, text, dialect);
                    fuzz::require(check_syntax(row, stored, dialect) == stored);
                });
            }
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    create(text);
    pool(text);
    properties(text);
    refused_or([&] { fuzz::require(parse_feature_value(text) == text); });
    refused_or([&] {
        const std::string colour = parse_label_colour(text);
        fuzz::require(parse_label_colour(colour) == colour);
    });
    return 0;
}

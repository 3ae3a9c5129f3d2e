// SPDX-License-Identifier: GPL-2.0-or-later
//
// Every parser of a name or number: what it takes is taken again as it is, and holds nothing that
// could break out of a line, a path or a frame.

#include "names/names.hpp"

#include "base/error.hpp"
#include "fuzz/target.hpp"
#include "names/number.hpp"
#include "names/uuid.hpp"
#include "rpc/request.hpp"
#include "store/address.hpp"

#include <string>

using namespace qmgmt;

namespace {

template<typename Name, typename Parse>
void name(std::string_view text, std::size_t longest, Parse&& parse)
{
    try {
        const Name parsed = parse(text);
        fuzz::require(parsed.text() == text && !text.empty() && text.size() <= longest);
        for (const char c : text)
            fuzz::require(c > 0x20 && c < 0x7f && c != '/' && c != '=' && c != '"');
    } catch (const Error& error) {
        fuzz::require(error.kind() == Failure::bad_value || error.kind() == Failure::protocol ||
                      error.kind() == Failure::not_found);
    }
}

void numbers(std::string_view text)
{
    if (const auto number = parse_decimal(text))
        fuzz::require(std::to_string(*number) == text);
    if (const auto number = parse_integer(text))
        fuzz::require(parse_integer(std::to_string(*number)) == number);
    if (parse_boolean(text))
        fuzz::require(text.size() <= 5);
}

void addresses(std::string_view text)
{
    if (const auto uuid = Uuid::parse(text))
        fuzz::require(Uuid::parse(uuid->text()) == uuid);
    if (is_ipv4(text))
        fuzz::require(text.size() >= 7 && text.size() <= 15);
    if (const auto address = canonical_ipv6(text))
        fuzz::require(canonical_ipv6(*address) == address);
    if (const auto mac = canonical_mac(text))
        fuzz::require(canonical_mac(*mac) == mac);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    name<QubeName>(text, 31, QubeName::parse);
    name<Tag>(text, 64, Tag::parse);
    name<FeatureName>(text, 255, FeatureName::parse);
    name<LabelName>(text, 32, LabelName::parse);
    name<LabelName>(text, 32, LabelName::parse_new);
    name<PoolName>(text, 63, PoolName::parse);
    name<PropertyName>(text, 64, PropertyName::parse);
    numbers(text);
    addresses(text);
    const std::string program = program_name(std::string{text}.c_str());
    fuzz::require(program.find('/') == std::string::npos && program.find('+') == std::string::npos);
    return 0;
}

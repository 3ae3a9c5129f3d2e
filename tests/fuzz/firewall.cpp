// SPDX-License-Identifier: GPL-2.0-or-later
//
// Files of firewalls, of any version. What is believed is written as a file that says the same, to
// the byte; no two of its rules have one name.

#include "base/error.hpp"
#include "firewall/firewall_xml.hpp"
#include "fuzz/target.hpp"

#include <set>

using namespace qmgmt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    try {
        const RuleList list = parse_firewall_xml(bytes);
        const std::string written = firewall_xml(list);
        const RuleList again = parse_firewall_xml(written);
        fuzz::require(again == list && firewall_xml(again) == written);

        std::set<std::uint64_t> counters;
        for (const ListedRule& listed : list.rules()) {
            fuzz::require(listed.counter != 0 && listed.counter < list.next_counter());
            fuzz::require(counters.insert(listed.counter).second);
            fuzz::require(list.chosen(listed.id()).data() == &listed);
        }
    } catch (const Error& error) {
        fuzz::require(error.type() == failure::store);
    }
    return 0;
}

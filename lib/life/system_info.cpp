// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/system_info.hpp"

#include "base/json_string.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "store/effective.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt {
namespace {

std::string string_or_null(const std::string& text)
{
    return text.empty() ? "null" : json_string(text);
}

std::string tag_list(std::string_view tags)
{
    std::string list;
    while (!tags.empty()) {
        const auto end = std::min(tags.find(' '), tags.size());
        if (end > 0)
            list += (list.empty() ? "" : ", ") + json_string(tags.substr(0, end));
        tags.remove_prefix(std::min(end + 1, tags.size()));
    }
    return "[" + list + "]";
}

// What the store says, which a hypervisor that does not answer changes nothing of.
std::string stored_facts(Call& call, const IndexEntry& entry, const Qube& qube)
{
    SystemValues live{call};
    Effective effective{call.store(), live};
    const auto value = [&](std::string_view property) {
        return string_or_null(effective.text(qube, property));
    };
    const StoredLabel* label = call.store().label(effective.text(qube, "label"));
    const auto internal = qube.feature("internal");
    return "\"tags\": " + tag_list(entry.tags) + ", \"type\": " + json_string(entry.klass) +
           ", \"template_for_dispvms\": " + (entry.template_for_dispvms ? "true" : "false") +
           ", \"default_dispvm\": " + value("default_dispvm") +
           ", \"internal\": " + (internal ? json_string(*internal) : "null") +
           // The icon of the label, whatever the qube is.
           ", \"icon\": " + (label != nullptr ? json_string("appvm-" + label->name) : "null") +
           ", \"label\": " + (label != nullptr ? json_string(label->colour) : "null") +
           ", \"guivm\": " + value("guivm") + ", \"relayvm\": " + value("relayvm") +
           ", \"transport_rpc\": " + value("transport_rpc") +
           ", \"uuid\": " + json_string(entry.uuid.empty() ? Uuid{}.text() : entry.uuid);
}

struct Described {
    IndexEntry entry;
    std::string facts;
};

std::vector<Described> described_qubes(Call& call)
{
    const Index& index = call.store().index();
    std::vector<Described> qubes;
    for (std::size_t i = 0; i < index.size(); ++i)
        qubes.push_back({index.entry(i), {}});
    if (!index.find("dom0"))
        qubes.push_back({{.name = "dom0", .klass = "AdminVM"}, {}});
    std::ranges::sort(qubes, {}, [](const Described& qube) {
        return std::pair{qube.entry.name != "dom0", qube.entry.name};
    });
    for (Described& qube : qubes) {
        if (const Qube* stored = call.store().find_any(qube.entry.name))
            qube.facts = stored_facts(call, qube.entry, *stored);
    }
    return qubes;
}

} // namespace

Reply system_info(Call& call)
{
    const std::vector<Described> qubes = described_qubes(call);
    const auto document = [&](const PowerStates& states) {
        std::string members;
        for (const auto& [entry, facts] : qubes) {
            const PowerState state = states.of(entry.name, entry.klass, entry.uuid);
            members += (members.empty() ? "" : ", ") + json_string(entry.name) + ": {" + facts +
                       ", \"power_state\": " + json_string(name(state)) + "}";
        }
        return Reply{"{\"domains\": {" + members + "}}"};
    };
    if (call.has_hypervisor())
        call.answer_when_hung(document(PowerStates::unknown(call)));
    return document(PowerStates::of_all(call));
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/events/merge.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace qmgmt {
namespace {

// The first event of this qube and one of these names from a place on; the end when there is none.
std::size_t find(const std::vector<Event>& events, std::size_t from, std::string_view qube,
                 std::initializer_list<std::string_view> names)
{
    while (from < events.size() && (events[from].subject != qube ||
                                    std::ranges::find(names, events[from].name) == names.end()))
        ++from;
    return from;
}

// Before which event of the journal it belongs.
std::size_t place_of(const Event& event, const std::vector<Event>& journal, std::size_t from)
{
    if (event.name == "domain-spawn") {
        const std::size_t cause = find(journal, from, event.subject, {"domain-pre-start"});
        return find(journal, cause < journal.size() ? cause + 1 : from, event.subject,
                    {"domain-start", "domain-start-failed"});
    }
    if (event.name == "domain-stopped")
        return find(journal, from, event.subject, {"domain-shutdown"});
    return journal.size();
}

} // namespace

std::vector<Event> merge_events(std::vector<Event> journal, std::vector<Event> hypervisor)
{
    std::vector<std::pair<std::size_t, Event>> placed;
    std::map<std::string, std::size_t> reached; // by qube: its own events keep their order
    for (Event& event : hypervisor) {
        std::size_t& from = reached[event.subject];
        from = place_of(event, journal, from);
        placed.emplace_back(from, std::move(event));
    }
    std::ranges::stable_sort(placed, {}, [](const auto& one) { return one.first; });
    std::vector<Event> merged;
    merged.reserve(journal.size() + placed.size());
    auto next = placed.begin();
    for (std::size_t i = 0; i <= journal.size(); ++i) {
        for (; next != placed.end() && next->first == i; ++next)
            merged.push_back(std::move(next->second));
        if (i < journal.size())
            merged.push_back(std::move(journal[i]));
    }
    return merged;
}

} // namespace qmgmt

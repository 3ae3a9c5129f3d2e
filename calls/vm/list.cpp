// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.vm.List: all qubes with class and power state, or one of them.
//   destination: dom0, or a qube for its own line   argument: none   input: none
//   reply: `<name> class=<class> state=<state>` a line, dom0 first, then by name

#include "call/call.hpp"
#include "life/power_state.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.vm.List",
    .summary = "List qubes with their class and power state",
    .destination = Destination::dom0_or_qube,
    .returns = "<name> class=<class> state=<state>\n",
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor,
    .admin_returns = "<name> class=<class> state=<state> uuid=<uuid>\n",
};

// The index holds all of a line but the state: no qube is parsed.
static void append_line(Call& call, const PowerStates& states, const IndexEntry& qube,
                        std::string& lines)
{
    lines += qube.name;
    lines += " class=";
    lines += qube.klass;
    lines += " state=";
    lines += name(states.of(qube.name, qube.klass, qube.uuid));
    if (call.request().admin) {
        lines += " uuid=";
        lines += qube.uuid.empty() ? Uuid{}.text() : qube.uuid;
    }
    lines += '\n';
}

static Reply list(Call& call)
{
    const Index& index = call.store().index();
    std::vector<IndexEntry> qubes;
    for (std::size_t i = 0; i < index.size(); ++i)
        qubes.push_back(index.entry(i));
    if (!index.find("dom0"))
        qubes.push_back({.name = "dom0", .klass = "AdminVM"});
    std::ranges::sort(qubes, {}, [](const IndexEntry& qube) {
        return std::pair{qube.name != "dom0", qube.name};
    });
    const bool all = call.destination_name() == "dom0";
    const auto lines_of = [&](const PowerStates& states) {
        std::string lines;
        for (const IndexEntry& qube : qubes) {
            if ((all && call.may_see(qube)) || (!all && qube.name == call.destination_name()))
                append_line(call, states, qube, lines);
        }
        return Reply{lines};
    };
    if (call.has_hypervisor())
        call.answer_when_hung(lines_of(PowerStates::unknown(call)));
    return lines_of(PowerStates::of_all(call));
}

int main(int argc, char** argv)
{
    return run(spec, list, argc, argv);
}

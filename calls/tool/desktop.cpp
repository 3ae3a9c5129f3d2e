// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-desktop: put the applications of a qube into the menu of this machine, a desktop entry
// each, from what the qube's service qubes.GetAppmenus says on standard input. Entries that are
// right stay as they are, those of applications that are gone go; with --remove all of the qube go.
// Prints what it changed; a repetition changes nothing. For dom0, and for qubes where a person
// starts applications of others: it needs no store.
//   destination: none   argument: QUBE, or QUBE:DIRECTORY   input: the rows, none with --remove

#include "base/paths.hpp"
#include "call/call.hpp"
#include "desktop/appmenus_input.hpp"
#include "desktop/desktop_entry.hpp"
#include "desktop/entry_directory.hpp"
#include "desktop/menu_request.hpp"

using namespace qmgmt;

static Input rows_or_none(const Request& request)
{
    return request.flag ? Input::none : Input::stream;
}

static std::string menu_of(const Request& request)
{
    return MenuRequest::parse(request.argument).first_to_make();
}

static constexpr CallSpec spec{
    .name = "qubes-mgmt-desktop",
    .summary = "Put a qube's applications into the menu, from what its qubes.GetAppmenus prints",
    .destination = Destination::none,
    .argument = Argument::required,
    .argument_is = "qube, or qube:directory",
    .input = Input::stream,
    .returns = "<change> <file>\n",
    .needs = needs_nothing, // what it writes is the user's, none of it the host's
    .input_of = rows_or_none,
    .new_place = menu_of,
    .admin = false,
    .flag = "remove",
    .flag_is = "remove the qube's entries instead, and read nothing",
};

// A qube that must start first keeps its applications waiting.
static constexpr std::chrono::minutes patience{2};

static std::map<std::string, std::string> entries_of(Call& call, const QubeName& qube)
{
    const auto applications = read_appmenus(0, [&] { return call.deadline(patience); });
    if (applications.empty()) // the service has failed rather than a qube has nothing
        throw Error{failure::bad_value, "the input names no application: nothing is changed"};
    const Launcher launcher = launcher_of_this_machine();
    std::map<std::string, std::string> entries;
    for (const Application& application : applications) {
        if (can_start(launcher, application.id))
            entries[entry_file(qube, application.id)] = desktop_entry(qube, application, launcher);
        else
            call.warn("the name of '" + application.id + "' is too long, ignoring");
    }
    return entries;
}

static Reply write_menu(Call& call)
{
    const auto menu = MenuRequest::parse(call.argument());
    std::map<std::string, std::string> entries;
    if (!call.request().flag)
        entries = entries_of(call, menu.qube);
    EntryDirectory directory{paths::below_root(menu.directory)};
    const auto changes = directory.replace_all(menu.qube, entries);
    std::string rows;
    for (const std::string& file : changes.written)
        rows += "written " + file + "\n";
    for (const std::string& file : changes.removed)
        rows += "removed " + file + "\n";
    for (const std::string& file : changes.taken)
        call.warn("'" + file + "' is not of this qube, ignoring");
    return Reply{rows};
}

int main(int argc, char** argv)
{
    return run(spec, write_menu, argc, argv);
}

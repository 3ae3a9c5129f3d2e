// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-boot: clean up what the last run of the host has left; halted disposables that are to
// go when they stop go, too. With --autostart, start the qubes that are to be started with the host
// instead. Prints a line for each failure, and fails if there was one; the rest has been done. A
// repetition finds nothing to do.

#include "life/unattended/boot.hpp"

#include "base/ascii.hpp"
#include "call/call.hpp"
#include "life/unattended/autostart.hpp"

#include <string>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "qubes-mgmt-boot",
    .summary = "Clean up after the last run of the host, or start what starts with it",
    .destination = Destination::none,
    .returns = "<name>: <fault>\n",
    .effect = Effect::execute,
    .scope = Scope::global,
    .needs = needs_store | needs_hypervisor | needs_storage,
    .admin = false,
    .starts_calls = true,
    .flag = "autostart",
    .flag_is = "start the qubes whose autostart is True, netvms first",
};

static Reply boot(Call& call)
{
    call.act();
    const auto failures = call.request().flag ? autostart_qubes(call) : clean_up_after_boot(call);
    std::string rows;
    for (const BootFailure& failure : failures)
        rows += printable(failure.qube, 40) + ": " + printable(failure.text, 400) + "\n";
    if (failures.empty())
        return {};
    return {rows, Failure::failed,
            (call.request().flag ? "cannot start " : "cannot clean up after ") +
                std::to_string(failures.size()) + " qubes"};
}

int main(int argc, char** argv)
{
    return run(spec, boot, argc, argv);
}

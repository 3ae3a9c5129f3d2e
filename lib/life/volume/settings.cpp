// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/settings.hpp"

#include "base/error.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/refusal.hpp"
#include "life/volume/held_volume.hpp"
#include "names/number.hpp"

namespace qmgmt {
namespace {

constexpr std::int64_t most_revisions = 100'000;

[[noreturn]] void refuse(const VolumeOwner& owner, const std::string& reason)
{
    throw Error{failure::bad_value, "cannot set this for the volume '" + owner.role + "' of '" +
                                        owner.qube + "': " + reason};
}

// Its disposables copy its volumes when they start.
void require_disposables_halted(Call& call, const std::string& base)
{
    const Store& store = call.store();
    SystemValues live{call};
    Effective effective{store, live};
    for (const std::string& name : store.names()) {
        const Qube* qube = store.find(name);
        if (qube == nullptr || qube->class_bit() != class_disp)
            continue;
        const Qube* of = effective.template_of(*qube);
        if (of != nullptr && of->name() == base && is_running(power_state(call, *qube)))
            throw not_halted(name);
    }
}

} // namespace

bool parse_volume_flag(std::string_view untrusted_text)
{
    const auto value = parse_boolean(without_line_end(untrusted_text));
    if (!value)
        throw Error{failure::protocol, "malformed request: the value is neither true nor false"};
    return *value;
}

int parse_revisions_to_keep(std::string_view untrusted_text)
{
    const auto value = parse_integer(without_line_end(untrusted_text));
    if (!value)
        throw Error{failure::protocol, "malformed request: the value is not a number"};
    if (*value < -1 || *value > most_revisions)
        throw Error{failure::bad_value, "the number of revisions is -1 or more, at most " +
                                            std::to_string(most_revisions)};
    return static_cast<int>(*value);
}

void set_volume_rw(Call& call, const VolumeOwner& owner, bool value)
{
    HeldVolume held{call, owner};
    if (held.volume().role == "kernel" && value)
        refuse(owner, "a kernel is read-only");
    held.require_halted();
    held.save("rw", value ? "True" : "False");
}

void set_volume_ephemeral(Call& call, const VolumeOwner& owner, bool value)
{
    HeldVolume held{call, owner};
    if (value && held.volume().kind() != VolumeKind::scratch)
        refuse(owner, "only what is gone after each run can be");
    held.require_halted();
    held.save("ephemeral", value ? "True" : "False");
}

void set_volume_revisions_to_keep(Call& call, const VolumeOwner& owner, int value)
{
    HeldVolume held{call, owner};
    const Volume& volume = held.volume();
    if (volume.role == "kernel" && value != 0)
        refuse(owner, "a kernel keeps none");
    if (volume.revisions_to_keep != value && (volume.revisions_to_keep == -1 || value == -1)) {
        held.require_halted();
        require_disposables_halted(call, owner.qube);
    }
    if (value == -1)
        held.require_unattached(); // what is read must not be written to
    held.save("revisions_to_keep", std::to_string(value));
}

} // namespace qmgmt

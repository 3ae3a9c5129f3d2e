// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/attach.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "call/edit.hpp"
#include "life/power_state.hpp"
#include "life/refusal.hpp"
#include "life/settle.hpp"
#include "life/volume/attach_request.hpp"
#include "life/volume/attach_source.hpp"
#include "life/volume/attached.hpp"
#include "life/volume/plug.hpp"
#include "state/journal.hpp"
#include "state/named_lock.hpp"
#include "storage/volume_config.hpp"
#include "storage/volume_lock.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t most_volumes = 16; // besides the system volumes

[[noreturn]] void attached_otherwise(const Volume& volume)
{
    throw Error{failure::volume_in_use, "the volume '" + volume.pool + ":" + volume.vid +
                                            "' is attached in another way: detach it first"};
}

// Its lock cannot be waited for once ours is held.
void settle_owner(Call& call, const AttachSource& source)
{
    if (!source.owner || source.owner->owner.qube == call.destination_name())
        return;
    const Qube& owner = call.store().qube(source.owner->owner.qube);
    const auto lock =
        NamedLock::try_lock(qube_lock(owner.name()), LockMode::exclusive, call.request().program);
    if (lock && settled_state(call, owner) == PowerState::halted)
        settle_volumes(call, owner);
    call.refresh();
}

class Attaching {
public:
    // The caller holds the locks of the destination and of the volume.
    Attaching(Call& call, AttachSource source, AttachOptions options, PowerState state)
        : call_{call}, source_{std::move(source)}, options_{std::move(options)},
          pools_{call.store()}, pool_{pools_.pool(source_.volume.pool)},
          uuid_{uuid_of(call.destination())}, runs_{state == PowerState::running ||
                                                    state == PowerState::transient ||
                                                    state == PowerState::paused}
    {
        if (!runs_ && (state != PowerState::halted || !options_.persistent.value_or(false)))
            throw not_running(call.destination_name());
    }

    void run()
    {
        if (is_there())
            return;
        const bool rw = source_.role ? source_.volume.rw : options_.rw.value_or(false);
        if (source_.role && (options_.rw.value_or(rw) != rw || !fits_entry()))
            attached_otherwise(source_.volume);
        if (source_.role && !runs_)
            return; // it is stored already
        check_usable(
            call_, pool_, source_, rw,
            attached_to_others(call_, pools_, source_.volume, {call_.destination_name(), uuid_}));
        source_.volume.rw = rw;
        const bool store = !source_.role && options_.persistent.value_or(false);
        if (store)
            add_entry();
        if (runs_)
            plug(store);
    }

private:
    // Attached as it is asked for; what a call that died left is ended.
    bool is_there()
    {
        for (const Attachment& one :
             Attachment::of_volume(source_.volume.pool, source_.volume.vid)) {
            if (one.uuid != uuid_)
                continue;
            if (!is_attached(call_, one)) {
                end_attachment(pool_, one);
                return false;
            }
            const bool same_target = options_.target.empty() || options_.target == one.target;
            const bool stored = source_.role || !options_.persistent.value_or(false);
            if (options_.rw.value_or(source_.role && one.rw) != one.rw || !same_target || !stored ||
                !fits_entry())
                attached_otherwise(source_.volume);
            return true;
        }
        return false;
    }

    [[nodiscard]] bool fits_entry() const
    {
        return options_.role.empty() || !source_.role || *source_.role == options_.role;
    }

    // vol1, vol2 ..., but none that would make the volume look like one of the qube's own.
    [[nodiscard]] std::string free_role(const Qube& qube)
    {
        const auto entries = qube.volumes();
        const auto fits = [&](const std::string& role) {
            Volume volume = source_.volume;
            volume.role = role;
            return std::ranges::find(entries, role, &StoredVolume::role) == entries.end() &&
                   !is_own(volume, qube, pools_);
        };
        if (!options_.role.empty()) {
            if (fits(options_.role))
                return options_.role;
            throw Error{failure::volume_in_use,
                        "'" + qube.name() + "' has, or may have, a volume of that name"};
        }
        for (std::size_t number = 1;; ++number)
            if (std::string role = "vol" + std::to_string(number); fits(role))
                return role;
    }

    void check_number(const Qube& qube) const
    {
        auto number = static_cast<std::size_t>(std::ranges::count_if(
            qube.volumes(), [](const StoredVolume& entry) { return !is_system_role(entry.role); }));
        for (const Attachment& one : Attachment::of_qube(uuid_))
            number += one.role.empty() ? 1 : 0;
        if (number >= most_volumes)
            throw Error{failure::too_large, "a qube has at most " + std::to_string(most_volumes) +
                                                " volumes besides its own"};
    }

    void add_entry()
    {
        if (!runs_ && !options_.target.empty())
            throw Error{failure::bad_value,
                        "a disk is named when the qube starts: no 'frontend-dev' before"};
        source_.volume.size = pool_.facts(source_.volume).size;
        Edit edit = call_.edit_again();
        const Qube& qube = edit.destination();
        check_number(qube);
        source_.volume.role = free_role(qube);
        source_.volume.ephemeral.reset();
        const std::string name = qube.name(); // the qube itself does not outlive a change
        edit.add_volume(name, source_.volume.role, volume_element(source_.volume));
        if (!runs_)
            edit.note(name, "domain-volume-attach", keys(source_.volume.role));
        static_cast<void>(edit.commit());
        source_.role = source_.volume.role;
    }

    void remove_entry()
    {
        Edit edit = call_.edit_again();
        const std::string name = edit.destination().name();
        edit.remove_volume(name, *source_.role);
        static_cast<void>(edit.commit());
    }

    void plug(bool stored)
    {
        if (!source_.role)
            check_number(call_.destination());
        try {
            const Attachment one = plug_volume(call_, pool_, source_.volume,
                                               source_.role.value_or(""), options_.target);
            const Qube& qube = call_.destination();
            journal({{qube.name(), "domain-volume-attach", keys(source_.role.value_or(one.target)),
                      qube.klass(), qube.tags()}});
        } catch (const Error&) {
            if (stored)
                remove_entry();
            throw;
        }
    }

    [[nodiscard]] std::vector<std::pair<std::string, std::string>>
    keys(const std::string& volume) const
    {
        return {{"volume", volume}, {"pool", source_.volume.pool}, {"vid", source_.volume.vid}};
    }

    Call& call_;
    AttachSource source_;
    AttachOptions options_;
    PoolTable pools_;
    Pool& pool_;
    Uuid uuid_;
    bool runs_;
};

} // namespace

void attach_volume(Call& call)
{
    const AttachName name = parse_attach_name(call.argument());
    AttachOptions options = AttachOptions::parse(call.payload());
    call.act();
    settle_owner(call, find_source(call, name));
    const std::string& who = call.request().program;
    const NamedLock qube_held = NamedLock::wait(qube_lock(call.destination_name()),
                                                LockMode::exclusive, call.lock_deadline(), who);
    call.refresh();
    const PowerState state = settled_state(call, call.destination());
    const Volume wanted = find_source(call, name).volume;
    const NamedLock volume_held = NamedLock::wait(volume_lock(wanted.pool, wanted.vid),
                                                  LockMode::exclusive, call.lock_deadline(), who);
    call.refresh(); // others may have stored that they have it
    AttachSource source = find_source(call, name);
    if (source.volume.pool != wanted.pool || source.volume.vid != wanted.vid)
        throw Error{failure::busy, "the volumes of '" + call.destination_name() + "' changed"};
    Attaching{call, std::move(source), std::move(options), state}.run();
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/held_volume.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "call/edit.hpp"
#include "life/power_state.hpp"
#include "life/refusal.hpp"
#include "life/settle.hpp"
#include "life/volume/attached.hpp"
#include "state/journal.hpp"
#include "storage/volume_config.hpp"
#include "storage/volume_lock.hpp"

#include <algorithm>

namespace qmgmt {

HeldVolume::HeldVolume(Call& call, VolumeOwner owner)
    : call_{call}, owner_{std::move(owner)}, uuid_{uuid_of(call.store().qube(owner_.qube))}
{
    call_.act();
    const std::string& who = call_.request().program;
    qube_lock_.emplace(
        NamedLock::wait(qube_lock(owner_.qube), LockMode::exclusive, call_.lock_deadline(), who));
    call_.refresh();
    state_ = settled_state(call_, present_qube());
    storage_.emplace(call_, present_qube());
    volume_ = present_volume();
    if (volume_.vid.empty())
        return; // a kernel of its own: nothing there to lock
    if (state_ == PowerState::halted && pool().is_started(volume_))
        settle_volumes(call_, present_qube());
    volume_lock_.emplace(NamedLock::wait(volume_lock(volume_.pool, volume_.vid),
                                         LockMode::exclusive, call_.lock_deadline(), who));
    check_whose();
    readers_ = attached_to_others(call_, storage_->pools(), volume_, {owner_.qube, uuid_});
    if (std::ranges::any_of(readers_, &Attachment::rw))
        require_unattached();
}

// Whoever may change a qube may not change what was lent to it.
void HeldVolume::check_whose()
{
    if (is_system_role(volume_.role))
        return;
    for (const VolumeEntry& entry : entries_of(call_, volume_.pool, volume_.vid))
        if (entry.own && entry.owner.qube != owner_.qube)
            throw Error{failure::denied, "not permitted: the volume '" + owner_.role + "' of '" +
                                             owner_.qube + "' belongs to another qube"};
}

void HeldVolume::require_unattached() const
{
    if (!readers_.empty())
        refuse_attached(call_, volume_, readers_);
}

const Qube& HeldVolume::present_qube()
{
    const Qube* qube = call_.store().find(owner_.qube);
    if (qube == nullptr || uuid_of(*qube) != uuid_)
        no_such_volume(call_);
    return *qube;
}

const Volume& HeldVolume::present_volume() const
{
    const auto& volumes = storage_->volumes();
    const auto found = std::ranges::find(volumes, owner_.role, &Volume::role);
    if (found == volumes.end())
        no_such_volume(call_);
    return *found;
}

void HeldVolume::require_halted() const
{
    if (state_ != PowerState::halted)
        throw not_halted(owner_.qube);
}

void HeldVolume::require_origin() const
{
    if (volume_.kind() != VolumeKind::origin)
        throw Error{failure::unsupported, "the volume '" + owner_.role + "' of '" + owner_.qube +
                                              "' keeps no data of its own"};
}

void HeldVolume::let_go_of_qube()
{
    qube_lock_.reset();
}

void HeldVolume::confirm_in(const Store& store) const
{
    const Qube* qube = store.find(owner_.qube);
    if (qube == nullptr || uuid_of(*qube) != uuid_)
        no_such_volume(call_);
    const auto entries = qube->volumes(); // without an entry it is what its class has
    const auto entry = std::ranges::find(entries, owner_.role, &StoredVolume::role);
    if (entry != entries.end() &&
        (entry->attribute("pool") != volume_.pool || entry->attribute("vid") != volume_.vid))
        no_such_volume(call_);
}

void HeldVolume::confirm()
{
    call_.refresh();
    confirm_in(call_.store());
}

void HeldVolume::save(std::string_view attribute, std::string_view value)
{
    Edit edit = call_.edit_again();
    confirm_in(edit.store());
    edit.add_volume(owner_.qube, owner_.role, volume_element(volume_));
    edit.set_volume_attribute(owner_.qube, owner_.role, attribute, value);
    static_cast<void>(edit.commit());
}

void HeldVolume::save_size()
{
    const std::uint64_t size = pool().facts(volume_).size;
    if (size != volume_.size)
        save("size", std::to_string(size));
}

void HeldVolume::note(std::string name, std::vector<std::pair<std::string, std::string>> keys)
{
    const Qube* qube = call_.store().find_any(owner_.qube);
    journal({{owner_.qube, std::move(name), std::move(keys), qube == nullptr ? "" : qube->klass(),
              qube == nullptr ? std::vector<std::string>{} : qube->tags()}});
}

void HeldVolume::log_warnings()
{
    for (const std::string& warning : pool().take_warnings())
        log_warning(warning);
}

} // namespace qmgmt

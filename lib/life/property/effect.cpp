// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/property/effect.hpp"

#include "life/property/live.hpp"
#include "storage/volume_config.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// `guivm-<name>` and its like say in a tag what the property says.
void follow_with_tag(Edit& edit, const std::string& qube, const std::string& prefix,
                     const std::string& value)
{
    if (edit.store().dialect() != Dialect::current)
        return;
    const std::string wanted = value.empty() ? "" : prefix + value;
    const Qube* holder = edit.store().find_any(qube);
    if (holder == nullptr)
        return;
    for (const std::string& tag : holder->tags()) {
        if (tag.starts_with(prefix) && tag != wanted)
            edit.remove_tag(qube, tag);
    }
    // Tags know no dots, names do: such a tag would make the store unloadable.
    if (!wanted.empty() && wanted.find('.') == std::string::npos)
        edit.add_tag(qube, wanted);
}

void move_clock(Edit& edit, const std::string& old_text, const std::string& new_text)
{
    if (!new_text.empty()) {
        const Qube* now = edit.store().find_any(new_text);
        if (now != nullptr && !now->feature(clock_feature))
            edit.set_feature(new_text, clock_feature, "1");
    }
    if (!old_text.empty() && old_text != new_text) {
        const Qube* before = edit.store().find_any(old_text);
        if (before != nullptr && !before->feature(clock_feature).value_or("").empty())
            edit.remove_feature(old_text, clock_feature);
    }
}

// Volumes that are snapshots of the template's now come from the new one (store.md 3.7).
void move_snapshots(Call& call, Edit& edit, const std::string& name)
{
    const auto update = [&](const std::string& qube) {
        const Qube* user = edit.store().find_any(qube);
        if (user == nullptr || user->element().child("volume-config") == nullptr)
            return; // class defaults: computed at each use
        SystemValues live{call};
        Effective effective{edit.store(), live};
        PoolTable pools{edit.store()};
        VolumeConfig config{edit.store(), effective, pools};
        const auto fresh = config.for_new({qube,
                                           user->class_bit(),
                                           effective.template_of(*user),
                                           effective.text(*user, "kernel"),
                                           std::nullopt,
                                           {}});
        for (const Volume& volume : fresh) {
            if (!volume.snap_on_start)
                continue;
            edit.set_volume_attribute(qube, volume.role, "pool", volume.pool);
            edit.set_volume_attribute(qube, volume.role, "vid", volume.vid);
            edit.set_volume_attribute(qube, volume.role, "size", std::to_string(volume.size));
            edit.set_volume_attribute(qube, volume.role, "source", volume.source.value_or(""));
        }
    };
    update(name);
    for (const std::string& other : edit.store().names()) {
        const Qube* user = edit.store().find_any(other);
        if (user != nullptr && user->class_bit() == class_disp &&
            user->property("template").value_or("") == name)
            update(other);
    }
}

// The kernel volume carries the version as its name.
void follow_with_kernel_volume(Edit& edit, const std::string& qube, const std::string& version)
{
    edit.set_volume_attribute(qube, "kernel", "vid", version);
}

} // namespace

void apply_effect(Call& call, Edit& edit, const PropertyRow& row, const std::string& qube,
                  const std::string& old_text, const std::string& new_text)
{
    switch (row.effect) {
    case PropertyEffect::none:
    case PropertyEffect::netvm:
    case PropertyEffect::label:
    case PropertyEffect::autostart:
    case PropertyEffect::default_netvm:
    case PropertyEffect::maxmem:
    case PropertyEffect::provides_network: return; // nothing else in the store
    case PropertyEffect::template_qube: return move_snapshots(call, edit, qube);
    case PropertyEffect::guivm: return follow_with_tag(edit, qube, "guivm-", new_text);
    case PropertyEffect::audiovm: return follow_with_tag(edit, qube, "audiovm-", new_text);
    case PropertyEffect::relayvm: return follow_with_tag(edit, qube, "relayvm-", new_text);
    case PropertyEffect::clockvm: return move_clock(edit, old_text, new_text);
    case PropertyEffect::kernel: return follow_with_kernel_volume(edit, qube, new_text);
    }
}

} // namespace qmgmt

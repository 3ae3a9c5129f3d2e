// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/discard.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "call/edit.hpp"
#include "call/reconcile.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/qube_storage.hpp"
#include "life/run_record.hpp"
#include "life/volume/find_volume.hpp"
#include "state/runtime.hpp"
#include "storage/attachment.hpp"
#include "storage/volume_config.hpp"

#include <set>
#include <unistd.h>

namespace qmgmt {
namespace {

[[noreturn]] void in_use(const Qube& qube, const std::string& by)
{
    throw Error{failure::vm_in_use, "qube '" + qube.name() + "' is in use: " + by};
}

void check_other(const Store& store, const Qube& other, const Qube& qube)
{
    const unsigned klass = other.class_bit();
    for (const PropertyRow& row : qube_properties()) {
        if (row.type != PropertyType::qube || (row.classes(store.dialect()) & klass) == 0)
            continue;
        const auto stored = other.property(row.name);
        if (stored && store.resolve_reference(*stored) == qube.name())
            in_use(qube, "it is the " + std::string{row.name} + " of '" + other.name() + "'");
    }
    for (const Element& devices : other.element().children) {
        for (const Element& device : devices.children) {
            const std::string* backend = device.attribute("backend-domain");
            if (devices.name == "devices" && backend != nullptr &&
                store.resolve_reference(*backend) == qube.name())
                in_use(qube, "a device of it is assigned to '" + other.name() + "'");
        }
    }
}

Intent intent_of(const Call& call, const Qube& qube, QubeStorage& storage)
{
    Intent intent;
    intent.verb = Intent::Verb::remove;
    intent.qube = qube.name();
    intent.uuid = qube.property("uuid").value_or("");
    intent.call = call.request().program;
    intent.directory = std::string{class_directory(qube.class_bit())} + "/" + qube.name();
    for (const Volume& volume : storage.volumes()) {
        if (volume.kind() == VolumeKind::fixed || volume.vid.empty() ||
            !is_own(volume, qube, storage.pools()))
            continue;
        // A pool that cannot be used refuses now, not when the store has forgotten the volume.
        static_cast<void>(storage.pools().pool(volume.pool));
        intent.volumes.push_back(volume);
    }
    return intent;
}

// By a qube that has one of its volumes attached, or that asks for it when it starts.
void check_volumes_free(Call& call, const Store& store, const Qube& qube)
{
    PoolTable pools{store};
    std::set<std::pair<std::string, std::string>> own;
    for (const Volume& volume : volumes_of(call, qube)) {
        if (volume.vid.empty() || volume.kind() == VolumeKind::fixed ||
            !is_own(volume, qube, pools))
            continue;
        own.emplace(volume.pool, volume.vid);
        for (const Attachment& one : Attachment::of_volume(volume.pool, volume.vid))
            if (one.uuid != uuid_of(qube))
                in_use(qube, "its volume '" + volume.role + "' is attached to '" + one.qube + "'");
    }
    for (const std::string& name : store.names()) {
        const Qube* other = name == qube.name() ? nullptr : store.find_any(name);
        if (other == nullptr)
            continue;
        for (const StoredVolume& entry : other->volumes())
            if (own.contains({entry.attribute("pool"), entry.attribute("vid")}))
                in_use(qube, "a volume of it is assigned to '" + name + "'");
    }
}

// What is left of its last run: of this boot only.
void forget_runs(const Qube& qube, const Uuid& uuid)
{
    RunRecord::forget_stop(uuid);
    RunRecord::remove(uuid);
    ::unlink(runtime_file("console/" + qube.name() + ".log").c_str());
}

} // namespace

void check_not_in_use(Call& call, const Store& store, const Qube& qube)
{
    SystemValues live{call};
    Effective effective{store, live};
    for (const PropertyRow& row : global_properties()) {
        if (row.type == PropertyType::qube && row.classes(store.dialect()) != 0 &&
            effective.global(row).text == qube.name())
            in_use(qube, "it is the " + std::string{row.name} + " of the system");
    }
    for (const std::string& name : store.names()) {
        const Qube* other = name == qube.name() ? nullptr : store.find_any(name);
        if (other != nullptr)
            check_other(store, *other, qube);
    }
    check_volumes_free(call, store, qube);
}

Reply discard_qube(Call& call, const Qube& qube, const std::function<Edit()>& edit)
{
    const bool real = !call.request().dry_run;
    QubeStorage storage{call, qube};
    const Intent intent = intent_of(call, qube, storage);
    const Uuid uuid = uuid_of(qube);
    std::vector<NamedLock> locks; // nobody copies into its volumes, or out of sight
    if (real)
        locks = storage.lock();
    Reply reply;
    try {
        if (real)
            intent.write();
        if (real && call.has_hypervisor())
            call.hypervisor().undefine(uuid);
        Edit change = edit();
        check_not_in_use(call, change.store(), qube);
        change.keep_backup();
        if (real)
            change.note(qube.name(), "domain-remove-from-disk");
        change.remove_qube(qube.name());
        reply = change.commit();
    } catch (...) {
        if (real)
            reconcile_own_intent(call, qube.name()); // written or not: the store knows
        throw;
    }
    if (!real)
        return reply;
    try {
        take_from_disk(call.store(), intent);
        forget_runs(qube, uuid);
        Intent::drop(qube.name());
    } catch (const Error& error) {
        log_warning("cannot remove all of '" + qube.name() + "' from disk yet: " + error.text() +
                    " (" + error.detail() + "), ignoring");
    }
    return reply;
}

} // namespace qmgmt

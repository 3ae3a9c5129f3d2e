// SPDX-License-Identifier: GPL-2.0-or-later

#include "qube/creation.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "call/edit.hpp"
#include "call/pool.hpp"
#include "call/qube_directory.hpp"
#include "call/reconcile.hpp"
#include "firewall/rule_file.hpp"
#include "life/property/live.hpp"
#include "life/qube_storage.hpp"
#include "qube/creator_tag.hpp"
#include "qube/numbers.hpp"
#include "storage/transfer.hpp"
#include "storage/volume_lock.hpp"

#include <algorithm>

namespace qmgmt {

Creation::Creation(Call& call, CreationWish wish) : call_{call}, wish_{std::move(wish)}
{
    qube_.name = wish_.name;
    qube_.klass = wish_.klass;
    qube_.uuid = Uuid::random();
    qube_.creator = call.source();
    qube_.dispid = wish_.dispid;
    qube_.unnamed = wish_.unnamed;
    qube_.like = wish_.like;
}

void Creation::check(const Store& store)
{
    if (store.index().find(qube_.name) || qube_.name == "dom0")
        throw Error{failure::vm_already_exists, "a qube of that name exists"};
    if (wish_.dispid && has_dispid(store, *wish_.dispid))
        throw Error{failure::vm_already_exists, "a disposable of that number exists"};
    if (store.dialect() == Dialect::r40 && qube_.name.find('.') != std::string::npos)
        throw Error{failure::bad_value, "the name is not acceptable: no dot in this dialect"};
    if (!qube_.like.empty())
        static_cast<void>(store.qube(qube_.like));
    choose_template(store);
    if (wish_.label) {
        qube_.label = *wish_.label;
    } else {
        SystemValues live{call_};
        qube_.label = Effective{store, live}.text(store.qube(qube_.base), "label");
    }
    if (store.label_named(qube_.label) == nullptr)
        throw Error{failure::label_not_found, "no such label"};
    for (const auto& [role, pool] : wish_.pools)
        check_pool(store, pool, role == "kernel");
    if (wish_.pool)
        check_pool(store, *wish_.pool, false);
}

void Creation::check_pool(const Store& store, const std::string& name, bool of_kernels) const
{
    const StoredPool* pool = store.pool(name);
    if (pool == nullptr)
        refuse_unknown_pool(call_);
    if ((pool->driver == "linux-kernel") != of_kernels)
        throw Error{failure::bad_value,
                    "cannot create '" + qube_.name + "' in pool '" + name +
                        "': kernels, and nothing else, are in pools of kernels"};
}

void Creation::choose_template(const Store& store)
{
    const bool disposable = qube_.klass == class_disp;
    if (!disposable && qube_.klass != class_app)
        return;
    qube_.base = wish_.base;
    if (qube_.base.empty()) {
        qube_.base = store.resolve_reference(
            store.global(disposable ? "default_dispvm" : "default_template").value_or(""));
        if (qube_.base.empty())
            throw Error{failure::bad_value, "there is no default template: name one"};
    }
    const Qube& base = store.qube(qube_.base);
    SystemValues live{call_};
    if (disposable && Effective{store, live}.text(base, "template_for_dispvms") != "True")
        throw Error{failure::bad_value, "that qube is no disposable template"};
    if (!disposable && base.class_bit() != class_template)
        throw Error{failure::bad_property_value,
                    "the value is not valid for property 'template': that qube is no template"};
}

Reply Creation::run()
{
    plan();
    try {
        announce();
        directory_->make();
        made_.directory = intent_.directory;
        if (firewall_) {
            made_.files = intent_.files;
            write_new_rule_file(directory_->path(), *firewall_);
        }
        if (wish_.root_image)
            receive_root();
        for (const Volume& volume : intent_.volumes)
            make_volume(volume);
        if (root_)
            commit_root();
        Reply reply = commit();
        Intent::drop(qube_.name);
        return reply;
    } catch (...) {
        root_.reset();
        take_back();
        throw;
    }
}

// While nobody changes the store: who removes a pool sees what is to be made in it, or has removed
// it before.
void Creation::announce()
{
    const Edit edit = call_.edit_again();
    for (const Volume& volume : intent_.volumes)
        if (edit.store().pool(volume.pool) == nullptr)
            throw Error{failure::busy, "cannot create '" + qube_.name + "': its pool is gone"};
    intent_.write();
}

template<typename Work>
void Creation::ignoring_errors(Work work) const
{
    try {
        work();
    } catch (const Error& error) {
        log_warning("cannot take back all of the creation of '" + qube_.name +
                    "' yet: " + error.text() + " (" + error.detail() + "), ignoring");
    }
}

void Creation::make_volume(const Volume& volume)
{
    if (root_ && volume.role == "root")
        return;
    Pool& pool = pools_->pool(volume.pool);
    try {
        if (!qube_.like.empty() && volume.kind() == VolumeKind::origin)
            copy_content(pool, volume);
        else
            pool.create(volume);
    } catch (const Error&) {
        // It has nothing to keep: where even this fails, as in a pool that is broken, nobody need
        // come back for it.
        ignoring_errors([&] { pool.remove(volume); });
        throw;
    }
    made_.volumes.push_back(volume);
}

void Creation::copy_content(Pool& pool, const Volume& volume)
{
    const auto original = std::ranges::find(originals_, volume.role, &Volume::role);
    pool.remove(volume); // what an earlier volume of this vid left
    copy_volume(pool, volume, pools_->pool(original->pool), *original);
    for (const std::string& warning : pool.take_warnings())
        log_warning(warning);
}

// This takes as long as its sender likes: nobody can see it, and nothing but the name is taken.
void Creation::receive_root()
{
    const auto planned = std::ranges::find(qube_.volumes, "root", &Volume::role);
    Volume& root = *planned; // every class that has an image of its own has one
    root_lock_.emplace(NamedLock::wait(volume_lock(root.pool, root.vid), LockMode::exclusive,
                                       call_.lock_deadline(), call_.request().program));
    Pool& pool = pools_->pool(root.pool);
    pool.remove(root); // what an earlier volume of this vid left
    made_.volumes.push_back(root);
    ReceivedImage image = wish_.root_image(pool, root);
    root_ = std::move(image.import);
    root.size = image.size;
    call_.refresh();
    check(call_.store());
}

void Creation::commit_root()
{
    root_->commit();
    const auto root = std::ranges::find(qube_.volumes, "root", &Volume::role);
    for (const std::string& warning : pools_->pool(root->pool).take_warnings())
        log_warning(warning);
}

// Unless the store has the qube by now. What was made and does not go stays in the intent, for
// whoever comes next.
void Creation::take_back()
{
    ignoring_errors([this] {
        const Store store = Store::open(configured_dialect());
        if (store.find_any(qube_.name) == nullptr)
            take_from_disk(store, made_);
        Intent::drop(qube_.name);
    });
}

Reply Creation::preview()
{
    plan();
    return commit();
}

std::vector<Volume> Creation::volumes(const Store& store, PoolTable& pools)
{
    SystemValues live{call_};
    Effective effective{store, live};
    const VolumeWishes wishes{
        qube_.name, qube_.klass, store.find(qube_.base), kernel_of(qube_, store, effective),
        wish_.pool, wish_.pools};
    VolumeConfig config{store, effective, pools};
    if (qube_.like.empty())
        return config.for_new(wishes);
    return config.for_clone(wishes, store.qube(qube_.like));
}

void Creation::plan()
{
    const Store& store = call_.store();
    check(store);
    pools_ = std::make_unique<PoolTable>(store);
    qube_.volumes = volumes(store, *pools_);
    directory_.emplace(qube_.name, qube_.klass);
    if (!qube_.like.empty()) {
        const Qube& like = store.qube(qube_.like);
        originals_ = QubeStorage{call_, like}.volumes();
        for (const Volume& volume : originals_)
            if (!is_own(volume, like, *pools_))
                log_warning("the volume '" + volume.role + "' of '" + like.name() +
                            "' is not its own and is not cloned, ignoring");
        firewall_ = read_rule_file(qube_directory(like));
    } else if (qube_.klass == class_disp)
        firewall_ = read_rule_file(qube_directory(store.qube(qube_.base)));
    intent_.qube = qube_.name;
    intent_.uuid = qube_.uuid.text();
    intent_.call = call_.request().program;
    std::ranges::copy_if(qube_.volumes, std::back_inserter(intent_.volumes),
                         [](const Volume& v) { return v.kind() != VolumeKind::fixed; });
    if (firewall_)
        intent_.files.push_back(rule_file_in(directory_->below_store()));
    intent_.directory = directory_->to_take_back();
}

// What it was to be a snapshot of may have changed since the plan.
void Creation::check_sources(const Store& store)
{
    PoolTable pools{store};
    const auto now = volumes(store, pools);
    if (!std::ranges::equal(now, qube_.volumes, [](const Volume& one, const Volume& other) {
            return one.role == other.role && one.source == other.source &&
                   (!one.source || one.pool == other.pool);
        }))
        throw Error{failure::busy, "cannot create '" + qube_.name + "': its template has changed"};
}

Reply Creation::commit()
{
    Edit edit = call_.edit_again();
    const Store& store = edit.store();
    call_.confirm_permission(store);
    check(store);
    check_sources(store);
    if (qube_.klass == class_disp && !wish_.dispid)
        qube_.dispid = free_dispid(store);
    const std::string heirlooms = made_by(store, qube_.name);
    SystemValues live{call_};
    Effective effective{store, live};
    const std::string element = element_of(qube_, free_qid(store), store, effective);
    edit.keep_backup();
    edit.add_qube(qube_.name, element);
    edit.note(qube_.name, "domain-create-on-disk");
    Reply reply = edit.commit();
    if (!heirlooms.empty() && !call_.request().dry_run)
        log_warning("the new qube '" + qube_.name + "' gets what the tag 'created-by-" +
                    qube_.name + "' grants on" + heirlooms + ", ignoring");
    return reply;
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "qube/create.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "base/steps.hpp"
#include "call/edit.hpp"
#include "call/permission.hpp"
#include "call/reconcile.hpp"
#include "life/property_live.hpp"
#include "names/names.hpp"
#include "names/uuid.hpp"
#include "state/foreign_daemon.hpp"
#include "state/named_lock.hpp"
#include "storage/volume_config.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

std::string_view class_name(unsigned klass)
{
    switch (klass) {
    case class_template: return "TemplateVM";
    case class_app: return "AppVM";
    case class_standalone: return "StandaloneVM";
    case class_disp: return "DispVM";
    default: throw Error{failure::unsupported, "this class cannot be created"};
    }
}

bool is_empty_directory(const std::string& path)
{
    DIR* listing = ::opendir(path.c_str());
    if (listing == nullptr)
        return false;
    bool empty = true;
    while (const dirent* entry = ::readdir(listing))
        empty = empty &&
                (std::string_view{entry->d_name} == "." || std::string_view{entry->d_name} == "..");
    ::closedir(listing);
    return empty;
}

class Creation {
public:
    Creation(Call& call, const CreateRequest& wanted, unsigned klass,
             std::string_view template_name)
        : call_{call}, wanted_{wanted}, klass_{klass},
          asked_template_{template_name}, name_{wanted.name.text()}, uuid_{Uuid::random()}
    {
    }

    // What must hold before the first byte is written, and again under the lock (store.md 8.5, 4).
    void check(const Store& store)
    {
        if (store.index().find(name_) || name_ == "dom0")
            throw Error{failure::vm_already_exists, "a qube of that name exists"};
        if (store.dialect() == Dialect::r40 && name_.find('.') != std::string::npos)
            throw Error{failure::bad_value, "the name is not acceptable: no dot in this dialect"};
        find_template(store);
        if (store.label_named(wanted_.label.text()) == nullptr)
            throw Error{failure::label_not_found, "no such label"};
        for (const auto& [role, pool] : wanted_.pools)
            check_pool(store, pool);
        if (wanted_.pool)
            check_pool(store, *wanted_.pool);
    }

    Reply run()
    {
        plan();
        Reply reply;
        Steps steps{[this](std::string_view step, const std::exception& error) {
            log_warning("cannot undo '" + std::string{step} + "' of the creation of '" + name_ +
                        "': " + error.what() + ", ignoring");
        }};
        steps.add({"intent", [this] { intent_.write(); }, [this] { Intent::drop(name_); }});
        steps.add({"directory", [this] { make_directory(); }, [this] { remove_directory(); }});
        for (const Volume& volume : intent_.volumes)
            steps.add({"volume", [this, &volume] { pool_of(volume).create(volume); },
                       [this, &volume] { pool_of(volume).remove(volume); }});
        steps.add({"commit", [this, &reply] { reply = commit(); }});
        steps.run();
        Intent::drop(name_);
        return reply;
    }

    Reply commit()
    {
        Edit edit = call_.edit_again();
        check(edit.store());
        edit.keep_backup();
        edit.add_qube(name_, element(edit.store()));
        edit.note(name_, "domain-create-on-disk");
        return edit.commit();
    }

    void plan()
    {
        const Store& store = call_.store();
        SystemValues live{call_};
        Effective effective{store, live};
        pools_ = std::make_unique<PoolTable>(store);
        VolumeWishes wishes{name_,        klass_, store.find(template_), kernel(store, effective),
                            std::nullopt, {}};
        if (wanted_.pool)
            wishes.pool = wanted_.pool->text();
        for (const auto& [role, pool] : wanted_.pools)
            wishes.pools.emplace(role, pool.text());
        volumes_ = VolumeConfig{store, effective, *pools_}.for_new(wishes);
        intent_.qube = name_;
        intent_.uuid = uuid_.text();
        intent_.call = call_.request().program;
        std::ranges::copy_if(volumes_, std::back_inserter(intent_.volumes),
                             [](const Volume& v) { return v.kind() != VolumeKind::fixed; });
        const std::string directory = std::string{class_directory(klass_)} + "/" + name_;
        directory_ = paths::below_root(std::string{paths::store_directory} + "/" + directory);
        struct stat status {};
        if (::lstat(directory_.c_str(), &status) != 0)
            intent_.directory = directory;
        else if (!S_ISDIR(status.st_mode) || !is_empty_directory(directory_))
            throw Error{failure::failed,
                        "cannot create '" + name_ + "': its directory exists and is not empty",
                        directory_};
    }

private:
    Pool& pool_of(const Volume& volume) { return pools_->pool(volume.pool); }

    std::string kernel(const Store& store, Effective& effective) const
    {
        if (store.dialect() == Dialect::current) {
            if (const Qube* base = template_.empty() ? nullptr : store.find(template_))
                return effective.text(*base, "kernel");
        }
        return effective.global_text("default_kernel");
    }

    void check_pool(const Store& store, const PoolName& pool) const
    {
        if (store.pool(pool.text()) != nullptr)
            return;
        if (!call_.from_dom0())
            throw Error{failure::denied, "not permitted for this caller"};
        throw Error{failure::pool_not_found, "no such pool"};
    }

    void find_template(const Store& store)
    {
        const bool based = klass_ == class_app || klass_ == class_disp;
        if (!based)
            return;
        template_ = asked_template_;
        if (template_.empty()) {
            const bool disposable = klass_ == class_disp;
            template_ =
                store.global(disposable ? "default_dispvm" : "default_template").value_or("");
            template_ = store.resolve_reference(template_);
            if (template_.empty())
                throw Error{failure::bad_value, "there is no default template: name one"};
        }
        const Qube& base = store.qube(template_);
        SystemValues live{call_};
        Effective effective{store, live};
        if (klass_ == class_disp && effective.text(base, "template_for_dispvms") != "True")
            throw Error{failure::bad_value, "that qube is no disposable template"};
        if (klass_ == class_app && base.class_bit() != class_template)
            throw Error{failure::bad_property_value,
                        "the value is not valid for property 'template': that qube is no template"};
    }

    void make_directory()
    {
        const std::string parent = directory_.substr(0, directory_.rfind('/'));
        make_directories(parent, 0775);
        if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST)
            throw_errno(failure::failed, "cannot create '" + name_ + "': no directory", directory_);
        ::chmod(directory_.c_str(), 0775); // our umask is 0077
        flush_directory_of(directory_);
    }

    void remove_directory()
    {
        if (intent_.directory.empty())
            return;
        if (::rmdir(directory_.c_str()) != 0 && errno != ENOENT && errno != ENOTEMPTY)
            throw_errno(failure::failed, "cannot remove a directory", directory_);
    }

    [[nodiscard]] int free_qid(const Store& store) const
    {
        std::set<std::uint32_t> taken;
        for (std::size_t i = 0; i < store.index().size(); ++i)
            taken.insert(store.index().entry(i).qid);
        const unsigned bound = store.dialect() == Dialect::r40 ? 254 : 10'000;
        for (unsigned qid = 1; qid < bound; ++qid) {
            if (!taken.contains(qid))
                return static_cast<int>(qid);
        }
        throw Error{failure::failed, "cannot create '" + name_ + "': no qid is free"};
    }

    [[nodiscard]] std::set<std::string> new_tags(const Store& store) const
    {
        std::set<std::string> tags{"created-by-" + call_.source()};
        const Qube* creator = store.find_any(call_.source());
        std::string listed =
            creator == nullptr ? "" : creator->feature("tag-created-vm-with").value_or("");
        while (!listed.empty()) {
            const auto end = std::min(listed.find(' '), listed.size());
            if (end > 0)
                tags.insert(Tag::parse(listed.substr(0, end)).text());
            listed.erase(0, end + 1);
        }
        if (store.dialect() == Dialect::current) {
            // Upstream keeps these in step with the effective values from the first moment.
            for (const auto& [property, prefix] :
                 {std::pair{"default_guivm", "guivm-"}, std::pair{"default_audiovm", "audiovm-"}}) {
                const std::string value = store.global(property).value_or("dom0");
                if (!value.empty() && value.find('.') == std::string::npos)
                    tags.insert(prefix + value);
            }
        }
        return tags;
    }

    [[nodiscard]] std::string element(const Store& store) const
    {
        const std::string qid = std::to_string(free_qid(store));
        const auto property = [](std::string_view name, std::string_view value) {
            return "        <property name=\"" + std::string{name} + "\">" + escape_text(value) +
                   "</property>\n";
        };
        std::string text = "<domain id=\"domain-" + qid + "\" class=\"" +
                           std::string{class_name(klass_)} + "\">\n      <properties>\n";
        text += property("label", wanted_.label.text());
        text += property("name", name_);
        text += property("qid", qid);
        text += property("uuid", uuid_.text());
        if (!template_.empty())
            text += property("template", template_);
        text += "      </properties>\n";
        const bool no_updates = store.global("check_updates_vm").value_or("True") == "False";
        text += no_updates
                    ? "      <features>\n        <feature name=\"check-updates\"></feature>\n"
                      "      </features>\n"
                    : "      <features/>\n";
        text += "      <tags>\n";
        for (const std::string& tag : new_tags(store))
            text += "        <tag name=\"" + escape_attribute(tag) + "\"/>\n";
        text += "      </tags>\n      <volume-config>\n";
        for (const Volume& volume : volumes_)
            text += "        " + volume_element(volume) + "\n";
        return text + "      </volume-config>\n    </domain>";
    }

    Call& call_;
    const CreateRequest& wanted_;
    unsigned klass_;
    std::string asked_template_;
    std::string name_;
    Uuid uuid_;
    std::string template_;
    std::unique_ptr<PoolTable> pools_;
    std::vector<Volume> volumes_;
    Intent intent_;
    std::string directory_;
};

} // namespace

Reply create_qube(Call& call, const CreateRequest& wanted, unsigned klass,
                  std::string_view untrusted_template)
{
    // Tags know no dots: such a caller could not be named in `created-by-`.
    if (call.source().find('.') != std::string::npos)
        throw Error{failure::bad_value, "a caller with a dot in its name cannot create qubes"};
    check_permission(call);
    if (foreign_daemon_runs())
        throw Error{failure::busy, "another manager owns the store"};
    std::string template_name{untrusted_template};
    if (!template_name.empty() && !QubeName::fault(template_name).empty())
        throw Error{failure::bad_value, "the template is not a valid qube name"};
    Creation creation{call, wanted, klass, template_name};
    creation.check(call.store());
    if (call.request().dry_run) {
        creation.plan();
        return creation.commit();
    }
    const NamedLock lock = NamedLock::wait(qube_lock(wanted.name.text()), LockMode::exclusive,
                                           call.lock_deadline(), call.request().program);
    reconcile_own_intent(call, wanted.name.text());
    return creation.run();
}

} // namespace qmgmt

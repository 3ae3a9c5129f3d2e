// SPDX-License-Identifier: GPL-2.0-or-later
//
// One change of the store, from its lock to its commit. Each change notes the event that watchers
// hear of; they are journalled under the same lock, so the order of events is the order of commits.
#pragma once

#include "call/call.hpp"
#include "state/journal.hpp"
#include "store/editor.hpp"
#include "store/splice.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

class Edit {
public:
    Edit(Call& call, Deadline deadline);
    Edit(Edit&&) noexcept = default;

    // The store under the lock, with the changes made so far.
    [[nodiscard]] const Store& store() const { return editor_->store(); }
    // The destination of the call under the lock: the same qube, by its uuid, that the call was
    // sent to.
    [[nodiscard]] const Qube& destination() const;

    // Values in stored form; `old_value` and `new_value` are their wire forms, for the event.
    // They say whether anything changed.
    bool set_property(std::string_view qube, std::string_view name, std::string_view value,
                      std::optional<std::string> old_value, std::string new_value);
    bool reset_property(std::string_view qube, std::string_view name,
                        std::optional<std::string> old_value);
    void set_feature(std::string_view qube, std::string_view name, std::string_view value);
    // False when it was not there.
    bool remove_feature(std::string_view qube, std::string_view name);
    void add_tag(std::string_view qube, std::string_view name);
    bool remove_tag(std::string_view qube, std::string_view name);
    // The whole element of a volume that the qube has by default only; one that is there stays.
    void add_volume(std::string_view qube, std::string_view role, std::string_view element);
    void remove_volume(std::string_view qube, std::string_view role);
    void set_volume_attribute(std::string_view qube, std::string_view role,
                              std::string_view attribute, std::string_view value);

    // Adds an assignment, or gives the one of this backend, port and identity this mode and these
    // options. They say whether anything changed.
    bool assign_device(std::string_view qube, const splice::DeviceEntry& entry);
    bool set_assignment(std::string_view qube, const splice::DeviceEntry& entry); // its mode alone
    bool unassign_device(std::string_view qube, const splice::DeviceEntry& entry);

    bool set_global(std::string_view name, std::string_view value,
                    std::optional<std::string> old_value, std::string new_value);
    bool reset_global(std::string_view name, std::optional<std::string> old_value);
    void add_label(int index, std::string_view name, std::string_view colour);
    void remove_label(std::string_view name);
    // `attributes`: name and driver among them.
    void add_pool(std::span<const Attribute> attributes);
    void remove_pool(std::string_view name);
    void set_pool_option(std::string_view name, std::string_view option, std::string_view value);
    void add_qube(std::string_view name, std::string_view element);
    void remove_qube(std::string_view name);

    // A file of a qube's beside the store, replaced durably under its lock by the commit, before
    // the store is. `difference`: what --dry-run says of it, asked for then alone.
    void replace_file(std::string path, std::string bytes, std::function<std::string()> difference);

    // An event of its own: "domain-create-on-disk". It is judged by the class and tags that its
    // subject, else the qube it is about (key `vm`), has now.
    void note(std::string_view subject, std::string_view name,
              std::vector<std::pair<std::string, std::string>> keys = {});
    // Keeps a copy of the store as it was, as `keep-backups` wants it.
    void keep_backup() { keep_backup_ = true; }

    // Nothing changed: nothing is written. With --dry-run the reply says what would have been.
    Reply commit();

private:
    void dependent_defaults(std::string_view changed, std::string_view global);
    void backup() const;
    void put_files_in_place() const;

    struct FileChange {
        std::string path;
        std::string bytes;
        std::function<std::string()> difference;
    };

    Call& call_;
    std::unique_ptr<StoreEditor> editor_;
    std::string before_;
    std::vector<FileChange> files_;
    std::vector<Event> events_;
    bool keep_backup_ = false;
};

// The options of a device as events say them: {'read-only': 'yes'}.
[[nodiscard]] std::string
options_text(const std::vector<std::pair<std::string, std::string>>& options);

} // namespace qmgmt

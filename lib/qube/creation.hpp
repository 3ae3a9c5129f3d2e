// SPDX-License-Identifier: GPL-2.0-or-later
//
// The making of a qube: an intent, its directory, its volumes, and last its entry in the store
// (store.md 8.5). What fails before that is taken back by the intent, as is what was killed.
#pragma once

#include "call/call.hpp"
#include "call/intent.hpp"
#include "qube/new_directory.hpp"
#include "qube/new_qube.hpp"
#include "state/named_lock.hpp"
#include "storage/pool_table.hpp"
#include "storage/stream/receive.hpp"
#include "storage/volume_config.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace qmgmt {

// What is asked for.
struct CreationWish {
    std::string name;
    unsigned klass = 0;
    std::optional<std::string> label; // nothing: the template's
    std::string base;                 // empty: the default template of the class
    std::optional<unsigned> dispid;   // nothing: a disposable gets one
    bool unnamed = false;             // as NewQube has it
    std::string like; // the halted qube to be a clone of, whose class, label and base
                      // the others are; empty: of none
    std::optional<std::string> pool;
    std::map<std::string, std::string> pools; // by volume
    // Brings the content of its root, complete and not committed; empty for a root of zeros.
    std::function<ReceivedImage(Pool& pool, const Volume& root)> root_image = {};
};

class Creation {
public:
    Creation(Call& call, CreationWish wish);

    // Throws what stands in the way: the name or the number is taken (Error{vm_already_exists}),
    // the template, the label or a pool is not there or not fit.
    void check(const Store& store);
    // The caller holds the lock of the name.
    Reply run();
    // For --dry-run: all checks, and what would be written.
    Reply preview();

    [[nodiscard]] const Uuid& uuid() const { return qube_.uuid; }

private:
    void check_pool(const Store& store, const std::string& name, bool of_kernels) const;
    void choose_template(const Store& store);
    void plan();
    [[nodiscard]] std::vector<Volume> volumes(const Store& store, PoolTable& pools);
    void check_sources(const Store& store);
    void announce();
    Reply commit();
    void make_volume(const Volume& volume);
    void receive_root();
    void copy_content(Pool& pool, const Volume& volume);
    void commit_root();
    void take_back();
    template<typename Work>
    void ignoring_errors(Work work) const;

    Call& call_;
    CreationWish wish_;
    NewQube qube_;
    std::unique_ptr<PoolTable> pools_;
    Intent intent_; // all that will stand on disk
    Intent made_;   // what does by now
    std::optional<NewDirectory> directory_;
    std::optional<std::string> firewall_; // the rules to take over
    std::vector<Volume> originals_;       // of what it is a clone of
    std::optional<NamedLock> root_lock_;  // while its content comes in
    std::unique_ptr<Import> root_;
};

} // namespace qmgmt

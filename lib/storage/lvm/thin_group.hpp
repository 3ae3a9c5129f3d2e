// SPDX-License-Identifier: GPL-2.0-or-later
//
// The thin volumes of one pool, as this process knows them, and the commands that change them. The
// list is read by one `lvs`, which costs a tenth of a second and more, when it is first needed, and
// kept up by what we do ourselves; it is read again when another of our programs has changed the
// pool meanwhile, or one of our commands has failed. Volumes of other pools are not seen.
//
// Each changing command runs under the lock pool/<pool>, which is waited for 30 s. `purpose` begins
// the text of every error.
#pragma once

#include "storage/lvm/report.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::lvm {

class ThinGroup {
public:
    ThinGroup(std::string pool, std::string group, std::string thin_pool);

    [[nodiscard]] const std::string& group() const { return group_; }
    // "<group>/<thin pool>"
    [[nodiscard]] std::string thin_pool_name() const { return group_ + "/" + thin_pool_; }

    // To be called when a verb begins: forgets what may be outdated, and reads what is not known.
    void look(const std::string& purpose);
    // Reads anew, whatever is known.
    void look_again(const std::string& purpose);
    // Reads anew how full the pool is, and nothing else.
    void look_at_pool(const std::string& purpose);

    // The pool itself; null when there is no such thin pool.
    [[nodiscard]] const LogicalVolume* thin_pool() const;
    // Null when there is none of this name.
    [[nodiscard]] const LogicalVolume* find(const std::string& name) const;
    [[nodiscard]] bool has(const std::string& name) const { return find(name) != nullptr; }
    // Sorted by name.
    [[nodiscard]] const std::map<std::string, LogicalVolume>& volumes() const { return volumes_; }

    // `size` as lvm rounds it: up to whole extents.
    [[nodiscard]] std::uint64_t rounded(std::uint64_t size) const;
    // Throws Error{no_space} when data or metadata are so full that nothing may grow.
    void ensure_room(const std::string& purpose) const;

    // As in lvm/program, with names of this group.
    void create(const std::string& purpose, const std::string& name, std::uint64_t size);
    void clone(const std::string& purpose, const std::string& from, const std::string& to);
    void rename(const std::string& purpose, const std::string& from, const std::string& to);
    // None is success, without a command.
    void remove(const std::string& purpose, const std::vector<std::string>& names);
    void extend(const std::string& purpose, const std::string& name, std::uint64_t size);
    void reduce(const std::string& purpose, const std::string& name, std::uint64_t size);
    // Nothing is done for one that is active.
    void activate(const std::string& purpose, const std::string& name);

private:
    [[nodiscard]] std::string full(const std::string& name) const { return group_ + "/" + name; }
    void read(const std::string& purpose);
    // Runs `command` under the lock; `apply` does to the list what the command did.
    void change(const std::function<void()>& command, const std::function<void()>& apply);

    std::string pool_;
    std::string group_;
    std::string thin_pool_;
    std::map<std::string, LogicalVolume> volumes_;
    std::optional<LogicalVolume> thin_pool_facts_;
    // How many changes the pool had seen when the list was read; nothing: it is to be read.
    std::optional<std::uint64_t> changes_;
};

} // namespace qmgmt::lvm

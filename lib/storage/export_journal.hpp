// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a program that reads many volumes for long has of them (Pool::export_committed), beside what
// qubes have attached. Each export is written down, durably, before it is made; the file goes after
// all were dropped. Its writer holds a lock on it as long as it lives, so that what a dead one left
// can be told from what is being read. One file a run, in /var/lib/qubes-mgmt/backup.
#pragma once

#include "base/fd.hpp"
#include "storage/volume.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

class ExportJournal {
public:
    struct Entry {
        std::string pool;
        std::string vid;
        std::string key;

        // As a driver takes it.
        [[nodiscard]] Volume volume() const;
        friend bool operator==(const Entry&, const Entry&) = default;
    };

    // A new one called `name`, ours; nothing when there is one, whoever's it is.
    static std::optional<ExportJournal> begin(const std::string& name);
    // Those that nobody has any more, now ours: their entries are to be dropped, then `end` says
    // that nothing is left.
    static std::vector<ExportJournal> abandoned();
    // Whether a living program has this export.
    [[nodiscard]] static bool holds(const Entry& entry);

    // Durable when it returns.
    void add(Entry entry);
    [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
    // The file goes.
    void end();

private:
    ExportJournal(std::string path, Fd fd) : path_{std::move(path)}, fd_{std::move(fd)} {}

    static std::optional<ExportJournal> take(const std::string& path, int flags);

    std::string path_;
    Fd fd_; // holds the lock
    std::vector<Entry> entries_;
};

} // namespace qmgmt

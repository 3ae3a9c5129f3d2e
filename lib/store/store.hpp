// SPDX-License-Identifier: GPL-2.0-or-later
//
// One version of qubes.xml, read as far as it is asked for. A reader takes no lock: the file is
// only ever replaced by rename, so one descriptor shows one complete version.
#pragma once

#include "base/fd.hpp"
#include "store/index.hpp"
#include "store/qube.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

struct StoredLabel {
    int index = 0;
    std::string name;
    std::string colour; // 0xRRGGBB or #rrggbb
    Range range;
};

// A pool as stored: `options` are the attributes besides name and driver.
struct StoredPool {
    std::string name;
    std::string driver;
    std::vector<Attribute> options;
    Range range;
};

class Store {
public:
    // The present version of the store, for reading. `dialect` overrides what the file shows.
    // Throws Error{store}.
    static Store open(std::optional<Dialect> dialect = {});
    // The version behind an open descriptor (an editor holds its lock), whole in memory.
    static Store load(Fd fd, std::optional<Dialect> dialect);

    // One in memory alone, to ask what would be after a change.
    [[nodiscard]] Store copy() const;

    [[nodiscard]] const Index& index() const { return *index_; }
    [[nodiscard]] Dialect dialect() const { return forced_.value_or(index_->dialect()); }
    [[nodiscard]] std::string bytes(Range range) const;
    // All of them; read when first asked for.
    [[nodiscard]] const std::string& all_bytes() const;
    [[nodiscard]] const FileVersion& version() const { return version_; }

    // For an editor: replaces bytes of this copy in memory. What was parsed before is forgotten:
    // references to qubes and pools are no longer valid.
    void replace(Range range, std::string_view bytes);
    // Scans the bytes anew: after an edit that added or removed a section or a qube, and before one
    // is written.
    void reindex();

    // The qube of that name; nullptr when there is none. dom0 always exists. Throws Error{store}
    // with the reason when it is there but not usable (store.md 1.9).
    [[nodiscard]] const Qube* find(std::string_view name) const;
    // As find, but a bad qube is read as far as it goes: for listings and for repairing it.
    [[nodiscard]] const Qube* find_any(std::string_view name) const;
    // Throws Error{not_found} when there is none.
    [[nodiscard]] const Qube& qube(std::string_view name) const;
    // Names of all qubes: dom0 first, then by bytes.
    [[nodiscard]] std::vector<std::string> names() const;
    // The name for a legacy reference "domain-<qid>"; other text is returned as it is.
    [[nodiscard]] std::string resolve_reference(std::string_view text) const;

    // The stored text of a global property.
    [[nodiscard]] std::optional<std::string> global(std::string_view name) const;

    [[nodiscard]] const std::vector<StoredLabel>& labels() const; // by index
    // By name, "label-<index>" or a bare index: what a stored value may be.
    [[nodiscard]] const StoredLabel* label(std::string_view text) const;
    [[nodiscard]] const StoredLabel* label_named(std::string_view name) const;
    [[nodiscard]] const std::vector<StoredPool>& pools() const; // in the order of the file
    [[nodiscard]] const StoredPool* pool(std::string_view name) const;

private:
    Store() = default;
    void load_index();
    const Qube* read(const IndexEntry& entry) const;

    Fd fd_;
    FileVersion version_;
    std::optional<Dialect> forced_;
    std::optional<Index> index_;
    mutable std::optional<std::string> whole_; // all bytes: after a scan, and for an editor
    mutable std::map<std::string, std::unique_ptr<Qube>, std::less<>> qubes_;
    mutable std::optional<std::optional<Element>> globals_;
    mutable std::optional<std::vector<StoredLabel>> labels_;
    mutable std::optional<std::vector<StoredPool>> pools_;
};

// Where the index lies.
[[nodiscard]] std::string index_path();
// Writes it for whoever comes next; failure is ignored.
void write_index(const Index& index, const FileVersion& version) noexcept;

} // namespace qmgmt

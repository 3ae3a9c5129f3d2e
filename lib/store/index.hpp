// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where everything stands in one version of qubes.xml, and what a listing or a check of references
// asks of every qube, so that reading one qube parses one qube and a listing parses none. Kept
// beside the runtime files; it belongs to exactly one device, inode, size, mtime and ctime.
#pragma once

#include "base/mapped_file.hpp"
#include "names/uuid.hpp"
#include "store/dialect.hpp"
#include "store/element.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct stat;

namespace qmgmt {

// Which version of the file: compared as a whole.
struct FileVersion {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;
    std::int64_t ctime_ns = 0;

    static FileVersion of(const struct stat& status);
    friend bool operator==(const FileVersion&, const FileVersion&) = default;
};

// How a qube says who its netvm is.
enum class NetvmChoice : std::uint32_t { by_default, none, named };

// One qube, as the scan saw it. The views point into the index.
struct IndexEntry {
    std::string_view name;
    std::string_view klass;
    std::string_view uuid; // text in lower case; empty when the store gives none
    std::string_view template_name;
    std::string_view netvm;   // of NetvmChoice::named
    std::string_view tags;    // each between two blanks, " a b ", in the order of the file
    std::string_view verdict; // why calls on this qube are refused; empty when nothing is wrong
    std::uint32_t qid = 0;
    NetvmChoice netvm_choice = NetvmChoice::by_default;
    bool provides_network = false;
    bool template_for_dispvms = false;
    Range range; // of the <domain> element
};

// The sections below the root, as ranges of whole elements; `pools` and `properties` may be absent
// (empty).
struct Sections {
    Range root;
    Range labels;
    Range pools;
    Range properties;
    Range domains;
};

class Index {
public:
    Index(const Sections& sections, Dialect dialect, const std::vector<IndexEntry>& entries);

    // From the bytes of an index file: nothing when they are not an index of exactly this version.
    static std::optional<Index> from_bytes(std::string bytes, const FileVersion& version);
    // The same from the file itself, of which only what is asked for is read.
    static std::optional<Index> from_file(const std::string& path, const FileVersion& version);
    // The bytes of the file, for this version of the store.
    [[nodiscard]] std::string to_bytes(const FileVersion& version) const;

    [[nodiscard]] const Sections& sections() const { return sections_; }
    [[nodiscard]] Dialect dialect() const { return dialect_; }
    [[nodiscard]] std::size_t size() const { return count_; } // qubes
    // Throws Error{store} when the bytes of an index file do not hold what they promise.
    [[nodiscard]] IndexEntry entry(std::size_t position) const;
    [[nodiscard]] std::optional<IndexEntry> find(std::string_view name) const;
    [[nodiscard]] std::optional<IndexEntry> find_uuid(std::string_view uuid) const;

    // Bytes were inserted (delta > 0) or removed at `position`: everything behind it moves, and
    // what holds it grows.
    void shift(Range replaced, std::size_t new_size);

private:
    Index() = default;
    [[nodiscard]] bool accept(std::string_view bytes, const FileVersion& version);
    [[nodiscard]] std::string_view body() const;
    void set_range(std::size_t position, Range range);
    // The first record whose text at this offset is the one wanted: looks at nothing else of a
    // record.
    [[nodiscard]] std::optional<IndexEntry> find_text(std::size_t field,
                                                      std::string_view wanted) const;

    Sections sections_;
    Dialect dialect_ = Dialect::r40;
    std::size_t count_ = 0;
    std::string own_;                          // records, then the texts they point to ...
    std::shared_ptr<const MappedFile> mapped_; // ... or a file with a header before them
    std::uint64_t largest_ = 0;                // no range ends behind this
};

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/zfs/listing.hpp"

#include "base/error.hpp"
#include "names/number.hpp"

#include <algorithm>

namespace qmgmt {

namespace {

enum Column : std::size_t {
    name_column,
    type_column,
    size_column,
    block_column,
    usage_column,
    written_column,
    origin_column,
    created_column,
    condemned_column,
    readonly_column,
    dirty_column,
    clones_column,
    columns
};

constexpr const char* column_names = "name,type,volsize,volblocksize,referenced,written,origin,"
                                     "createtxg,defer_destroy,readonly,org.qubes:dirty,clones";

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

// "-" stands where a dataset has no such property.
std::uint64_t number(std::string_view text, const std::string& purpose)
{
    if (text == "-" || text.empty())
        return 0;
    const auto value = parse_decimal(text);
    if (!value)
        throw Error{failure::storage, purpose + ": the listing of ZFS is not understood"};
    return *value;
}

std::string text_or_nothing(std::string_view text)
{
    return text == "-" ? std::string{} : std::string{text};
}

ZfsSnapshot snapshot_of(const std::vector<std::string_view>& row, std::string_view name,
                        const std::string& purpose)
{
    ZfsSnapshot found{.name = std::string{name},
                      .created = number(row[created_column], purpose),
                      .size = number(row[size_column], purpose),
                      .written = number(row[written_column], purpose),
                      .condemned = row[condemned_column] == "on",
                      .clones = {}};
    if (!row[clones_column].empty() && row[clones_column] != "-")
        for (const auto clone : split(row[clones_column], ','))
            found.clones.emplace_back(clone);
    return found;
}

} // namespace

zfs::Words listing_words(const std::string& dataset)
{
    return {"list", "-Hp", "-r", "-t", "filesystem,volume,snapshot", "-o", column_names, dataset};
}

ZfsListing parse_listing(std::string_view output, const std::string& purpose)
{
    ZfsListing listing;
    for (const auto line : split(output, '\n')) {
        const auto row = split(line, '\t');
        if (row.size() == 1)
            continue;
        if (row.size() != columns)
            throw Error{failure::storage, purpose + ": the listing of ZFS is not understood"};
        const auto at = row[name_column].find('@');
        auto& dataset = listing[std::string{row[name_column].substr(0, at)}];
        if (at != std::string_view::npos) {
            dataset.snapshots.push_back(snapshot_of(row, row[name_column].substr(at + 1), purpose));
            continue;
        }
        dataset.is_volume = row[type_column] == "volume";
        dataset.size = number(row[size_column], purpose);
        dataset.block = number(row[block_column], purpose);
        dataset.usage = number(row[usage_column], purpose);
        dataset.written = number(row[written_column], purpose);
        dataset.origin = text_or_nothing(row[origin_column]);
        dataset.writable = row[readonly_column] != "on";
        dataset.dirty = row[dirty_column] == "on";
    }
    for (auto& [name, dataset] : listing)
        std::ranges::sort(dataset.snapshots, {}, &ZfsSnapshot::created);
    return listing;
}

} // namespace qmgmt

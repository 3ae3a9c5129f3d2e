// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/inner/inner_writer.hpp"

#include "backup/archive/tar/pax_record.hpp"
#include "backup/archive/tar/tar_block.hpp"

#include <algorithm>
#include <vector>

namespace qmgmt {
namespace {

constexpr unsigned file_mode = 0644;
constexpr std::size_t piece_size = 1U << 18;
// Of the work on an image, finding its holes counts as one part of so many.
constexpr std::uint64_t scan_share = 8;

void append(std::string& text, const TarBlock& block)
{
    text.append(block.data(), block.size());
}

void pad(std::string& text)
{
    text.append(tar_padding(text.size()), '\0');
}

// "vm7/GNUSparseFile.0/private.img": what a tar that does not know the format would make of it.
std::string stand_in_name(std::string_view name)
{
    const std::size_t slash = name.rfind('/');
    const std::size_t base = slash == std::string_view::npos ? 0 : slash + 1;
    std::string stand_in{name.substr(0, base)};
    return stand_in.append("GNUSparseFile.0/").append(name.substr(base));
}

std::string list_of(const DataMap& map, std::uint64_t size)
{
    // Without an empty region at its end, an image that ends in a hole would be cut off there.
    const bool ends_in_hole = map.empty() || map.back().offset + map.back().length < size;
    std::string list = std::to_string(map.size() + (ends_in_hole ? 1 : 0)) + '\n';
    for (const DataRegion& region : map)
        list.append(std::to_string(region.offset) + '\n' + std::to_string(region.length) + '\n');
    if (ends_in_hole)
        list.append(std::to_string(size) + "\n0\n");
    pad(list);
    return list;
}

} // namespace

std::string inner_head(std::string_view name, std::uint64_t size)
{
    std::string head;
    append(head, tar_header({.name = std::string{name}, .size = size, .mode = file_mode}));
    return head;
}

SparseHead sparse_head(std::string_view name, std::uint64_t size, const DataMap& map)
{
    const std::string list = list_of(map, size);
    SparseHead head;
    head.stored = list.size();
    for (const DataRegion& region : map)
        head.stored += region.length;
    const bool is_large = head.stored > most_ustar_size;

    std::string records = pax_record("GNU.sparse.major", "1") +
                          pax_record("GNU.sparse.minor", "0") +
                          pax_record("GNU.sparse.name", name) +
                          pax_record("GNU.sparse.realsize", std::to_string(size));
    if (is_large)
        records += pax_record("size", std::to_string(head.stored));
    std::string& bytes = head.bytes;
    append(bytes, tar_header({.name = "PaxHeaders/" + stand_in_name(name).substr(0, 80),
                              .size = records.size(),
                              .type = 'x',
                              .mode = file_mode}));
    bytes += records;
    pad(bytes);
    append(bytes, tar_header({.name = stand_in_name(name),
                              .size = is_large ? 0 : head.stored,
                              .mode = file_mode}));
    bytes += list;
    return head;
}

std::string inner_tail(std::uint64_t stored)
{
    return std::string(tar_padding(stored) + 2 * tar_block, '\0');
}

void pack_text(std::string_view name, std::string_view content, const TarOutput& out)
{
    out(inner_head(name, content.size()));
    out(content);
    out(inner_tail(content.size()));
}

void pack_image(const std::string& name, int fd, std::uint64_t size, const TarOutput& out,
                std::atomic<std::uint64_t>& done)
{
    const auto scanned = [&](std::uint64_t offset) {
        out({}); // asks whether to go on
        done = offset / scan_share;
    };
    const DataMap map = map_data(fd, size, name, scanned);
    SparseHead head = sparse_head(name, size, map);
    const std::uint64_t stored = head.stored;
    out(head.bytes);
    head = {};
    std::vector<char> piece(piece_size);
    for (const DataRegion& region : map) {
        const std::uint64_t end = region.offset + region.length;
        for (std::uint64_t at = region.offset; at < end;) {
            const auto length =
                static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), end - at));
            read_image(fd, piece.data(), length, at, name);
            out({piece.data(), length});
            at += length;
            done = size / scan_share + (at - at / scan_share);
        }
    }
    out(inner_tail(stored));
    done = size;
}

} // namespace qmgmt

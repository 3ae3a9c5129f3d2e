// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/inner/inner_reader.hpp"

#include "backup/archive/inner/inner_header.hpp"
#include "backup/archive/tar/tar_block.hpp"
#include "storage/zero_runs.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace qmgmt {
namespace {

constexpr std::size_t piece_size = 1U << 18;
// Of zeros at the end: tar fills its last record, which nobody makes larger than this.
constexpr std::size_t most_tail = 1U << 20;

// Up to the end of the stream, whose last block need not be whole.
void read_tail(ByteSource& tar, std::string_view name, std::vector<char>& piece, InnerEnd end)
{
    std::size_t total = 0;
    for (;;) {
        const std::size_t done = tar.read(piece.data(), piece.size());
        if (end == InnerEnd::one_file) {
            total += done;
            if (!all_zero({piece.data(), done}) || total > most_tail)
                refuse_inner(name, "there is something behind it");
        }
        if (done < piece.size())
            return;
    }
}

} // namespace

ArchivedFile unpack_inner(ByteSource& tar, std::string_view name, FileReceiver& receiver,
                          InnerEnd end)
{
    InnerFile inner = read_inner_header(tar, name);
    ArchivedFile file{std::string{name}, inner.size, inner.regions.data()};
    receiver.begin(file);
    std::vector<char> piece(piece_size);
    while (const auto region = inner.regions.take()) {
        const std::uint64_t region_end = region->offset + region->length;
        for (std::uint64_t at = region->offset; at < region_end;) {
            const auto length =
                static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), region_end - at));
            read_inner(tar, piece.data(), length, name);
            receiver.content(at, {piece.data(), length});
            at += length;
        }
    }
    read_tail(tar, name, piece, end);
    return file;
}

} // namespace qmgmt

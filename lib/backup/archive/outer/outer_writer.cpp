// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/outer/outer_writer.hpp"

#include "backup/archive/tar/tar_block.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// What a sink does with it finds it in the cache; and small enough for a sink to be stopped soon.
constexpr std::size_t piece_size = 1U << 18;
constexpr TarBlock zeros{};

} // namespace

void OuterWriter::write(std::string_view bytes)
{
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, piece_size);
        sink_.write(piece);
        bytes_ += piece.size();
        bytes.remove_prefix(piece.size());
    }
}

void OuterWriter::member(const std::string& name, std::string_view content)
{
    const TarBlock header = tar_header({.name = name, .size = content.size(), .time = time_});
    write({header.data(), header.size()});
    write(content);
    write({zeros.data(), tar_padding(content.size())});
    ++members_;
}

void OuterWriter::finish()
{
    write({zeros.data(), zeros.size()});
    write({zeros.data(), zeros.size()});
}

} // namespace qmgmt

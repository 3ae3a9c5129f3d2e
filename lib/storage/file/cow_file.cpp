// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/file/cow_file.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <unistd.h>

namespace qmgmt {

namespace {

using namespace std::string_view_literals;

// The header takes the first chunk, the table of what was copied the second; both have 256 sectors.
constexpr std::size_t tables = 262'144;
constexpr auto empty_header = "SnAp\1\0\0\0\1\0\0\0\0\1\0\0"sv; // valid, version 1, 256 sectors

bool is_zero(std::string_view bytes)
{
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

} // namespace

bool has_cow_content(const ImageDirectory& images, const std::string& name)
{
    const auto facts = images.facts(name);
    if (!facts)
        return false;
    const Fd file = images.open_image(name);
    const std::string start = read_at(file.get(), 0, tables);
    const auto header = std::string_view{start}.substr(0, empty_header.size());
    if (!is_zero(header) && header != empty_header)
        return true;
    if (!is_zero(std::string_view{start}.substr(header.size())))
        return true;
    if (facts->size <= tables)
        return false;
    return ::lseek(file.get(), tables, SEEK_DATA) >= 0 ||
           errno != ENXIO; // ENXIO: a hole to its end
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/lvm/change_count.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "names/number.hpp"
#include "state/runtime.hpp"

#include <fcntl.h>

namespace qmgmt::lvm {

namespace {

std::string file_of(const std::string& pool)
{
    return runtime_file("changes/" + pool);
}

std::uint64_t read_count(const std::string& pool)
{
    constexpr std::size_t longest = 20;
    std::string text = read_small_file(file_of(pool), longest);
    if (text.ends_with('\n'))
        text.pop_back();
    return parse_decimal(text).value_or(0);
}

void write_count(const std::string& pool, std::uint64_t count)
{
    // numbers only become longer: nothing of the last one is left behind this
    const std::string text = std::to_string(count) + "\n";
    const Fd file = open_shared_file(file_of(pool), O_RDWR | O_CREAT);
    if (::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        throw_errno(failure::failed, "cannot count a change to a pool", file_of(pool));
}

} // namespace

std::optional<std::uint64_t> change_count(const std::string& pool)
{
    const auto count = read_count(pool);
    if (count % 2 != 0)
        return std::nullopt;
    return count;
}

void begin_change(const std::string& pool)
{
    const auto count = read_count(pool);
    write_count(pool, count + (count % 2 == 0 ? 1 : 2));
}

void end_change(const std::string& pool)
{
    write_count(pool, read_count(pool) + 1);
}

} // namespace qmgmt::lvm

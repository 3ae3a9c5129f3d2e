// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/available_memory.hpp"

#include "base/fd.hpp"

#include <charconv>
#include <sys/sysinfo.h>

namespace qmgmt {

std::optional<std::uint64_t> mem_available(std::string_view meminfo) noexcept
{
    constexpr std::string_view key = "\nMemAvailable:";
    const std::size_t at = meminfo.find(key);
    if (at == std::string_view::npos)
        return std::nullopt;
    std::string_view value = meminfo.substr(at + key.size());
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    std::uint64_t kib = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), kib);
    if (read.ec != std::errc{} || kib > UINT64_MAX / 1024)
        return std::nullopt;
    return kib * 1024;
}

std::uint64_t available_memory() noexcept
{
    try {
        if (const auto bytes = mem_available(read_small_file("/proc/meminfo")))
            return *bytes;
    } catch (...) { // no memory for its text: then there is none to speak of
        return 0;
    }
    struct sysinfo info = {};
    return ::sysinfo(&info) == 0 ? std::uint64_t{info.freeram} * info.mem_unit : 0;
}

} // namespace qmgmt

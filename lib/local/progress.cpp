// SPDX-License-Identifier: GPL-2.0-or-later

#include "local/progress.hpp"

#include <array>
#include <fmt/format.h>

namespace qmgmt::local {
namespace {

std::string amount(double bytes)
{
    constexpr std::array<const char*, 5> units = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < units.size(); ++unit)
        bytes /= 1024;
    return fmt::format("{:.{}f} {}", bytes, unit == 0 ? 0 : 1, units[unit]);
}

} // namespace

std::string progress_text(unsigned long long done, unsigned long long total, double seconds)
{
    const auto bytes = static_cast<double>(done);
    std::string text = amount(bytes);
    if (total > 0)
        text += fmt::format(" of {}, {:.0f} %", amount(static_cast<double>(total)),
                            bytes * 100 / static_cast<double>(total));
    if (seconds > 0)
        text += fmt::format(", {}/s", amount(bytes / seconds));
    return text;
}

} // namespace qmgmt::local

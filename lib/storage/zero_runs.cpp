// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/zero_runs.hpp"

#include <algorithm>
#include <cstring>

namespace qmgmt {

bool all_zero(std::string_view bytes) noexcept
{
    constexpr std::size_t head = 16;
    constexpr char zeros[head] = {};
    if (bytes.size() <= head)
        return std::memcmp(bytes.data(), zeros, bytes.size()) == 0;
    // Each byte equals the one 16 before it.
    return std::memcmp(bytes.data(), zeros, head) == 0 &&
           std::memcmp(bytes.data(), bytes.data() + head, bytes.size() - head) == 0;
}

DataRun next_data(std::string_view bytes, std::size_t from, const HoleRules& rules) noexcept
{
    std::size_t begin = from;
    while (begin < bytes.size() && all_zero(bytes.substr(begin, rules.granule)))
        begin += rules.granule;
    std::size_t end = begin; // of the data found so far
    for (std::size_t here = begin; here < bytes.size(); here += rules.granule) {
        const std::string_view unit = bytes.substr(here, rules.granule);
        if (!all_zero(unit))
            end = here + unit.size();
        else if (here + unit.size() - end >= rules.least_hole)
            break;
    }
    return {begin, end - begin};
}

} // namespace qmgmt

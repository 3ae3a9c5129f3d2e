// SPDX-License-Identifier: GPL-2.0-or-later
//
// How often a call was killed at each of its steps.
#pragma once

#include <cstddef>
#include <iostream>
#include <map>
#include <string>

namespace qmgmt::test {

class Histogram {
public:
    void add(const std::string& step) { ++kills_[step]; }

    [[nodiscard]] std::size_t of(const std::string& step) const
    {
        const auto found = kills_.find(step);
        return found == kills_.end() ? 0 : found->second;
    }

    [[nodiscard]] std::size_t total() const
    {
        std::size_t sum = 0;
        for (const auto& [step, count] : kills_)
            sum += count;
        return sum;
    }

    void print() const
    {
        for (const auto& [step, count] : kills_)
            std::cout << count << '\t' << step << '\n';
        std::cout << total() << "\tin all" << std::endl;
    }

private:
    std::map<std::string, std::size_t> kills_;
};

} // namespace qmgmt::test

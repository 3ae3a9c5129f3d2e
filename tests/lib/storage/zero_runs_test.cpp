// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/zero_runs.hpp"
#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace qmgmt;

namespace {

using Runs = std::vector<std::pair<std::size_t, std::size_t>>;

Runs runs_of(const std::string& bytes, const HoleRules& rules)
{
    Runs runs;
    for (std::size_t from = 0;;) {
        const DataRun run = next_data(bytes, from, rules);
        if (run.length == 0)
            return runs;
        runs.emplace_back(run.at, run.length);
        from = (run.at + run.length + rules.granule - 1) / rules.granule * rules.granule;
    }
}

std::string zeros(std::size_t length)
{
    return std::string(length, '\0');
}

} // namespace

TEST_CASE("zero runs: one byte anywhere is no zero", "[storage]")
{
    for (const std::size_t length : {1U, 15U, 16U, 17U, 4095U, 4096U}) {
        std::string bytes = zeros(length);
        CHECK(all_zero(bytes));
        for (std::size_t at = 0; at<length; at += length> 64 ? 61 : 1) {
            bytes[at] = 1;
            CHECK_FALSE(all_zero(bytes));
            bytes[at] = 0;
        }
        bytes.back() = '\x80';
        CHECK_FALSE(all_zero(bytes));
    }
    CHECK(all_zero(""));
}

TEST_CASE("zero runs: holes are whole units, and the end may be short", "[storage]")
{
    const HoleRules rules{4, 4};
    CHECK(runs_of("", rules).empty());
    CHECK(runs_of(zeros(11), rules).empty());
    CHECK(runs_of("x", rules) == Runs{{0, 1}});
    CHECK(runs_of("abcd" + zeros(4) + "efgh", rules) == Runs{{0, 4}, {8, 4}});
    CHECK(runs_of("abc" + zeros(4) + "defgh", rules) == Runs{{0, 12}});
    CHECK(runs_of(zeros(6) + "x" + zeros(6), rules) == Runs{{4, 4}});
    CHECK(runs_of(zeros(8) + "xy", rules) == Runs{{8, 2}});
}

TEST_CASE("zero runs: a hole between data that is too short is written, at the ends it is not",
          "[storage]")
{
    const HoleRules rules{4, 12};
    CHECK(runs_of("abcd" + zeros(8) + "efgh", rules) == Runs{{0, 16}});
    CHECK(runs_of("abcd" + zeros(12) + "efgh", rules) == Runs{{0, 4}, {16, 4}});
    CHECK(runs_of(zeros(4) + "abcd" + zeros(4), rules) == Runs{{4, 4}});
}

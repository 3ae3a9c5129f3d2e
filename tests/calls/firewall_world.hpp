// SPDX-License-Identifier: GPL-2.0-or-later
//
// The firewall of the qube `work`, as its calls show it and as its file has it.
#pragma once

#include "calls/world.hpp"
#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt::test {

inline constexpr std::string_view rule_file = "/var/lib/qubes/appvms/work/firewall.xml";

// What a row of Get says.
struct RuleRow {
    std::string id;
    std::string rule;

    friend bool operator==(const RuleRow&, const RuleRow&) = default;
};

inline std::vector<RuleRow> rule_rows_of(std::string_view reply)
{
    std::vector<RuleRow> rows;
    while (!reply.empty()) {
        const auto blank = reply.find(' ');
        const auto end = reply.find('\n');
        REQUIRE(end != std::string_view::npos);
        REQUIRE(blank < end);
        rows.push_back({std::string{reply.substr(0, blank)},
                        std::string{reply.substr(blank + 1, end - blank - 1)}});
        reply.remove_prefix(end + 1);
    }
    return rows;
}

class FirewallWorld : public World {
public:
    using World::World;

    // As World::fails, and the file is what it was.
    void refuses(const Ask& ask, FailureType type) const
    {
        const std::string before = file();
        fails(ask, type);
        CHECK(file() == before);
    }

    [[nodiscard]] std::vector<RuleRow> get(std::string position = {}) const
    {
        return rule_rows_of(reply({"work", "vm.firewall.Get", std::move(position)}));
    }
    [[nodiscard]] std::vector<std::string> rules() const
    {
        std::vector<std::string> found;
        for (RuleRow& row : get())
            found.push_back(std::move(row.rule));
        return found;
    }
    [[nodiscard]] std::string insert(std::string position, std::string rule) const
    {
        return reply({"work", "vm.firewall.InsertRule", std::move(position), std::move(rule)});
    }
    // Its bytes; "none" where there is none.
    [[nodiscard]] std::string file() const
    {
        return root.exists(rule_file) ? root.read(rule_file) : "none";
    }
    // As another program would replace it.
    void write_file(std::string_view bytes) const { root.write(rule_file, bytes); }
};

} // namespace qmgmt::test

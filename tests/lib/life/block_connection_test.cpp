// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/block/connection.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/fake_xenstore.hpp"
#include "support/in_root.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr const char* state_of_xvdi = "/local/domain/7/device/vbd/51840/state";

// Says that much of a state, in turn, and its last for ever.
class Changing : public FakeXenstore {
public:
    Changing(Nodes& nodes, std::vector<std::string> states)
        : FakeXenstore{nodes}, states_{std::move(states)}
    {
    }

    std::optional<std::string> read(const std::string& path) override
    {
        asked.push_back(path);
        const std::string state = states_[std::min(asked.size(), states_.size()) - 1];
        return state.empty() ? std::nullopt : std::optional{state};
    }

    std::vector<std::string> asked;

private:
    std::vector<std::string> states_;
};

std::optional<Failure> outcome(std::vector<std::string> states,
                               std::chrono::milliseconds patience = std::chrono::seconds{20})
{
    FakeXenstore::Nodes nodes;
    Changing xenstore{nodes, std::move(states)};
    const auto failure = failure_of([&] {
        await_connection(xenstore, 7, {.path = "/dev/sda", .target = "xvdi"},
                         Deadline::in(patience));
    });
    CHECK(xenstore.asked.front() == state_of_xvdi);
    return failure;
}

} // namespace

TEST_CASE("block connection: it is there when the guest says so, and fails when the guest gives up",
          "[life]")
{
    CHECK(outcome({"4"}) == std::nullopt);
    CHECK(outcome({"", "1", "3", "4"}) == std::nullopt);
    CHECK(outcome({"1", "5"}) == Failure::failed);
    CHECK(outcome({"3", "6"}) == Failure::failed);
}

TEST_CASE(
    "block connection: a guest that is slow keeps its disk; one that has no half of it failed",
    "[life]")
{
    const Root root; // for its log
    const std::chrono::milliseconds soon{1};
    CHECK(root.run([&] { return outcome({"1"}, soon) == std::nullopt; }));
    CHECK(root.run([&] { return outcome({"what"}, soon) == std::nullopt; }));
    CHECK(root.run([&] { return outcome({""}, soon) == Failure::failed; }));
}

TEST_CASE("block connection: disks have the numbers that Xen gives them", "[life]")
{
    CHECK(disk_number("xvda") == 51712);
    CHECK(disk_number("xvdi") == 51840);
    CHECK(disk_number("xvdp") == 51952);
    CHECK(disk_number("xvdq") == (1U << 28U | 16U << 8U));
    CHECK(disk_number("xvdaa") == (1U << 28U | 26U << 8U));
    CHECK(disk_number("xvda1") == 51713);
    CHECK(disk_number("sda") == 2048);
    CHECK(disk_number("sda2") == 2050);
    CHECK(disk_number("sdq") == std::nullopt);
    CHECK(disk_number("hda") == std::nullopt);
    CHECK(disk_number("") == std::nullopt);
}

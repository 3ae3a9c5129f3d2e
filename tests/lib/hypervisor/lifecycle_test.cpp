// SPDX-License-Identifier: GPL-2.0-or-later
//
// What libvirt's daemon tells without being asked, to the byte, and the pauses that it does not
// tell.

#include "hypervisor/pauses.hpp"
#include "lib/hypervisor/lvrpc_answers.hpp"
#include "support/catch.hpp"

using namespace qmgmt;
using namespace qmgmt::lvrpc;
using namespace qmgmt::test;

namespace {

constexpr Head news_head{.procedure = 318, .type = 2};

std::string payload(std::uint32_t event, std::string_view name = "work")
{
    return bytes_of({9}) + named_bytes(name, 1, 7) + bytes_of({event, 1});
}

Uuid uuid(std::uint8_t last)
{
    Uuid::Bytes bytes{};
    bytes.back() = last;
    return Uuid{bytes};
}

std::vector<DomainStatus> domains(PowerState state)
{
    return {{.uuid = uuid(1), .name = "work", .id = 7, .state = state}};
}

LifecycleNews news(int event)
{
    return {uuid(1), event, 0};
}

std::vector<int> events(const std::vector<LifecycleNews>& all)
{
    std::vector<int> found;
    for (const LifecycleNews& one : all)
        found.push_back(one.event);
    return found;
}

} // namespace

TEST_CASE("lvrpc: what is asked to be told is the lifecycle of all domains")
{
    CHECK(lifecycle_request(2) == bytes_of({36, 0x20008086, 1, 316, 0, 2, 0, 0, 0}));
}

TEST_CASE("lvrpc: news are whole and well-formed, or none")
{
    const auto told = lifecycle_news(answer_bytes(news_head, payload(3)));
    REQUIRE(told);
    CHECK(told->uuid == uuid(1));
    CHECK(told->event == 3);
    CHECK(told->detail == 1);
    std::vector<Head> wrong(6, news_head);
    wrong[0].program = 0x20008087;
    wrong[1].version = 2;
    wrong[2].procedure = 319;
    wrong[3].type = 1;
    wrong[4].status = 1;
    wrong[5].length = 28;
    for (const Head& head : wrong)
        CHECK_FALSE(lifecycle_news(answer_bytes(head, payload(3))));
    const std::string whole = payload(3);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        CHECK_FALSE(lifecycle_news(answer_bytes(news_head, whole.substr(0, size))));
    }
    CHECK_FALSE(lifecycle_news(answer_bytes(news_head, whole + bytes_of({0}))));
    CHECK_FALSE(lifecycle_news(answer_bytes(news_head, payload(0xffffffff))));
    CHECK_FALSE(lifecycle_news(answer_bytes(news_head, payload(3, ""))));
    CHECK_FALSE(lifecycle_news(""));
}

TEST_CASE("pauses: what is seen first is no news, what changes is, once")
{
    Pauses pauses;
    CHECK(pauses.seen(domains(PowerState::running)).empty());
    CHECK(events(pauses.seen(domains(PowerState::paused))) == std::vector{lifecycle_suspended});
    CHECK(pauses.seen(domains(PowerState::paused)).empty());
    CHECK(events(pauses.seen(domains(PowerState::running))) == std::vector{lifecycle_resumed});
    CHECK(pauses.seen({}).empty());
    CHECK(pauses.seen(domains(PowerState::paused)).empty()); // another run
}

TEST_CASE("pauses: what is seen and told is one, whichever comes first")
{
    Pauses pauses;
    static_cast<void>(pauses.seen(domains(PowerState::running)));
    CHECK(pauses.seen(domains(PowerState::paused)).size() == 1);
    CHECK_FALSE(pauses.is_news(news(lifecycle_suspended)));
    CHECK(pauses.is_news(news(lifecycle_resumed)));
    CHECK(pauses.seen(domains(PowerState::running)).empty());
    CHECK(pauses.is_news(news(lifecycle_suspended)));
    CHECK(pauses.seen(domains(PowerState::paused)).empty());
    // Both between two looks.
    CHECK(pauses.is_news(news(lifecycle_resumed)));
    CHECK(pauses.is_news(news(lifecycle_suspended)));
    CHECK(pauses.seen(domains(PowerState::paused)).empty());
}

TEST_CASE("pauses: a run that begins or ends is another; what is neither up nor paused is left out")
{
    Pauses pauses;
    static_cast<void>(pauses.seen(domains(PowerState::running)));
    CHECK(pauses.is_news(news(lifecycle_stopped)));
    CHECK(pauses.seen(domains(PowerState::dying)).empty());
    CHECK(pauses.is_news(news(lifecycle_started)));
    CHECK(pauses.seen(domains(PowerState::paused)).empty()); // as it is created
    CHECK(pauses.is_news(news(lifecycle_resumed)));
    CHECK(pauses.seen(domains(PowerState::running)).empty());
    CHECK(pauses.is_news(news(6))); // shut down from inside
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Messages of libvirt's remote protocol, to the byte: what is asked, and which answers are
// believed.

#include "lib/hypervisor/lvrpc_answers.hpp"
#include "support/catch.hpp"

#include <limits>

using namespace qmgmt;
using namespace qmgmt::lvrpc;
using namespace qmgmt::test;
using namespace std::string_literals;

namespace {

// A running, a defined and a starting domain.
const std::string three = list_payload({domain_bytes("work", 1, 7, 1), domain_bytes("a", 2, -1, 5),
                                        domain_bytes("sys-net", 3, 8, 3, 11)});

bool believed(const std::string& domain)
{
    return statuses(list_payload({domain})).has_value();
}

} // namespace

TEST_CASE("xdr: what is written is read again, padded to four")
{
    XdrWriter writer;
    writer.word(0xfffefdfc).string("").string("a").string("abcd").word(7);
    CHECK(writer.bytes() == "\xff\xfe\xfd\xfc\0\0\0\0\0\0\0\1a\0\0\0\0\0\0\4abcd\0\0\0\7"s);
    XdrReader reader{writer.bytes()};
    CHECK(reader.word() == 0xfffefdfc);
    CHECK(reader.string().empty());
    CHECK(reader.string() == "a");
    CHECK(reader.string() == "abcd");
    CHECK_FALSE(reader.at_end());
    CHECK(reader.integer() == 7);
    CHECK(reader.at_end());
}

TEST_CASE("xdr: nothing is read beyond the end, and nothing after that")
{
    const std::string bytes = XdrWriter{}.word(5).string("hello").word(6).bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        INFO(size);
        XdrReader reader{std::string_view{bytes}.substr(0, size)};
        CHECK(reader.word() == (size < 4 ? 0 : 5));
        CHECK(reader.string() == (size < 16 ? "" : "hello"));
        CHECK(reader.word() == 0);
        CHECK_FALSE(reader.good());
        CHECK_FALSE(reader.at_end());
        CHECK(reader.integer() == 0);
        CHECK(reader.opaque(0).empty());
        CHECK_FALSE(reader.at_end());
    }
}

TEST_CASE("xdr: lengths and counts that lie are refused before anything is made of them")
{
    for (const std::uint32_t lie : {5U, 8U, 0x7fffffffU, 0x80000000U, 0xfffffffcU, 0xfffffffdU,
                                    std::numeric_limits<std::uint32_t>::max()}) {
        INFO(lie);
        const std::string bytes = XdrWriter{}.word(lie).word(0).bytes();
        XdrReader as_string{bytes};
        CHECK(as_string.string().empty());
        CHECK_FALSE(as_string.good());
        XdrReader as_count{bytes};
        CHECK(as_count.count(1) == 0);
        CHECK_FALSE(as_count.good());
    }
    XdrReader opaque{"abcd"};
    CHECK(opaque.opaque(std::numeric_limits<std::size_t>::max()).empty());
    CHECK_FALSE(opaque.good());
    const std::string two = bytes_of({2, 0, 0});
    CHECK(XdrReader{two}.count(4) == 2);
    CHECK(XdrReader{two}.count(5) == 0);
}

TEST_CASE("lvrpc: the requests, to the byte")
{
    CHECK(request(0, Procedure::auth_list) ==
          bytes_of({28, 0x20008086, 1, 66, 0, 0, 0})); // type 0: a call; status 0
    CHECK(request(3, Procedure::connect_close) == bytes_of({28, 0x20008086, 1, 2, 0, 3, 0}));
    CHECK(open_request(1, "qemu:///session") ==
          bytes_of({56, 0x20008086, 1, 1, 0, 1, 0, 1, 15}) + "qemu:///session\0"s + bytes_of({0}));
    CHECK(open_request(1, "xen:///system", Rights::reading) ==
          bytes_of({56, 0x20008086, 1, 1, 0, 1, 0, 1, 13}) + "xen:///system\0\0\0"s +
              bytes_of({1}));
    CHECK(stats_request(2) == bytes_of({40, 0x20008086, 1, 344, 0, 2, 0, 0, 1, 0}));
    CHECK(domains_request(3) == bytes_of({36, 0x20008086, 1, 273, 0, 3, 0, 1, 0}));
    const auto domains = listed(domains_payload({named_bytes("sys-a", 5, 7)}));
    REQUIRE(domains);
    CHECK(state_request(4, domains->front()) == bytes_of({64, 0x20008086, 1, 212, 0, 4, 0, 5}) +
                                                    "sys-a\0\0\0"s + bytes_of({0, 0, 0, 5, 7, 0}));
}

TEST_CASE("lvrpc: an answer is believed when each field of its head is as it must be")
{
    const Head right{.procedure = 344, .serial = 9};
    const auto good = [](const std::string& message) {
        const auto answer = reply(message, Procedure::all_domain_stats);
        return answer && answer->serial == 9 && !answer->failed;
    };
    CHECK(good(answer_bytes(right)));
    const std::string message = answer_bytes(right, "payload!");
    CHECK(good(message));
    CHECK(reply(message, Procedure::all_domain_stats)->payload == "payload!");
    for (std::size_t size = 0; size < message.size(); ++size) {
        INFO(size);
        CHECK_FALSE(good(message.substr(0, size)));
    }
    CHECK_FALSE(good(message + "more"));
    for (const std::uint32_t wrong : {0U, 2U, 3U, 10U, 67U, 0x6b656570U, 0xffffffffU}) {
        INFO(wrong);
        Head head = right;
        head.procedure = wrong;
        CHECK_FALSE(good(answer_bytes(head)));
        head = right;
        head.serial = wrong;
        CHECK_FALSE(good(answer_bytes(head)));
        head = right;
        head.program = wrong;
        CHECK_FALSE(good(answer_bytes(head)));
        head = right;
        head.version = wrong;
        CHECK_FALSE(good(answer_bytes(head)));
        head = right;
        head.type = wrong;
        CHECK_FALSE(good(answer_bytes(head)));
        head = right;
        head.length = wrong;
        CHECK_FALSE(good(answer_bytes(head)));
    }
    for (const std::uint32_t status : {1U, 2U, 0xffffffffU}) { // an error, more follows, none
        Head head = right;
        head.status = status;
        CHECK_FALSE(good(answer_bytes(head)));
    }
}

TEST_CASE("lvrpc: an error is an answer, too, of whatever serial")
{
    Head head{.procedure = 212, .serial = 0xfffffff0, .status = 1};
    const std::string message = answer_bytes(head, "why");
    const auto failed = reply(message, Procedure::domain_state);
    REQUIRE(failed);
    CHECK(failed->failed);
    CHECK(failed->serial == 0xfffffff0);
    CHECK(failed->payload == "why");
    for (std::size_t size = 0; size < message.size(); ++size) {
        INFO(size);
        CHECK_FALSE(reply(message.substr(0, size), Procedure::domain_state));
    }
    CHECK_FALSE(reply(message, Procedure::all_domains));
    for (const std::uint32_t status : {2U, 3U, 0xffffffffU}) { // more follows, none
        head.status = status;
        CHECK_FALSE(reply(answer_bytes(head, "why"), Procedure::domain_state));
    }
}

TEST_CASE("lvrpc: which error it is, when it is whole")
{
    // With all that may be there, and with nothing of it.
    const std::string full = bytes_of({42, 0, 1}) + text_bytes("no domain") + bytes_of({2, 1}) +
                             named_bytes("work", 1, 7) + bytes_of({1}) + text_bytes("a") +
                             bytes_of({1}) + text_bytes("") + bytes_of({1}) + text_bytes("c") +
                             bytes_of({5, 6, 1}) + text_bytes("net") + bytes_of({0, 0, 0, 9});
    const std::string bare = bytes_of({84, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0});
    for (const auto& [payload, code] :
         {std::pair{full, no_domain}, std::pair{bare, operation_unsupported},
          std::pair{error_payload(3, "this function is not supported"), no_support}}) {
        INFO(code);
        CHECK(error_code(payload) == code);
        CHECK_FALSE(error_code(payload + bytes_of({0})));
        for (std::size_t size = 0; size < payload.size(); ++size) {
            INFO(size);
            CHECK_FALSE(error_code(payload.substr(0, size)));
        }
    }
    // What is there or not is 1 or 0.
    for (const std::size_t place : {2, 4, 5, 6, 7, 10}) {
        INFO(place);
        std::string wrong = bare;
        wrong.at(4 * place + 3) = 2;
        CHECK_FALSE(error_code(wrong));
    }
}

TEST_CASE("lvrpc: any kind of authentication is one too many")
{
    CHECK(wants_no_authentication(bytes_of({0})));
    CHECK(wants_no_authentication(bytes_of({1, 0})));
    CHECK(wants_no_authentication(bytes_of({2, 0, 0})));
    for (const auto& wrong : {bytes_of({1, 1}), bytes_of({1, 2}), bytes_of({2, 0, 1}),
                              bytes_of({2, 0}), bytes_of({1, 0, 0}), bytes_of({0xffffffff, 0}),
                              bytes_of({1}), std::string{}, std::string{"\0\0\0", 3}})
        CHECK_FALSE(wants_no_authentication(wrong));
}

TEST_CASE("lvrpc: domains as the daemon lists them")
{
    CHECK(statuses(bytes_of({0}))->empty());
    const auto domains = statuses(three);
    REQUIRE(domains);
    REQUIRE(domains->size() == 3);
    const DomainStatus& work = domains->at(0);
    CHECK(work.name == "work");
    CHECK(work.uuid.text() == "00000000-0000-0000-0000-000000000001");
    CHECK(work.id == 7);
    CHECK(work.state == PowerState::running);
    CHECK((work.raw_state == 1 && work.raw_reason == 1));
    CHECK(domains->at(1).state == PowerState::halted);
    CHECK(domains->at(1).id == -1);
    CHECK(domains->at(2).state == PowerState::paused);
    CHECK(domains->at(2).raw_reason == 11);
    for (std::size_t size = 0; size < three.size(); ++size) {
        INFO(size);
        CHECK_FALSE(statuses(three.substr(0, size)));
    }
    CHECK_FALSE(statuses(three + bytes_of({0})));
    for (const std::uint32_t count : {0U, 2U, 4U, 0x10000000U, 0xffffffffU})
        CHECK_FALSE(statuses(bytes_of({count}) + three.substr(4)));
}

TEST_CASE("lvrpc: every state that libvirt has, and no other")
{
    constexpr PowerState expected[] = {
        PowerState::running, PowerState::running, PowerState::running, PowerState::paused,
        PowerState::halting, PowerState::dying,   PowerState::crashed, PowerState::suspended};
    for (int state = 0; state <= 7; ++state) {
        INFO(state);
        const auto active = statuses(list_payload({domain_bytes("a", 1, 0, state)}));
        REQUIRE(active);
        CHECK(active->front().state == expected[state]);
        CHECK(active->front().raw_state == state);
        // What is not active is shut off.
        CHECK(believed(domain_bytes("a", 1, -1, state)) == (state == 5));
    }
    for (const int state :
         {-1, 8, 255, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}) {
        INFO(state);
        CHECK_FALSE(believed(domain_bytes("a", 1, 1, state)));
        CHECK_FALSE(believed(domain_bytes("a", 1, -1, state)));
    }
    for (const int id : {-2, std::numeric_limits<int>::min()})
        CHECK_FALSE(believed(domain_bytes("a", 1, id, 5)));
}

TEST_CASE("lvrpc: parameters of all types are skipped but the two of the state")
{
    const std::vector<std::string> known = {
        parameter("i", 1, bytes_of({0xffffffff})),    parameter("u", 2, bytes_of({5})),
        parameter("l", 3, bytes_of({0, 5})),          parameter("ul", 4, bytes_of({5, 5})),
        parameter("d", 5, bytes_of({0x3ff00000, 0})), parameter("b", 6, bytes_of({1})),
        parameter("s", 7, text_bytes("state.state"))};
    for (const std::string& each : known) {
        INFO(each);
        CHECK(believed(domain_bytes("a", 1, 1, {each, state_parameter(1)})));
        CHECK(believed(domain_bytes("a", 1, 1, {state_parameter(1), each, reason_parameter(1)})));
        CHECK_FALSE(believed(domain_bytes("a", 1, 1, {each}))); // no state at all
    }
    for (const std::uint32_t type : {0U, 8U, 9U, 0xffffffffU}) {
        INFO(type);
        CHECK_FALSE(believed(
            domain_bytes("a", 1, 1, {state_parameter(1), parameter("x", type, bytes_of({0}))})));
    }
    CHECK_FALSE(believed(domain_bytes("a", 1, 1, std::vector<std::string>{})));
    CHECK_FALSE(believed(domain_bytes("a", 1, 1, {reason_parameter(1)})));
    CHECK_FALSE(believed(domain_bytes("a", 1, 1, {state_parameter(1), state_parameter(1)})));
    CHECK_FALSE(believed(
        domain_bytes("a", 1, 1, {state_parameter(1), reason_parameter(1), reason_parameter(1)})));
    CHECK_FALSE(believed(domain_bytes("a", 1, 1, {parameter("state.state", 2, bytes_of({1}))})));
    CHECK_FALSE(believed(domain_bytes("a", 1, 1, {parameter("state.state", 7, text_bytes("1"))})));
}

TEST_CASE("lvrpc: names and uuids that libvirt lets nobody have")
{
    CHECK(believed(domain_bytes("a name \xc3\xa4 of libvirt's", 1, 1, 1)));
    for (const std::string& name : {""s, "\n"s, "a\nb"s, "a\0b"s, "\t"s, "a\x1b[31m"s, "\x7f"s}) {
        INFO(name);
        CHECK_FALSE(believed(domain_bytes(name, 1, 1, 1)));
    }
    const auto cut = statuses(list_payload({domain_bytes(std::string(500, 'n'), 1, 1, 1)}));
    REQUIRE(cut);
    CHECK(cut->front().name == std::string(63, 'n'));
    const std::string other = domain_bytes("b", 2, 2, 1);
    CHECK(statuses(list_payload({domain_bytes("a", 1, 1, 1), other})));
    CHECK_FALSE(statuses(list_payload({domain_bytes("a", 2, -1, 5), other})));
    CHECK_FALSE(
        statuses(list_payload({domain_bytes("a", 2, -1, 5), domain_bytes("c", 1, -1, 5), other})));
}

TEST_CASE("lvrpc: domains as the daemon lists them without their states")
{
    CHECK(listed(bytes_of({0, 0}))->empty());
    const std::vector<std::string> named = {named_bytes("Domain-0", 0, 0),
                                            named_bytes("work", 1, 7), named_bytes("a", 2, -1)};
    const std::string payload = domains_payload(named);
    const auto domains = listed(payload);
    REQUIRE(domains);
    REQUIRE(domains->size() == 3);
    CHECK(domains->at(1).name == "work");
    CHECK(domains->at(1).uuid.text() == "00000000-0000-0000-0000-000000000001");
    CHECK(domains->at(1).id == 7);
    CHECK(domains->at(2).id == -1);
    for (std::size_t size = 0; size < payload.size(); ++size) {
        INFO(size);
        CHECK_FALSE(listed(payload.substr(0, size)));
    }
    CHECK_FALSE(listed(payload + bytes_of({0})));
    for (const std::uint32_t count : {0U, 2U, 4U, 0x10000000U, 0xffffffffU}) {
        INFO(count);
        CHECK_FALSE(listed(bytes_of({count}) + payload.substr(4)));
        CHECK_FALSE(listed(domains_payload(named, count)));
    }
    CHECK_FALSE(listed(domains_payload({named_bytes("a", 2, 1), named_bytes("b", 2, -1)})));
    CHECK_FALSE(listed(domains_payload({named_bytes("a\n", 2, 1)})));
    CHECK_FALSE(listed(domains_payload({named_bytes("a", 2, -2)})));

    const auto many = [](std::size_t count) {
        std::vector<std::string> all;
        for (std::uint32_t i = 1; i <= count; ++i)
            all.push_back(named_bytes("a", i, -1));
        return domains_payload(all);
    };
    CHECK(listed(many(most_listed))->size() == most_listed);
    CHECK_FALSE(listed(many(most_listed + 1)));
}

TEST_CASE("lvrpc: the state of one domain is one that it can be in")
{
    const auto read = [](int id, const std::string& payload) -> std::optional<DomainStatus> {
        DomainStatus domain{.name = "work", .id = id};
        return read_state(payload, domain) ? std::optional{domain} : std::nullopt;
    };
    const auto paused = read(7, bytes_of({3, 11}));
    REQUIRE(paused);
    CHECK(paused->state == PowerState::paused);
    CHECK((paused->raw_state == 3 && paused->raw_reason == 11));
    CHECK((paused->name == "work" && paused->id == 7));
    // hypervisor.md d: what is shut off and active is not gone yet
    CHECK(read(7, bytes_of({5, 0}))->state == PowerState::dying);
    CHECK(read(-1, bytes_of({5, 0}))->state == PowerState::halted);
    for (const std::uint32_t state : {0U, 1U, 3U, 6U, 8U, 0xffffffffU})
        CHECK_FALSE(read(-1, bytes_of({state, 0})));
    for (const std::uint32_t state : {8U, 0x7fffffffU, 0xffffffffU})
        CHECK_FALSE(read(7, bytes_of({state, 0})));
    const std::string whole = bytes_of({1, 1});
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK_FALSE(read(7, whole.substr(0, size)));
    CHECK_FALSE(read(7, whole + bytes_of({0})));
}

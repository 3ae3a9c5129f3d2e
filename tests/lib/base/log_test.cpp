// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/log.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

#include <chrono>
#include <map>
#include <sys/socket.h>

using namespace qmgmt;
using qmgmt::test::Listener;
using qmgmt::test::Root;

namespace {

constexpr std::string_view journald = "/run/systemd/journal/socket";
constexpr std::string_view syslog = "/dev/log";

// The fields of a datagram in journald's protocol, each "NAME=value\n".
std::map<std::string, std::string> fields_of(std::string_view datagram)
{
    std::map<std::string, std::string> fields;
    while (!datagram.empty()) {
        const auto end = datagram.find('\n');
        const auto equals = datagram.find('=');
        REQUIRE(end != std::string_view::npos);
        REQUIRE(equals < end);
        const auto [at, fresh] = fields.emplace(datagram.substr(0, equals),
                                                datagram.substr(equals + 1, end - equals - 1));
        REQUIRE(fresh);
        datagram.remove_prefix(end + 1);
    }
    return fields;
}

bool send_record()
{
    log_as("mgmt.vm.tag.Set");
    log_call({.call = "mgmt.vm.tag.Set",
              .source = "mgmtvm",
              .destination = "work",
              .argument = "red",
              .result = "busy",
              .exit_code = 8,
              .detail = "lock held by 12",
              .lock_wait = std::chrono::microseconds{1500},
              .total = std::chrono::microseconds{2500}});
    return true;
}

} // namespace

TEST_CASE("log: a call becomes one record with all fields", "[base]")
{
    const Root root;
    const Listener listener{root.make_way(journald)};
    REQUIRE(root.run(send_record));
    const auto datagram = listener.next();
    REQUIRE(datagram);
    auto fields = fields_of(*datagram);
    CHECK(fields["SYSLOG_IDENTIFIER"] == "mgmt.vm.tag.Set");
    CHECK(fields["PRIORITY"] == "4");
    CHECK(fields["QMGMT_CALL"] == "mgmt.vm.tag.Set");
    CHECK(fields["QMGMT_SOURCE"] == "mgmtvm");
    CHECK(fields["QMGMT_DESTINATION"] == "work");
    CHECK(fields["QMGMT_ARGUMENT"] == "red");
    CHECK(fields["QMGMT_RESULT"] == "busy");
    CHECK(fields["QMGMT_EXIT"] == "8");
    CHECK(fields["QMGMT_LOCK_WAIT_US"] == "1500");
    CHECK(fields["QMGMT_TIME_US"] == "2500");
    CHECK(fields["QMGMT_DETAIL"] == "lock held by 12");
    CHECK(fields["MESSAGE"].find("'mgmtvm'") != std::string::npos);
    CHECK_FALSE(listener.next());
}

TEST_CASE("log: the priority tells success, a refusal and a fault of ours apart", "[base]")
{
    const Root root;
    const Listener listener{root.make_way(journald)};
    REQUIRE(root.run([] {
        for (const char* result : {"ok", "denied", "internal", "store"})
            log_call({.call = "mgmt.vm.List", .result = result});
        return true;
    }));
    for (const char* priority : {"6", "4", "3", "3"}) {
        const auto datagram = listener.next();
        REQUIRE(datagram);
        CHECK(fields_of(*datagram)["PRIORITY"] == priority);
    }
}

TEST_CASE("log: a value can neither end its line nor begin a field", "[base]")
{
    const Root root;
    const Listener listener{root.make_way(journald)};
    REQUIRE(root.run([] {
        const std::string hostile = "x\nQMGMT_RESULT=ok\r\x1b[2J\xff";
        log_call({.call = "mgmt.vm.List",
                  .source = hostile,
                  .destination = hostile,
                  .argument = hostile,
                  .result = "denied",
                  .detail = hostile});
        return true;
    }));
    const auto datagram = listener.next();
    REQUIRE(datagram);
    auto fields = fields_of(*datagram); // each field once
    CHECK(fields["QMGMT_RESULT"] == "denied");
    CHECK(fields["QMGMT_ARGUMENT"] == "x_QMGMT_RESULT=ok__[2J_");
    CHECK(fields["QMGMT_SOURCE"] == fields["QMGMT_ARGUMENT"]);
    CHECK(fields["QMGMT_DETAIL"] == fields["QMGMT_ARGUMENT"]);
    CHECK(datagram->find_first_not_of("\n") == 0);
    for (const char c : *datagram)
        CHECK((c == '\n' || (c >= 0x20 && c <= 0x7e)));
}

TEST_CASE("log: long values are cut", "[base]")
{
    const Root root;
    const Listener listener{root.make_way(journald)};
    REQUIRE(root.run([] {
        const std::string argument(1024, 'a');
        log_call({.call = "mgmt.vm.List", .argument = argument, .detail = std::string(9000, 'd')});
        return true;
    }));
    const auto datagram = listener.next();
    REQUIRE(datagram);
    auto fields = fields_of(*datagram);
    CHECK(fields["QMGMT_ARGUMENT"] == std::string(256, 'a'));
    CHECK(fields["QMGMT_DETAIL"] == std::string(2048, 'd'));
}

TEST_CASE("log: without journald syslog gets one line", "[base]")
{
    const Root root;
    const Listener listener{root.make_way(syslog)};
    REQUIRE(root.run(send_record));
    const auto datagram = listener.next();
    REQUIRE(datagram);
    CHECK(datagram->starts_with("<28>")); // daemon, warning
    CHECK(datagram->find(" mgmt.vm.tag.Set[") != std::string::npos);
    CHECK(datagram->find("]: mgmt.vm.tag.Set from 'mgmtvm' to 'work' argument 'red': busy "
                         "(lock held by 12) lock_wait_us=1500 time_us=2500") != std::string::npos);
    CHECK(datagram->find('\n') == std::string::npos);
}

TEST_CASE("log: journald is preferred to syslog", "[base]")
{
    const Root root;
    const Listener first{root.make_way(journald)};
    const Listener second{root.make_way(syslog)};
    REQUIRE(root.run(send_record));
    CHECK(first.next());
    CHECK_FALSE(second.next());
}

TEST_CASE("log: nobody listens and nothing happens", "[base]")
{
    const Root root;
    CHECK(root.run([] { return send_record() && prepare_log({.call = "x"}).socket == -1; }));
}

TEST_CASE("log: a listener that does not read stops nobody", "[base]")
{
    const Root root;
    const Listener listener{root.make_way(journald)};
    // Far more than a socket holds; a send that waited would be killed after ten seconds.
    CHECK(root.run([] {
        for (int i = 0; i < 5000; ++i)
            log_warning("a line, ignoring");
        return true;
    }));
    CHECK(listener.next());
}

TEST_CASE("log: warnings and errors name the program and their text", "[base]")
{
    const Root root;
    const Listener listener{root.make_way(journald)};
    REQUIRE(root.run([] {
        log_warning("a pool is odd\n, ignoring");
        log_error("a rule does not hold");
        return true;
    }));
    const auto datagram = listener.next();
    REQUIRE(datagram);
    auto fields = fields_of(*datagram);
    CHECK(fields["PRIORITY"] == "4");
    CHECK(fields["SYSLOG_IDENTIFIER"] == "qubes-mgmt");
    CHECK(fields["MESSAGE"] == "a pool is odd_, ignoring");
    fields = fields_of(listener.next().value_or(""));
    CHECK(fields["PRIORITY"] == "3");
    CHECK(fields["MESSAGE"] == "a rule does not hold");
}

TEST_CASE("log: a prepared record is what would have been sent", "[base]")
{
    const Root root;
    const Listener listener{root.make_way(journald)};
    REQUIRE(root.run([] {
        const LogRecord record{.call = "mgmt.vm.Start", .result = "timeout", .exit_code = 9};
        const PreparedLog prepared = prepare_log(record);
        if (::send(prepared.socket, prepared.bytes.data(), prepared.bytes.size(),
                   MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            return false;
        log_call(record);
        return true;
    }));
    const auto prepared = listener.next();
    REQUIRE(prepared);
    CHECK(fields_of(*prepared)["QMGMT_EXIT"] == "9");
    CHECK(prepared == listener.next());
    CHECK_FALSE(listener.next());
}

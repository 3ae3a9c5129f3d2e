// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/fd.hpp"
#include "rpc/dispatch/header.hpp"
#include "rpc/dispatch/peer.hpp"
#include "support/catch.hpp"

#include <array>
#include <string>
#include <sys/socket.h>

using namespace qmgmt;
using namespace qmgmt::rpc;
using namespace std::chrono_literals;

namespace {

struct Ends {
    Ends()
    {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        client = Fd{ends[0]};
        server = Fd{ends[1]};
    }

    void send(std::string_view bytes) const { REQUIRE(write_all(client.get(), bytes)); }
    [[nodiscard]] std::optional<std::string> header() const
    {
        return receive_header(server.get(), Deadline::in(50ms));
    }
    // What may be read now.
    [[nodiscard]] std::string rest() const
    {
        std::string bytes(4096, ' ');
        const ssize_t got = ::recv(server.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return bytes;
    }

    Fd client;
    Fd server;
};

} // namespace

TEST_CASE("dispatch: a header is four words", "[rpc]")
{
    CHECK(DispatchHeader::parse("admin.vm.List dom0 name dom0") ==
          DispatchHeader{"admin.vm.List", "", "dom0", "dom0"});
    CHECK(DispatchHeader::parse("admin.vm.List+ dom0 name work") ==
          DispatchHeader{"admin.vm.List", "", "dom0", "work"});
    CHECK(DispatchHeader::parse("a.B+c+d:e/f=g mgr name uuid:1") ==
          DispatchHeader{"a.B", "c+d:e/f=g", "mgr", "uuid:1"});
    CHECK(DispatchHeader::parse("a.B dom0 keyword adminvm") ==
          DispatchHeader{"a.B", "", "dom0", "adminvm", true});
    for (const std::string_view wrong : {"",
                                         " ",
                                         "   ",
                                         "a",
                                         "a b",
                                         "a b name",
                                         "a b name ",
                                         " b name d",
                                         "a  name d",
                                         "a b  d",
                                         "a b Keyword adminvm",
                                         "a b keyword ",
                                         "a b keyword @adminvm x",
                                         "a b NAME d",
                                         "a b name d e",
                                         "a b name d ",
                                         "+ b name d",
                                         "a/b c name d",
                                         "a:b c name d",
                                         "a none name d",
                                         "a 1b name d",
                                         "a b name d/",
                                         "a b name d+",
                                         "a b name \xff",
                                         "a\n b name d",
                                         "a+\t b name d"}) {
        INFO(wrong);
        CHECK_FALSE(DispatchHeader::parse(wrong));
    }
    CHECK_FALSE(DispatchHeader::parse(std::string_view{"a b name d\0", 11}));
}

TEST_CASE("dispatch: each word of a header has its limit", "[rpc]")
{
    const auto of = [](std::size_t method, std::size_t argument, std::size_t source,
                       std::size_t destination) {
        return DispatchHeader::parse(std::string(method, 'a') + "+" + std::string(argument, 'b') +
                                     " " + std::string(source, 'c') + " name " +
                                     std::string(destination, 'd'))
            .has_value();
    };
    CHECK(of(255, 1024, 31, 63));
    CHECK_FALSE(of(256, 1, 1, 1));
    CHECK_FALSE(of(1, 1025, 1, 1));
    CHECK_FALSE(of(1, 1, 32, 1));
    CHECK_FALSE(of(1, 1, 1, 64));
}

TEST_CASE("dispatch: a header is taken off the socket, and nothing behind it", "[rpc]")
{
    const Ends ends;
    ends.send(std::string_view{"one\0two\0three", 13});
    CHECK(ends.header() == "one");
    CHECK(ends.header() == "two");
    CHECK(ends.rest() == "three");

    ends.send(std::string(header_limit - 1, 'a') + std::string{"\0b", 2});
    CHECK(ends.header() == std::string(header_limit - 1, 'a'));
    CHECK(ends.rest() == "b");
}

TEST_CASE("dispatch: without its end there is no header", "[rpc]")
{
    {
        const Ends ends; // nothing comes
        CHECK_FALSE(ends.header());
    }
    {
        const Ends ends;
        ends.send("abc");
        CHECK_FALSE(ends.header());
    }
    {
        Ends ends;
        ends.send("abc");
        ends.client.reset();
        CHECK_FALSE(ends.header());
    }
    {
        Ends ends;
        CHECK_FALSE(ends_without_a_byte(ends.server.get(), Deadline::in(10ms)));
        ends.send("a");
        CHECK_FALSE(ends_without_a_byte(ends.server.get(), Deadline::in(50ms)));
        CHECK(ends.rest() == "a"); // it is still there
        ends.client.reset();
        CHECK(ends_without_a_byte(ends.server.get(), Deadline::in(50ms)));
    }
    {
        const Ends ends;
        ends.send(std::string(header_limit, 'a') + '\0');
        CHECK_FALSE(ends.header());
    }
    CHECK_FALSE(receive_header(-1, Deadline::in(50ms)));
    CHECK_FALSE(ends_without_a_byte(-1, Deadline::in(50ms)));
}

TEST_CASE("dispatch: the kernel says who has connected", "[rpc]")
{
    const Ends ends;
    const auto peer = Peer::of(ends.server.get());
    REQUIRE(peer);
    CHECK(peer->user == ::geteuid());
    CHECK(peer->group == ::getegid());
    std::vector<gid_t> groups(static_cast<std::size_t>(::getgroups(0, nullptr)));
    REQUIRE(::getgroups(static_cast<int>(groups.size()), groups.data()) >= 0);
    CHECK(peer->groups == groups);
    CHECK(peer->is_of_the_host());
    CHECK(peer->take_over()); // who one is already

    const Fd alone{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    CHECK_FALSE(Peer::of(alone.get()));
    CHECK_FALSE(Peer::of(-1));
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// The conversation with a daemon that does everything a daemon may not do: nothing comes of it,
// within the deadline.

#include "base/fd.hpp"
#include "hypervisor/lvrpc/list.hpp"
#include "lib/hypervisor/lvrpc_answers.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::lvrpc;
using namespace qmgmt::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

const std::string domain = list_payload({domain_bytes("work", 1, 7, 1)});

// The answers of a whole conversation.
const std::vector<std::string> right = {
    answer_bytes({.procedure = 66, .serial = 0}, bytes_of({1, 0})),
    answer_bytes({.procedure = 1, .serial = 1}),
    answer_bytes({.procedure = 344, .serial = 2}, domain),
    answer_bytes({.procedure = 2, .serial = 3}),
};

// The same of a driver without statistics: three domains, of which two run, one by one.
const std::string three = domains_payload(
    {named_bytes("work", 1, 7), named_bytes("a", 2, -1), named_bytes("sys-net", 3, 8)});

std::string state_answer(std::uint32_t serial, int state)
{
    return answer_bytes({.procedure = 212, .serial = serial},
                        bytes_of({static_cast<std::uint32_t>(state), 1}));
}
std::string error_answer(std::uint32_t procedure, std::uint32_t serial, std::uint32_t code)
{
    return answer_bytes({.procedure = procedure, .serial = serial, .status = 1},
                        error_payload(code, "this is not so"));
}

const std::vector<std::string> one_by_one = {
    right[0],
    right[1],
    error_answer(344, 2, 3),
    answer_bytes({.procedure = 273, .serial = 3}, three),
    state_answer(4, 1) + state_answer(5, 5) + state_answer(6, 3),
    answer_bytes({.procedure = 2, .serial = 7}),
};

// A daemon for one client: an answer to each message, or to those that came at once, whatever they
// were; then, or after `bytes` bytes, it hangs up, or waits until the client does.
struct Script {
    std::vector<std::string> answers = right;
    std::size_t bytes = std::numeric_limits<std::size_t>::max();
    bool stalls = false;
    std::size_t piece = std::numeric_limits<std::size_t>::max();
    std::chrono::milliseconds between{0};
};

class Daemon {
public:
    explicit Daemon(Script script)
    {
        if (::mkdtemp(directory_.data()) == nullptr)
            throw std::runtime_error{"mkdtemp"};
        struct sockaddr_un address {};
        address.sun_family = AF_UNIX;
        std::strcpy(address.sun_path, path().c_str());
        if (::bind(listener_.get(), reinterpret_cast<const struct sockaddr*>(&address),
                   sizeof address) != 0 ||
            ::listen(listener_.get(), 1) != 0)
            throw std::runtime_error{"bind"};
        thread_ = std::thread{[this, script] { serve(script); }};
    }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon()
    {
        ::shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
        std::filesystem::remove_all(directory_);
    }

    std::string path() const { return directory_ + "/sock"; }

private:
    void serve(Script script)
    {
        const Fd client{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        for (const std::string& answer : script.answers) {
            char request[4096];
            if (!client || ::recv(client.get(), request, sizeof request, 0) <= 0)
                return;
            for (std::size_t at = 0; at < answer.size() && script.bytes > 0;) {
                const std::size_t size = std::min({script.piece, answer.size() - at, script.bytes});
                if (::send(client.get(), answer.data() + at, size, MSG_NOSIGNAL) < 0)
                    return;
                at += size;
                script.bytes -= size;
                std::this_thread::sleep_for(script.between);
            }
            if (script.bytes == 0)
                break;
        }
        pollfd gone{client.get(), POLLIN, 0};
        while (script.stalls && ::poll(&gone, 1, 10'000) == 1) {
            char rest[4096];
            if (::recv(client.get(), rest, sizeof rest, 0) <= 0)
                return;
        }
    }

    std::string directory_ = "/tmp/qm.XXXXXX";
    Fd listener_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::thread thread_;
};

auto list_from(const Script& script, std::chrono::milliseconds limit = 10s)
{
    const Daemon daemon{script};
    return lvrpc::list({{daemon.path()}, "qemu:///session"}, Deadline::in(limit));
}

std::vector<std::string> instead(std::size_t place, const std::string& answer,
                                 std::vector<std::string> answers = right)
{
    answers.at(place) = answer;
    return answers;
}

// Name and state of each, by name.
std::map<std::string, PowerState> states_from(const std::vector<std::string>& answers)
{
    const auto domains = list_from({.answers = answers});
    REQUIRE(domains);
    std::map<std::string, PowerState> states;
    for (const DomainStatus& each : *domains)
        CHECK(states.emplace(each.name, each.state).second);
    return states;
}

// Nothing comes of these answers, and nothing is waited for either.
bool refused(const std::vector<std::string>& answers)
{
    const auto begin = Clock::now();
    const bool nothing = !list_from({.answers = answers, .stalls = true});
    return nothing && Clock::now() - begin < 5s;
}

} // namespace

TEST_CASE("lvrpc: a whole conversation, in one piece or byte by byte")
{
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{4096}}) {
        const auto domains = list_from({.piece = piece});
        REQUIRE(domains);
        REQUIRE(domains->size() == 1);
        CHECK(domains->front().name == "work");
    }
}

TEST_CASE("lvrpc: nothing comes of answers that end after any byte, but of those with a goodbye")
{
    const std::size_t needed = right[0].size() + right[1].size() + right[2].size();
    for (std::size_t bytes = 0; bytes <= needed + right[3].size(); ++bytes) {
        INFO(bytes);
        CHECK(list_from({.bytes = bytes}).has_value() == (bytes >= needed));
    }
}

TEST_CASE("lvrpc: nothing comes of answers to another question, errors, or lies about the length")
{
    const std::uint32_t procedures[] = {66, 1, 344};
    const std::string payloads[] = {bytes_of({1, 0}), "", domain};
    for (std::uint32_t place = 0; place < 3; ++place) {
        INFO(place);
        const std::string& payload = payloads[place];
        const Head head{.procedure = procedures[place], .serial = place};
        CHECK(list_from({.answers = instead(place, answer_bytes(head, payload))}));
        std::vector<Head> wrong(8, head);
        wrong[0].serial = place + 1;
        wrong[1].program = 0x20008087;
        wrong[2].version = 2;
        wrong[3].type = 2;
        wrong[4].status = 1;
        wrong[5].procedure = 60;
        wrong[6].length = 0;
        wrong[7].length = 27;
        for (const std::uint32_t length :
             {0x80000000U, 0xffffffffU, static_cast<std::uint32_t>(longest_message) + 1}) {
            wrong.push_back(head);
            wrong.back().length = length;
        }
        for (std::size_t i = 0; i < wrong.size(); ++i) {
            INFO(i);
            // It stays on the line: nothing may be waited for.
            const auto begin = Clock::now();
            CHECK_FALSE(list_from(
                {.answers = instead(place, answer_bytes(wrong[i], payload)), .stalls = true}));
            CHECK(Clock::now() - begin < 5s);
        }
        CHECK_FALSE(list_from({.answers = instead(place, answer_bytes(head, payload + "more"))}));
    }
    CHECK_FALSE(list_from({.answers = instead(0, answer_bytes({.procedure = 66}, bytes_of({1, 2}))),
                           .stalls = true}));
}

TEST_CASE("lvrpc: where there are no statistics, domains are listed and asked for one by one")
{
    using States = std::map<std::string, PowerState>;
    const States all = {
        {"work", PowerState::running}, {"a", PowerState::halted}, {"sys-net", PowerState::paused}};
    CHECK(states_from(one_by_one) == all);
    CHECK(states_from(instead(2, error_answer(344, 2, 84), one_by_one)) == all);
    CHECK(list_from({.answers = one_by_one, .piece = 1})->size() == 3);
    // In whichever order they get ready.
    for (const std::vector<int>& order :
         std::vector<std::vector<int>>{{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
        std::string answers;
        for (const int each : order)
            answers += state_answer(4 + static_cast<std::uint32_t>(each),
                                    std::array{1, 5, 3}[static_cast<std::size_t>(each)]);
        CHECK(states_from(instead(4, answers, one_by_one)) == all);
    }
    // Gone meanwhile: one, all; and none to begin with.
    CHECK(states_from(instead(4, state_answer(4, 1) + error_answer(212, 5, 42) + state_answer(6, 3),
                              one_by_one)) ==
          States{{"work", PowerState::running}, {"sys-net", PowerState::paused}});
    CHECK(states_from(instead(4,
                              error_answer(212, 6, 42) + error_answer(212, 5, 42) +
                                  error_answer(212, 4, 42),
                              one_by_one))
              .empty());
    CHECK(states_from({right[0], right[1], one_by_one[2],
                       answer_bytes({.procedure = 273, .serial = 3}, domains_payload({})),
                       answer_bytes({.procedure = 2, .serial = 4})})
              .empty());
}

TEST_CASE("lvrpc: one by one, nothing comes of answers that end after any byte")
{
    std::size_t needed = 0;
    for (std::size_t i = 0; i + 1 < one_by_one.size(); ++i)
        needed += one_by_one[i].size();
    for (std::size_t bytes = right[0].size() + right[1].size(); bytes <= needed; ++bytes) {
        INFO(bytes);
        CHECK(list_from({.answers = one_by_one, .bytes = bytes}).has_value() == (bytes == needed));
    }
}

TEST_CASE("lvrpc: one by one, nothing comes of other errors, other serials, or lies")
{
    for (const std::uint32_t code : {0U, 1U, 2U, 38U, 42U, 55U, 88U, 0xffffffffU}) {
        INFO(code);
        CHECK(refused(instead(2, error_answer(344, 2, code), one_by_one)));
        CHECK(refused(instead(3, error_answer(273, 3, code), one_by_one)));
        if (code != 42)
            CHECK(refused(
                instead(4, state_answer(4, 1) + error_answer(212, 5, code) + state_answer(6, 3),
                        one_by_one)));
    }
    CHECK(refused(instead(3, error_answer(273, 3, 3), one_by_one)));
    CHECK(refused(instead(2, error_answer(344, 3, 3), one_by_one)));
    CHECK(refused(instead(
        2, answer_bytes({.procedure = 344, .serial = 2, .status = 1}, bytes_of({3})), one_by_one)));
    CHECK(refused(instead(3, answer_bytes({.procedure = 273, .serial = 4}, three), one_by_one)));
    CHECK(refused(
        instead(3, answer_bytes({.procedure = 273, .serial = 3}, three + "more"), one_by_one)));
    // Numbers of nobody, and one twice.
    for (const std::uint32_t serial : {0U, 3U, 4U, 6U, 7U, 0x80000005U, 0xffffffffU}) {
        INFO(serial);
        CHECK(refused(instead(4, state_answer(4, 1) + state_answer(serial, 5) + state_answer(6, 3),
                              one_by_one)) == (serial != 5));
    }
    CHECK(refused(instead(4, state_answer(4, 1) + error_answer(212, 4, 42) + state_answer(6, 3),
                          one_by_one)));
    // States that cannot be: of one that is not active, of any; and answers to something else.
    for (const std::string& wrong :
         {state_answer(5, 1), state_answer(5, 8),
          answer_bytes({.procedure = 212, .serial = 5}, bytes_of({5})),
          answer_bytes({.procedure = 212, .serial = 5}, bytes_of({5, 1, 0})),
          answer_bytes({.procedure = 212, .serial = 5, .status = 2}, bytes_of({5, 1})),
          answer_bytes({.procedure = 212, .serial = 5, .type = 2}, bytes_of({5, 1})),
          answer_bytes({.procedure = 16, .serial = 5}, bytes_of({5, 1})),
          answer_bytes({.procedure = 212, .serial = 5, .length = 27}, bytes_of({5, 1})),
          answer_bytes({.procedure = 212, .serial = 5, .length = 0xffffffff}, bytes_of({5, 1}))})
        CHECK(refused(instead(4, state_answer(4, 1) + wrong + state_answer(6, 3), one_by_one)));
}

TEST_CASE("lvrpc: as long as the longest message, and no longer")
{
    // One domain with a parameter that fills the message.
    const auto filled = [](std::size_t size) {
        const std::string around = list_payload(
            {domain_bytes("work", 1, 7, {state_parameter(1), parameter("x", 7, text_bytes(""))})});
        const std::string text(size - header_size - around.size(), 'x');
        return answer_bytes(
            {.procedure = 344, .serial = 2},
            list_payload({domain_bytes(
                "work", 1, 7, {state_parameter(1), parameter("x", 7, text_bytes(text))})}));
    };
    REQUIRE(filled(longest_message).size() == longest_message);
    CHECK(list_from({.answers = instead(2, filled(longest_message))}));
    CHECK_FALSE(list_from({.answers = instead(2, filled(longest_message + 4))}));
}

TEST_CASE("lvrpc: a daemon that stalls or drips is given up at the deadline")
{
    const auto given_up = [](const Script& script) {
        const auto begin = Clock::now();
        const auto domains = list_from(script, 200ms);
        const auto took = Clock::now() - begin;
        CHECK(took >= 190ms);
        CHECK(took < 5s);
        return !domains;
    };
    for (const std::size_t bytes :
         {std::size_t{0}, std::size_t{3}, std::size_t{36}, std::size_t{64}, std::size_t{100}}) {
        INFO(bytes);
        CHECK(given_up({.bytes = bytes, .stalls = true}));
    }
    CHECK(given_up({.piece = 1, .between = 20ms}));
    std::size_t until = 0; // all but the last states
    for (std::size_t i = 0; i + 1 < one_by_one.size(); ++i)
        until += one_by_one[i].size();
    for (const std::size_t missing : {36, 37, 200})
        CHECK(given_up({.answers = one_by_one, .bytes = until - missing, .stalls = true}));
}

TEST_CASE("lvrpc: a goodbye without an answer is not waited for long: the domains are known")
{
    const auto begin = Clock::now();
    CHECK(list_from({.answers = {right[0], right[1], right[2]}, .stalls = true}, 20s));
    CHECK(Clock::now() - begin < 10s);
}

TEST_CASE("lvrpc: where the socket for all is closed to us, that for readers is asked")
{
    Daemon daemon{{}};
    const auto domains = lvrpc::list(
        {{"/nonexistent/sock"}, "xen:///system", {"/nonexistent/sock-ro", daemon.path()}},
        Deadline::in(5s));
    REQUIRE(domains);
    CHECK(domains->size() == 1);
}

TEST_CASE("lvrpc: nobody there, or a path too long, is nothing at once")
{
    const Deadline deadline = Deadline::in(10s);
    CHECK_FALSE(lvrpc::list({}, deadline));
    CHECK_FALSE(lvrpc::list({{"/nonexistent/sock"}, "qemu:///session"}, deadline));
    CHECK_FALSE(lvrpc::list({{std::string(200, '/')}, "qemu:///session"}, deadline));
    const Daemon daemon{Script{}};
    CHECK(lvrpc::list({{"/nonexistent/sock", daemon.path()}, "qemu:///session"}, deadline));
}

TEST_CASE("lvrpc: where a connection's daemon listens")
{
    using Paths = std::vector<std::string>;
    const Endpoint xen = endpoint("xen:///");
    CHECK(xen.sockets == Paths{"/run/libvirt/virtxend-sock", "/run/libvirt/libvirt-sock"});
    CHECK(xen.uri == "xen:///system");
    const Endpoint given = endpoint("qemu+unix:///system?socket=/x/sock");
    CHECK(given.sockets == Paths{"/x/sock"});
    CHECK(given.uri == "qemu:///system");
    CHECK(endpoint("xen+unix:///system?socket=/x/sock").uri == "xen:///system");
    for (const char* const other :
         {"", "offline", "test:///default", "xen+ssh://host/", "qemu+tls://host/system",
          "qemu+unix:///session?socket=/x", "qemu+unix:///system?mode=legacy"})
        CHECK(endpoint(other).sockets.empty());
    // For root the library goes elsewhere.
    CHECK(endpoint("qemu:///session").sockets.empty() == (::geteuid() == 0));
}

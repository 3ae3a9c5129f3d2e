// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who runs, asked over a socket of libvirt that is not as it should be: List says what is true all
// the same, quietly, because the library is asked then.

#include "calls/socket_world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <functional>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using Treated = LibvirtProxy::Treated;
using Then = Treated::Then;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

const std::string truth = "dom0 class=AdminVM state=Running\n"
                          "fedora-25 class=TemplateVM state=Halted\n"
                          "fedora-25-dvm class=AppVM state=Halted\n"
                          "mgr class=AppVM state=Halted\n"
                          "sys-firewall class=AppVM state=Halted\n"
                          "sys-net class=AppVM state=Halted\n"
                          "work class=AppVM state=Paused\n";

struct OnePaused : SocketWorld {
    OnePaused() { machine.session.start_paused("work", work_uuid); }
};

// The same treatment for the answer to one procedure; the others pass.
LibvirtProxy::Treatment at(std::uint32_t procedure, const std::function<Treated(std::string)>& what)
{
    return [procedure, what](std::uint32_t asked, std::string answer) {
        return asked == procedure ? what(std::move(answer)) : Treated{std::move(answer)};
    };
}

// One word of the answer is another one, and the client is kept waiting.
LibvirtProxy::Treatment lie(std::uint32_t procedure, std::size_t word, std::uint32_t value)
{
    return at(procedure, [word, value](std::string answer) {
        for (std::size_t i = 0; i < 4; ++i)
            answer.at(4 * word + i) = static_cast<char>(value >> (24 - 8 * i) & 0xff);
        return Treated{std::move(answer), Then::stall};
    });
}

// The same of a daemon that has no statistics.
LibvirtProxy::Treatment without_statistics_and(LibvirtProxy::Treatment treatment)
{
    return [treatment = std::move(treatment)](std::uint32_t asked, std::string answer) {
        return treatment(asked, without_statistics(asked, std::move(answer)));
    };
}

// Nothing more after so many bytes of the whole conversation.
LibvirtProxy::Treatment cut_after(std::size_t left)
{
    return [left](std::uint32_t, std::string answer) mutable {
        const bool last = answer.size() > left;
        answer.resize(std::min(answer.size(), left));
        left -= answer.size();
        return Treated{std::move(answer), last ? Then::hang_up : Then::go_on};
    };
}

} // namespace

TEST_CASE("hypervisor.md 43: an answer that ends too soon, after any byte: List is right all the "
          "same")
{
    const OnePaused world;
    std::vector<Heard> whom;
    CHECK(world.list(whom) == truth);
    REQUIRE(whom.size() == 1);
    REQUIRE(whom[0].procedures == whole_conversation);
    std::size_t needed = 0;
    for (std::size_t i = 0; i < 3; ++i)
        needed += whom[0].answers.at(i).size();
    for (std::size_t bytes = 0; bytes < needed; ++bytes) {
        INFO(bytes);
        world.says_by_library(truth, cut_after(bytes));
    }
    // All but the goodbye is all that counts.
    for (std::size_t bytes = needed; bytes <= needed + whom[0].answers.at(3).size(); ++bytes) {
        INFO(bytes);
        world.proxy->treat_next(cut_after(bytes));
        world.says_by_socket(truth);
    }
}

TEST_CASE("hypervisor.md 43: a slow socket is read, one that stalls or drips is left for the "
          "library")
{
    const OnePaused world;
    world.proxy->treat_next([](std::uint32_t, std::string answer) {
        return Treated{std::move(answer), Then::go_on, milliseconds{0}};
    });
    world.says_by_socket(truth);

    const auto silent = [](std::size_t bytes) {
        return [bytes](const std::string& answer) {
            return Treated{answer.substr(0, bytes), Then::stall};
        };
    };
    const auto begin = Clock::now();
    for (const std::uint32_t procedure : {66U, 1U, 344U})
        world.says_by_library(truth, at(procedure, silent(0)));
    world.says_by_library(truth, at(344, silent(20)));
    world.says_by_library(truth, [](std::uint32_t, std::string answer) {
        return Treated{std::move(answer), Then::go_on, milliseconds{50}};
    });
    const auto took = Clock::now() - begin;
    CHECK(took >= milliseconds{5 * 1000}); // a second of patience each
    CHECK(took < milliseconds{5 * 5000});

    // With little time there is less patience, and some is left for the library.
    world.machine.root.configure("hypervisor = qemu:///session\ntimeout-read = 1\n");
    world.says_by_library(truth, at(344, silent(0)));

    world.machine.root.configure("hypervisor = qemu:///session\n");
    Command hurried = world.machine.session.tool("mgmt.vm.List", {"--plain", "--timeout=1"});
    hurried.environment = world.command().environment;
    std::erase_if(hurried.environment,
                  [](const auto& variable) { return variable.first.starts_with("QREXEC_"); });
    world.proxy->treat_next(at(344, silent(0)));
    const Outcome outcome = run(std::move(hurried));
    CHECK(outcome.out == truth);
    CHECK(outcome.status == 0);
    CHECK(world.proxy->heard().size() == 2);

    // Who stalls at the goodbye has said it all.
    world.proxy->treat_next(at(2, silent(0)));
    world.says_by_socket(truth);
}

TEST_CASE("hypervisor.md 43: a socket that lies: List is right all the same")
{
    const OnePaused world;
    enum Word : std::size_t { length, program, version, procedure, type, serial, status, first };
    for (const std::uint32_t asked : {66U, 1U, 344U}) {
        INFO(asked);
        world.says_by_library(truth, lie(asked, length, 0));
        world.says_by_library(truth, lie(asked, length, 27));
        world.says_by_library(truth, lie(asked, length, 0x80000000));
        world.says_by_library(truth, lie(asked, length, (16U << 20) + 1));
        world.says_by_library(truth, lie(asked, program, 0x20008087));
        world.says_by_library(truth, lie(asked, version, 2));
        world.says_by_library(truth, lie(asked, procedure, 3));
        world.says_by_library(truth, lie(asked, type, 2));
        world.says_by_library(truth, lie(asked, serial, 9));
        world.says_by_library(truth, lie(asked, status, 1));
    }
    world.says_by_library(truth, lie(66, first + 1, 2)); // polkit wanted
    world.says_by_library(truth, lie(66, first, 0xffffffff));
    world.says_by_library(truth, lie(344, first, 0)); // no domain at all, and then one
    world.says_by_library(truth, lie(344, first, 0xffffffff));
    world.says_by_library(truth, lie(344, first + 1, 0xfffffffc)); // the length of a name
    // The number of the domain becomes that of one that does not run, and yet is paused:
    // "work" is a length and one word, its uuid four.
    world.says_by_library(truth, lie(344, first + 7, 0xffffffff));
}

TEST_CASE("hypervisor.md 43: without statistics, an answer that ends too soon, after any byte")
{
    const OnePaused world;
    std::vector<Heard> whom;
    world.treat_as_without_statistics();
    CHECK(world.list(whom) == truth);
    REQUIRE(whom.size() == 1);
    CHECK(!whom[0].library);
    REQUIRE(whom[0].procedures == conversation_without_statistics(1));
    std::size_t before = whom[0].answers.at(0).size() + whom[0].answers.at(1).size();
    std::size_t needed = before + without_statistics(344, whom[0].answers.at(2)).size() +
                         whom[0].answers.at(3).size() + whom[0].answers.at(4).size();
    for (std::size_t bytes = before; bytes < needed; ++bytes) {
        INFO(bytes);
        world.says_by_library(truth, without_statistics_and(cut_after(bytes)));
    }
}

TEST_CASE("hypervisor.md 43: without statistics, a socket that lies or stalls")
{
    const OnePaused world;
    enum Word : std::size_t { length, program, version, procedure, type, serial, status, first };
    for (const std::uint32_t asked : {273U, 212U}) {
        INFO(asked);
        for (const auto& [word, value] :
             {std::pair{length, 27U}, std::pair{length, 0x80000000U}, std::pair{program, 0U},
              std::pair{procedure, 344U}, std::pair{type, 2U}, std::pair{serial, 9U},
              std::pair{serial, 2U}, std::pair{status, 1U}}) {
            INFO(word << " is " << value);
            world.says_by_library(truth, without_statistics_and(lie(asked, word, value)));
        }
        world.says_by_library(truth, without_statistics_and(at(asked, [](const std::string&) {
                                  return Treated{"", Then::stall};
                              })));
    }
    world.says_by_library(truth, without_statistics_and(lie(344, first, 38))); // another error
    world.says_by_library(truth, without_statistics_and(lie(273, first, 2)));
    world.says_by_library(truth, without_statistics_and(lie(273, first + 8, 2)));
    // Not active, and yet paused.
    world.says_by_library(truth, without_statistics_and(lie(273, first + 7, 0xffffffff)));
    world.says_by_library(truth, without_statistics_and(lie(212, first, 8)));

    // One that is gone when it is asked for is halted, and no reason to load the library.
    std::vector<Heard> whom;
    world.proxy->treat_next(without_statistics_and(at(212, [](std::string answer) {
        return Treated{answer_bytes({.procedure = 212, .status = 1}, error_payload(42, "no domain"))
                           .replace(20, 4, answer.substr(20, 4))};
    })));
    std::string gone = truth;
    gone.replace(gone.find("Paused"), 6, "Halted");
    CHECK(world.list(whom) == gone);
    REQUIRE(whom.size() == 1);
    CHECK(!whom[0].library);
}

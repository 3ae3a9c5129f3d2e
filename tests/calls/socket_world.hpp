// SPDX-License-Identifier: GPL-2.0-or-later
//
// A machine with guests whose libvirt is asked through a proxy. Catch's assertions stand in here.
#pragma once

#include "calls/machine.hpp"
#include "lib/hypervisor/lvrpc_answers.hpp"
#include "support/catch.hpp"
#include "support/libvirt_proxy.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt::test {

using Heard = LibvirtProxy::Heard;
using Procedures = std::vector<std::uint32_t>;

// Authentication, open, all statistics, close: all that the question takes.
inline const Procedures whole_conversation = {66, 1, 344, 2};

// The answer to it is that of a driver without statistics, as Xen's; all others pass.
inline std::string without_statistics(std::uint32_t procedure, std::string answer)
{
    constexpr std::size_t serial_word = 5;
    if (procedure != 344 || answer.size() < 4 * (serial_word + 1))
        return answer;
    const std::string serial = answer.substr(4 * serial_word, 4);
    return answer_bytes({.procedure = 344, .status = 1},
                        error_payload(3, "this function is not supported"))
        .replace(4 * serial_word, 4, serial);
}

// One by one then: the list, and the state of each.
inline Procedures conversation_without_statistics(std::size_t domains)
{
    Procedures procedures = {66, 1, 344, 273};
    procedures.insert(procedures.end(), domains, 212);
    procedures.push_back(2);
    return procedures;
}

struct SocketWorld {
    SocketWorld()
    {
        machine.session.domain({"list"}); // the daemon is there
        const std::string directory = std::filesystem::path{front()}.parent_path();
        std::filesystem::create_directories(directory);
        for (const std::string& each : {directory, machine.root.below("/xdg/front")})
            std::filesystem::permissions(each, std::filesystem::perms::all);
        proxy = std::make_unique<LibvirtProxy>(front(), back());
    }

    [[nodiscard]] std::string front() const
    {
        return machine.root.below("/xdg/front/libvirt/libvirt-sock");
    }

    [[nodiscard]] std::string back() const
    {
        return machine.root.below("/xdg/run/libvirt/libvirt-sock");
    }

    void use_socket(bool yes) const
    {
        machine.root.configure(std::string{"hypervisor = qemu:///session\n"} +
                               (yes ? "" : "lvrpc = no\n"));
    }

    // As it would be run, but that it meets the proxy.
    [[nodiscard]] Command command(const Ask& ask = {"dom0", "vm.List"}) const
    {
        Command command = machine.session.command(ask);
        command.environment["XDG_RUNTIME_DIR"] = machine.root.below("/xdg/front");
        return command;
    }

    // What List says, quietly; with `whom` it met on the way.
    std::string list(std::vector<Heard>& whom) const
    {
        const Outcome outcome = run(command());
        CHECK(outcome.err == "");
        CHECK(outcome.status == 0);
        CHECK(!outcome.timed_out);
        whom = proxy->heard();
        return outcome.out;
    }

    // List says this, and found out over the socket alone.
    void says_by_socket(const std::string& expected) const
    {
        std::vector<Heard> whom;
        CHECK(list(whom) == expected);
        REQUIRE(whom.size() == 1);
        CHECK(whom[0].procedures == whole_conversation);
        CHECK(!whom[0].library);
    }

    // To the next client the daemon is one of a driver without statistics; what it says else is
    // its own.
    void treat_as_without_statistics() const
    {
        proxy->treat_next([](std::uint32_t procedure, std::string answer) {
            return LibvirtProxy::Treated{without_statistics(procedure, std::move(answer))};
        });
    }

    // List says this, and asked the library when the socket, treated like that, was no use.
    void says_by_library(const std::string& expected, LibvirtProxy::Treatment treatment) const
    {
        std::vector<Heard> whom;
        proxy->treat_next(std::move(treatment));
        CHECK(list(whom) == expected);
        REQUIRE(whom.size() == 2);
        CHECK(!whom[0].library);
        CHECK(whom[1].library);
    }

    Machine machine;
    std::unique_ptr<LibvirtProxy> proxy;
};

} // namespace qmgmt::test

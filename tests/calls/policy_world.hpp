// SPDX-License-Identifier: GPL-2.0-or-later
//
// A host with a policy, and the policy calls under the names that qrexec's own tools give them.
#pragma once

#include "calls/world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

inline constexpr std::string_view policy_directory = "/etc/qubes/policy.d";

struct PolicyHost : World {
    explicit PolicyHost(const std::string& parent = "/tmp")
        : World{store_text("fixture.xml"), parent}
    {
        root.write("/etc/qubes/policy.d/30-user.policy", user_policy);
        root.write("/etc/qubes/policy.d/90-default.policy",
                   "!include-service mgmt.vm.Start * include/start\n");
        root.write("/etc/qubes/policy.d/include/start", "mgr work allow,target=dom0\n");
    }

    static constexpr std::string_view user_policy = "mgmt.vm.List * mgr @adminvm allow\n";

    // As upstream's client asks.
    [[nodiscard]] Command aliased_command(const Ask& ask) const
    {
        Command command = remote_command(root, ask);
        const std::string alias = full_name(ask.call).substr(std::string_view{"mgmt."}.size());
        command.program = call_path(alias);
        command.words.front() = command.program;
        command.environment["QREXEC_SERVICE_FULL_NAME"] = alias + "+" + ask.argument;
        return command;
    }
    [[nodiscard]] Outcome aliased(const Ask& ask) const { return run(aliased_command(ask)); }

    // What one calls so answers the other way, too.
    void answers(const Ask& ask, std::string_view reply) const
    {
        gives(ask, reply);
        INFO("by its other name");
        const Outcome outcome = aliased(ask);
        CHECK(outcome.err == "");
        CHECK(outcome.out == reply);
        CHECK(outcome.status == 0);
    }

    // By both names: the exit code of the kind, and the exception as upstream's client reads it.
    // Nothing in the directories is touched.
    void refuses(const Ask& ask, Failure kind, std::string_view exception) const
    {
        INFO(describe(ask));
        const auto before = files();
        check_refusal(run_call(root, ask), full_name(ask.call), kind);
        const Outcome outcome = aliased(ask);
        CHECK(outcome.status == 1);
        CHECK(outcome.out.empty());
        CHECK(outcome.err.substr(0, outcome.err.find(' ')) == exception);
        CHECK(std::ranges::count(outcome.err, '\n') == 1);
        CHECK(outcome.err.find(root.path()) == std::string::npos);
        CHECK(files() == before);
    }

    // Every file of the policy, and which one it is.
    [[nodiscard]] std::vector<std::string> files() const
    {
        std::vector<std::string> found;
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator{root.below(policy_directory)})
            found.push_back(entry.path().string() + " " + identity_of(entry.path()));
        std::ranges::sort(found);
        return found;
    }

    [[nodiscard]] std::string policy(std::string_view file) const
    {
        return root.read(std::string{policy_directory} + "/" + std::string{file});
    }
    [[nodiscard]] bool has(std::string_view file) const
    {
        return root.exists(std::string{policy_directory} + "/" + std::string{file});
    }
    // What Get says the present content's token is.
    [[nodiscard]] std::string token(const std::string& name) const
    {
        const std::string content = reply({"dom0", "policy.Get", name});
        return content.substr(0, content.find('\n'));
    }
};

} // namespace qmgmt::test

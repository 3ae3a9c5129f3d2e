// SPDX-License-Identifier: GPL-2.0-or-later
//
// A host on which work is 10.137.0.4 behind sys-firewall, whose QubesDB are programs that write
// down what they are told.
#pragma once

#include "calls/simulated.hpp"
#include "support/catch.hpp"
#include "support/fake_qubesdb.hpp"
#include "support/in_root.hpp"

#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

using Words = std::vector<std::string>;
using Rules = std::map<std::string, std::string>;

inline const Ask start{"work", "vm.Start"};
inline const Ask kill_it{"work", "vm.Kill"};
inline constexpr std::string_view warning = ": warning: firewall stored, not applied\n";
inline const std::string root_key = "/qubes-firewall/10.137.0.4";

inline Ask inserting(std::string rule)
{
    return {"work", "vm.firewall.InsertRule", "", std::move(rule)};
}

inline Ask setting(std::string rules)
{
    return {"work", "vm.firewall.Set", "", std::move(rules)};
}

// Everyone behind sys-net has IPv6, too: its feature.
class NetHost : public simulated::Host {
public:
    explicit NetHost(const std::string& lines = "qubesdb = required\n",
                     const std::string& text = simulated::store())
        : simulated::Host{text, lines}
    {
        hypervisor.change([](fake::World& world) { world.type = "Xen"; });
        add_qubesdb(root);
        std::filesystem::create_directories(root.below("/qdb"));
    }

    // What has been done to a table since it was last forgotten: "write KEY VALUE", "rm KEY"; of
    // rules alone.
    [[nodiscard]] Words changes(std::string_view netvm = "sys-firewall") const
    {
        Words lines;
        std::istringstream text{root.exists("/qdb/changes") ? root.read("/qdb/changes") : ""};
        for (std::string line; std::getline(text, line);) {
            std::istringstream words{line};
            std::string verb;
            std::string name;
            std::string rest;
            words >> verb >> name;
            std::getline(words, rest);
            if (name == netvm && rest.starts_with(" /qubes-firewall"))
                lines.push_back(verb + rest);
        }
        return lines;
    }
    void forget_changes() const
    {
        root.write("/qdb/changes", "");
        root.write("/qdb/ran", "");
    }
    void refuse(const std::string& what) const { root.write("/qdb/refuse", what + "\n"); }
    void accept() const { std::filesystem::remove(root.below("/qdb/refuse")); }

    // Of the address, without its root.
    [[nodiscard]] std::map<std::string, std::string>
    rules(const std::string& address = "10.137.0.4", std::string_view netvm = "sys-firewall") const
    {
        Rules found;
        for (const auto& [key, value] : qubesdb_table(root.path(), netvm)) {
            const std::string start_of_key = "/qubes-firewall/" + address + "/";
            if (key.starts_with(start_of_key))
                found[key.substr(start_of_key.size())] = value;
        }
        return found;
    }
    [[nodiscard]] bool has_root(const std::string& address = "10.137.0.4",
                                std::string_view netvm = "sys-firewall") const
    {
        return qubesdb_table(root.path(), netvm).contains("/qubes-firewall/" + address);
    }

    // Succeeds, and says that the netvm was not told.
    void warns(const Ask& ask) const
    {
        const Outcome outcome = run_call(root, ask);
        CHECK(outcome.status == 0);
        CHECK(outcome.err == full_name(ask.call) + std::string{warning});
    }
    void gives_an_id(const Ask& ask) const
    {
        const Outcome outcome = run_call(root, ask);
        CHECK(outcome.status == 0);
        CHECK(outcome.err == "");
        CHECK(outcome.out.find('.') != std::string::npos);
    }
    [[nodiscard]] Outcome expire() const
    {
        Command command = local_command(root, "mgmt.vm.List", {});
        command.program.replace(command.program.rfind('/') + 1, std::string::npos,
                                "qubes-mgmt-expire");
        command.words = {command.program};
        return run(command);
    }
    void expires() const
    {
        const Outcome outcome = expire();
        CHECK(outcome.err == "");
        CHECK(outcome.out == "");
        CHECK(outcome.status == 0);
    }
    [[nodiscard]] bool is_noted() const { return root.exists("/run/qubes-mgmt/unapplied/work"); }
};

// A line of the log of what `ask` does, empty when it logs nothing of that kind.
inline std::string logged(const NetHost& host, const Ask& ask, std::string_view what)
{
    std::filesystem::create_directories(host.root.below("/run/systemd/journal"));
    const std::string path = host.root.below("/run/systemd/journal/socket");
    std::string found;
    {
        const Listener log{path};
        static_cast<void>(run_call(host.root, ask));
        while (const auto record = log.next()) {
            if (record->find(what) != std::string::npos)
                found = *record;
        }
    }
    std::filesystem::remove(path);
    return found;
}

} // namespace qmgmt::test

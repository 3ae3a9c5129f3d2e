// SPDX-License-Identifier: GPL-2.0-or-later
//
// What policy allows while a USB device is passed on, in both generations of policy.

#include "base/error.hpp"
#include "base/paths.hpp"
#include "life/device/usb/one_shot_rule.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <unistd.h>

using namespace qmgmt;
using qmgmt::test::Root;

namespace {

namespace fs = std::filesystem;

const UsbRule rule{"work", "sys-usb", "2-1.4"};
constexpr std::string_view old_file = "/etc/qubes-rpc/policy/qubes.USB+2-1.4";
constexpr std::string_view in_force = "# qubes-mgmt: sys-usb 2-1.4\n"
                                      "work sys-usb allow,user=root\n";

std::string text_of(const std::string& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

void make_directory(const Root& root, const std::string& absolute)
{
    static_cast<void>(root.make_way(absolute + "/x"));
}

std::string below(std::string_view absolute)
{
    return paths::below_root(absolute);
}

// Names in a directory below the root in force.
std::vector<std::string> names_in(std::string_view directory)
{
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator{below(directory)})
        names.push_back(entry.path().filename());
    return names;
}

bool all_are_dead(const std::string&)
{
    return true;
}

// As one that is killed leaves it.
void leave(const UsbRule& left)
{
    const auto* forgotten = new OneShotRule{left}; // NOLINT: nobody takes it back
    static_cast<void>(forgotten);
}

} // namespace

TEST_CASE("one-shot rule: a host of today has it in a file of its own, for as long", "[device]")
{
    const Root root;
    make_directory(root, "/etc/qubes/policy.d");
    make_directory(root, "/etc/qubes-rpc/policy"); // which it has, too
    CHECK(root.run([] {
        const std::string name = "29-mgmt-usb-" + std::to_string(::getpid()) + ".policy";
        bool held = false;
        {
            const OneShotRule in_force_now{rule};
            held = names_in("/run/qubes/policy.d") == std::vector{name} &&
                   text_of(below("/run/qubes/policy.d/" + name)) ==
                       "# qubes-mgmt: sys-usb 2-1.4\n"
                       "qubes.USB +2-1.4 work sys-usb allow user=root\n";
        }
        return held && names_in("/run/qubes/policy.d").empty() &&
               names_in("/etc/qubes-rpc/policy").empty();
    }));
    CHECK(root.run([] {
        const OneShotRule of_dom0{{"work-dm", "dom0", "1-1"}};
        return text_of(below("/run/qubes/policy.d/" + names_in("/run/qubes/policy.d").at(0)))
            .ends_with("qubes.USB +1-1 work-dm @adminvm allow user=root\n");
    }));
}

TEST_CASE("one-shot rule: an older host has it as the first line of the service's file", "[device]")
{
    const Root root;
    make_directory(root, "/etc/qubes-rpc/policy");
    CHECK(root.run([] {
        bool held = false;
        {
            const OneShotRule in_force_now{rule};
            held = text_of(below(old_file)) == in_force;
        }
        return held && !fs::exists(below(old_file)) && names_in("/etc/qubes-rpc/policy").empty();
    }));
    const std::string others = "# mine\n$anyvm sys-usb ask\n";
    root.write(old_file, others);
    CHECK(root.run([&] {
        bool held = false;
        {
            const OneShotRule in_force_now{rule};
            held = text_of(below(old_file)) == std::string{in_force} + others;
        }
        return held && text_of(below(old_file)) == others;
    }));
    // What others add meanwhile stays.
    CHECK(root.run([&] {
        {
            const OneShotRule in_force_now{rule};
            std::ofstream{below(old_file), std::ios::app} << "work sys-net deny\n";
        }
        return text_of(below(old_file)) == others + "work sys-net deny\n";
    }));
}

TEST_CASE("one-shot rule: two backends with one port do not disturb each other", "[device]")
{
    const Root root;
    make_directory(root, "/etc/qubes-rpc/policy");
    CHECK(root.run([] {
        auto first = std::make_unique<OneShotRule>(rule);
        auto second = std::make_unique<OneShotRule>(UsbRule{"vault", "sys-net", "2-1.4"});
        first.reset();
        const bool one = text_of(below(old_file)) == "# qubes-mgmt: sys-net 2-1.4\n"
                                                     "vault sys-net allow,user=root\n";
        second.reset();
        return one && !fs::exists(below(old_file));
    }));
}

TEST_CASE("one-shot rule: what a dead process has left goes, and nothing else", "[device]")
{
    const auto only_sys_usb = [](const std::string& backend) { return backend == "sys-usb"; };
    SECTION("files of today")
    {
        const Root root;
        make_directory(root, "/etc/qubes/policy.d");
        const std::string live = "# qubes-mgmt: sys-net 1-1\nqubes.USB +1-1 a sys-net allow\n";
        root.write("/run/qubes/policy.d/29-mgmt-usb-1.policy", live);
        root.write("/run/qubes/policy.d/29-mgmt-usb-2.policy", "# qubes-mgmt: sys-usb ../x\n");
        root.write("/run/qubes/policy.d/29-mgmt-usb-3.policy", "* * @anyvm @anyvm deny\n");
        root.write("/run/qubes/policy.d/30-mine.policy", "# qubes-mgmt: sys-usb 2-1.4\n");
        CHECK(root.run([&] {
            leave(rule);
            const auto before = names_in("/run/qubes/policy.d").size();
            remove_left_rules(only_sys_usb);
            return before == 5 && names_in("/run/qubes/policy.d").size() == 4;
        }));
        CHECK(root.run([&] {
            remove_left_rules(all_are_dead);
            return names_in("/run/qubes/policy.d").size() == 3;
        }));
    }
    SECTION("lines of older files")
    {
        const Root root;
        const std::string others = "# mine\n$anyvm sys-usb ask\n";
        root.write(old_file, others);
        root.write("/etc/qubes-rpc/policy/qubes.USB", in_force);
        root.write("/etc/qubes-rpc/policy/qubes.USB+x", in_force);
        CHECK(root.run([&] {
            leave(rule);
            leave({"vault", "sys-net", "2-1.4"});
            leave({"vault", "sys-usb", "1-1"});
            remove_left_rules(only_sys_usb);
            return text_of(below(old_file)) == "# qubes-mgmt: sys-net 2-1.4\n"
                                               "vault sys-net allow,user=root\n" +
                                                   others &&
                   !fs::exists(below("/etc/qubes-rpc/policy/qubes.USB+1-1")) &&
                   text_of(below("/etc/qubes-rpc/policy/qubes.USB")) == in_force &&
                   text_of(below("/etc/qubes-rpc/policy/qubes.USB+x")) == in_force;
        }));
    }
    SECTION("nothing anywhere")
    {
        const Root root;
        CHECK(root.run([] {
            remove_left_rules(all_are_dead);
            return true;
        }));
    }
}

TEST_CASE("one-shot rule: a host without policy, and a file that is not ours to follow", "[device]")
{
    const Root root;
    CHECK(root.run([] {
        try {
            const OneShotRule in_force_now{rule};
        } catch (const Error& error) {
            return error.kind() == Failure::unsupported;
        }
        return false;
    }));
    root.write("/elsewhere", "secret\n");
    fs::create_symlink("/elsewhere", root.make_way(old_file));
    CHECK(root.run([] {
        try {
            const OneShotRule in_force_now{rule};
        } catch (const Error& error) {
            return error.kind() == Failure::failed && text_of(below("/elsewhere")) == "secret\n";
        }
        return false;
    }));
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/config.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

using namespace qmgmt;
using namespace std::chrono_literals;
using qmgmt::test::Listener;
using qmgmt::test::Root;

namespace {

constexpr std::string_view file = "/etc/qubes/mgmt.conf";

// What the log says when `text` is read and `body` asks.
std::vector<std::string> warnings_of(std::string_view text,
                                     const std::function<void(const Config&)>& body)
{
    const Root root;
    const Listener listener{root.make_way("/run/systemd/journal/socket")};
    REQUIRE(root.run([&] {
        body(Config{text});
        return true;
    }));
    std::vector<std::string> messages;
    while (const auto datagram = listener.next()) {
        const auto begin = datagram->find("\nMESSAGE=") + 9;
        messages.push_back(datagram->substr(begin, datagram->find('\n', begin) - begin));
    }
    return messages;
}

void ask_nothing(const Config&) {}

// Whether `body` finds what it expects in `text`. What it warns of goes to a scratch root.
bool holds(std::string_view text, const std::function<bool(const Config&)>& body)
{
    const Root root;
    return root.run([&] { return body(Config{text}); });
}

} // namespace

TEST_CASE("config: keys and values without the blanks around them", "[base]")
{
    const std::string_view text = "# a comment = no\n\n  hypervisor =  qemu:///session \t\r\n"
                                  "qubesdb=dir\n   # keep-backups = 3\nqemu-net = a = b";
    CHECK(holds(text, [](const Config& config) {
        return config.text("hypervisor", "auto") == "qemu:///session" &&
               config.text("qubesdb", "auto") == "dir" && config.text("qemu-net", "") == "a = b" &&
               config.integer("keep-backups", 7, 0, 100) == 7;
    }));
    CHECK(warnings_of(text, ask_nothing).empty());
}

TEST_CASE("config: of a key given twice the last counts", "[base]")
{
    CHECK(holds("qrexec = a\nqrexec = b\n",
                [](const Config& config) { return config.text("qrexec", "") == "b"; }));
}

TEST_CASE("config: a key without value is as if it was not there", "[base]")
{
    CHECK(holds("hypervisor =\n", [](const Config& config) {
        return config.text("hypervisor", "auto") == "auto" &&
               config.word("hypervisor", "auto", {"auto", "offline"}) == "auto";
    }));
}

TEST_CASE("config: one of several words", "[base]")
{
    const auto reply = [](std::string_view expected) {
        return [expected](const Config& config) {
            return config.word("denied-reply", "empty", {"empty", "exception"}) == expected;
        };
    };
    CHECK(holds("denied-reply = exception", reply("exception")));
    CHECK(holds("denied-reply = Exception", reply("empty")));
    CHECK(holds("", reply("empty")));
}

TEST_CASE("config: yes and no, nothing else", "[base]")
{
    const auto filter = [](bool otherwise, bool expected) {
        return [otherwise, expected](const Config& config) {
            return config.yes("list-filter", otherwise) == expected;
        };
    };
    CHECK(holds("list-filter = yes", filter(false, true)));
    CHECK(holds("list-filter = no", filter(true, false)));
    CHECK(holds("list-filter = true", filter(true, true)));
    CHECK(holds("list-filter = true", filter(false, false)));
}

TEST_CASE("config: numbers within their bounds", "[base]")
{
    const auto is = [](const std::string& text, std::int64_t expected) {
        return holds("keep-backups = " + text, [expected](const Config& config) {
            return config.integer("keep-backups", 7, 1, 100) == expected;
        });
    };
    CHECK(is("1", 1));
    CHECK(is("100", 100));
    for (const char* wrong : {"0", "101", "-5", "", "5x", "0x5", "5 6", "99999999999999999999"}) {
        INFO(wrong);
        CHECK(is(wrong, 7));
    }
}

TEST_CASE("config: seconds with decimals become milliseconds", "[base]")
{
    const auto is = [](const std::string& text, std::chrono::milliseconds expected) {
        return holds("timeout-start = " + text, [expected](const Config& config) {
            return config.seconds("timeout-start", 60s) == expected;
        });
    };
    CHECK(is("5", 5s));
    CHECK(is("0.1", 100ms));
    CHECK(is("1.25", 1250ms));
    CHECK(is("1.005", 1005ms));
    CHECK(is("86400", 24h));
    for (const char* wrong : {"0", "0.09", "86400.001", "-1", "-0.5", "1.", ".5", "1.2.3", "1.-5",
                              "1.0001", "1e3", "nan", "5s", "", "9999999999999999999"}) {
        INFO(wrong);
        CHECK(is(wrong, 60s));
    }
}

TEST_CASE("config: what nobody knows is logged with its line, the rest holds", "[base]")
{
    const std::string_view text = "hypervisor = offline\nhypervizor = offline\nno equals sign\n"
                                  "timeout- = 5\ntimeout-A = 5\ntimeout-x--y = 5\n= 5\n"
                                  "timeout-x-y = 5\n";
    const auto warnings = warnings_of(text, ask_nothing);
    REQUIRE(warnings.size() == 6);
    for (std::size_t i = 0; i < warnings.size(); ++i)
        CHECK(warnings[i] ==
              "mgmt.conf: line " + std::to_string(i + 2) + " is not known, ignoring");
    CHECK(holds(text, [](const Config& config) {
        return config.text("hypervisor", "auto") == "offline" &&
               config.seconds("timeout-x-y", 1s) == 5s;
    }));
}

TEST_CASE("config: every key of the design is known", "[base]")
{
    CHECK(warnings_of("hypervisor = x\nstore-dialect = x\nlist-filter = x\ndenied-reply = x\n"
                      "keep-backups = x\nfirewall-required = x\nqubesdb = x\nqrexec = x\n"
                      "qmemman = x\nqubes-libvirt = x\nqemu-net = x\nqemu-max-running = x\n"
                      "timeout-open = x\n",
                      ask_nothing)
              .empty());
}

TEST_CASE("config: a value that is not acceptable is logged with its key", "[base]")
{
    const auto warnings = warnings_of("keep-backups = many\n", [](const Config& config) {
        static_cast<void>(config.integer("keep-backups", 7, 1, 100));
        static_cast<void>(config.integer("qemu-max-running", 7, 1, 100));
    });
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0] == "mgmt.conf: the value of keep-backups is not acceptable, ignoring");
}

TEST_CASE("config: the file of the root in force is read, a missing one is empty", "[base]")
{
    const Root root;
    CHECK(root.run([] { return config().text("hypervisor", "auto") == "auto"; }));
    root.write(file, "hypervisor = offline\n");
    CHECK(root.run([] { return config().text("hypervisor", "auto") == "offline"; }));
}

TEST_CASE("config: a line cut by the limit of 64 KiB does not count", "[base]")
{
    const Root root;
    std::string text = "qrexec = a\n#" + std::string(65536, '-');
    text.resize(65536 - 19);
    text += "\nkeep-backups = 1234\n"; // the limit falls into the number
    REQUIRE(text.size() == 65538);
    root.write(file, text);
    CHECK(root.run([] {
        return config().text("qrexec", "") == "a" &&
               config().integer("keep-backups", 7, 1, 9999) == 7;
    }));
    text.erase(20, 2);
    root.write(file, text);
    CHECK(root.run([] { return config().integer("keep-backups", 7, 1, 9999) == 1234; }));
}

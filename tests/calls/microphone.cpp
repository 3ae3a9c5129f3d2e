// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who hears the microphone: firewall-devices.md 2.11. QubesDB's and qrexec's programs are
// stand-ins, which keep what they are told; the qubes run on a simulated hypervisor.

#include "calls/simulated.hpp"
#include "support/catch.hpp"
#include "support/fake_qrexec.hpp"
#include "support/fake_qubesdb.hpp"

#include <filesystem>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;
using simulated::with_feature;
using simulated::with_property;

namespace {

namespace fs = std::filesystem;

constexpr const char* attach = "vm.microphone.Attach";
constexpr const char* detach = "vm.microphone.Detach";
constexpr const char* list = "vm.device.mic.List";

std::string store_with_audio(std::string_view audiovm)
{
    return with_property(simulated::store_without_network(), "work", "audiovm", audiovm);
}

// `work` runs; the audio daemon does at once what it is told, unless it is asleep.
struct AudioHost : Host {
    explicit AudioHost(std::string_view audiovm = "dom0", const std::string& text = "")
        : Host{text.empty() ? store_with_audio(audiovm) : text,
               "store-dialect = current\nqubesdb = required\nqrexec = auto\n"},
          audio{audiovm}
    {
        add_qubesdb(root);
        add_qrexec(root);
        fs::create_directories(root.below("/qdb/dom0"));
        if (audio != "dom0")
            gives({audio, "vm.Start"}, "");
        gives({"work", "vm.Start"}, "");
        wake(true);
    }

    std::string audio;

    // As the daemon of the sound does: what is so follows what is allowed.
    void wake(bool awake) const
    {
        const std::string file = root.below("/qdb/" + audio + "/=audio-input=work");
        fs::remove(file);
        if (awake)
            fs::create_symlink("=audio-input-config=work", file);
    }
    [[nodiscard]] std::string told(const std::string& key) const
    {
        const auto table = qubesdb_table(root.path(), audio);
        const auto at = table.find(key + "/work");
        return at == table.end() ? "nothing" : at->second;
    }
    void refuses(const Ask& ask, Failure kind) const
    {
        INFO(describe(ask));
        check_refusal(run_call(root, ask), full_name(ask.call), kind);
    }
};

} // namespace

TEST_CASE("firewall-devices.md V35: Attach writes what is allowed into the table of the audio qube")
{
    const AudioHost host;
    host.gives({"work", attach}, "");
    CHECK(host.told("/audio-input-config") == "1");
    CHECK(host.count("work", "device-attach:mic") == 1);
    host.gives({"work", attach}, "");
    CHECK(host.count("work", "device-attach:mic") == 1);
    host.gives({"work", list}, "dom0+mic\n");
    host.gives({"work", "vm.device.mic.Attach", "dom0+mic"}, "");
    check_exception(run_call(host.root, {"work", "admin.vm.device.mic.Attach", "dom0+mic"}),
                    failure::device_attached);
}

TEST_CASE("firewall-devices.md V36: a halted qube hears nothing")
{
    const AudioHost host;
    host.refuses({"mgr", attach}, Failure::wrong_state);
    host.refuses({"mgr", detach}, Failure::not_found);
    host.gives({"mgr", list}, "");
    host.refuses({"dom0", attach}, Failure::bad_value);
}

TEST_CASE("firewall-devices.md V37: Detach takes it back")
{
    const AudioHost host;
    host.refuses({"work", detach}, Failure::not_found);
    host.gives({"work", attach}, "");
    host.gives({"work", detach}, "");
    CHECK(host.told("/audio-input-config") == "0");
    CHECK(host.count("work", "device-detach:mic") == 1);
    host.gives({"work", list}, "");
    host.refuses({"work", detach}, Failure::not_found);
    host.gives({"work", "vm.device.mic.Attach", "dom0+mic"}, "");
    host.gives({"work", "vm.device.mic.Detach", "dom0+mic"}, "");
    CHECK(host.told("/audio-input-config") == "0");
}

TEST_CASE("microphone: the audio qube may be any, and must run")
{
    const AudioHost host{"sys-net"};
    host.gives({"work", attach}, "");
    CHECK(host.told("/audio-input-config") == "1");
    host.gives({"work", detach}, "");
    host.gives({"sys-net", "vm.Kill"}, "");
    host.refuses({"work", attach}, Failure::wrong_state);
    host.refuses({"work", detach}, Failure::not_found);

    const AudioHost without{"dom0", store_with_audio("")};
    without.refuses({"work", attach}, Failure::bad_value);
    without.gives({"work", list}, "");
}

TEST_CASE("microphone: an audio qube of today is asked by its services")
{
    std::string text = store_with_audio("sys-net");
    for (const char* const service : {"qubes.AudioInputEnable", "qubes.AudioInputDisable"})
        text =
            with_feature(std::move(text), "sys-net", "supported-rpc." + std::string{service}, "1");
    const AudioHost host{"sys-net", text};
    const std::string file = "../qdb/sys-net/=audio-input-config=$2";
    set_service(host.root, "qubes.AudioInputEnable", "printf 1 > " + file);
    set_service(host.root, "qubes.AudioInputDisable", "printf 0 > " + file);
    host.gives({"work", attach}, "");
    CHECK(host.root.read("/qrexec/ran") ==
          "sys-net root:QUBESRPC qubes.AudioInputEnable+work dom0 < \n");
    host.gives({"work", list}, "dom0+mic\n");
    host.gives({"work", detach}, "");
    CHECK(host.root.read("/qrexec/ran")
              .ends_with("sys-net root:QUBESRPC qubes.AudioInputDisable+work dom0 < \n"));
    set_service(host.root, "qubes.AudioInputEnable", "exit 1");
    host.refuses({"work", attach}, Failure::failed);
    host.gives({"work", list}, "");
}

TEST_CASE("microphone: a daemon that does not follow is waited for three seconds, and said")
{
    const AudioHost host;
    host.wake(false);
    const auto begin = std::chrono::steady_clock::now();
    const Outcome outcome = run_call(host.root, {"work", attach});
    const auto span = std::chrono::steady_clock::now() - begin;
    CHECK(outcome.status == 0);
    CHECK(outcome.err.find("is not switched yet") != std::string::npos);
    CHECK(span >= std::chrono::seconds{3});
    CHECK(host.told("/audio-input-config") == "1");
    CHECK(host.told("/audio-input") == "nothing"); // it is the daemon's to write
}

TEST_CASE("microphone: a qube that starts has none of what it had, but what it is given for good")
{
    const AudioHost host;
    host.gives({"work", attach}, "");
    host.root.write("/qdb/dom0/=audio-input-request=work", "1");
    host.root.write("/qdb/dom0/=audio-input-config=worker", "1");
    host.gives({"work", "vm.Kill"}, "");
    host.gives({"work", "vm.Start"}, "");
    for (const char* const key : {"/audio-input-config", "/audio-input", "/audio-input-request"})
        CHECK(host.told(key) == "nothing");
    CHECK(host.root.read("/qdb/dom0/=audio-input-config=worker") == "1");
    host.gives({"work", list}, "");

    host.wake(true);
    host.gives({"work", "vm.device.mic.Attach", "dom0+mic", "persistent=yes"}, "");
    host.gives({"work", "vm.Kill"}, "");
    host.gives({"work", list}, "dom0+mic\n");
    // No daemon follows now: what it wrote is gone.
    const Outcome started = run_call(host.root, {"work", "vm.Start"});
    CHECK(started.status == 0);
    CHECK(started.err.find("is not switched yet") != std::string::npos);
    CHECK(host.told("/audio-input-config") == "1");
    host.wake(true);
    host.gives({"work", detach}, "");
    CHECK(host.told("/audio-input-config") == "0");
    host.gives({"work", list}, "");
}

TEST_CASE("microphone: it is one device of dom0, without options")
{
    const AudioHost host;
    host.gives({"dom0", "vm.device.mic.Available"}, "dom0+mic\n");
    host.gives({"work", "vm.device.mic.Available"}, "");
    host.gives({"dom0", "admin.vm.device.mic.Available"},
               std::string{"0\0", 2} +
                   "mic:dom0:mic::m000000 device_id='dom0:mic::m000000' port_id='mic' "
                   "devclass='mic' backend_domain='dom0' product='microphone' "
                   "manufacturer='default' interfaces='m000000'\n");
    host.refuses({"work", "vm.device.mic.Attach", "dom0+mic", "read-only=yes"}, Failure::bad_value);
    host.refuses({"work", "vm.device.mic.Attach", "dom0+mic2"}, Failure::not_found);
    host.refuses({"work", "vm.device.mic.Attach", "sys-net+mic"}, Failure::not_found);
    host.refuses({"work", attach, "mic"}, Failure::protocol);
    host.refuses({"work", attach, "", "x"}, Failure::protocol);
}

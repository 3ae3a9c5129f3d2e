// SPDX-License-Identifier: GPL-2.0-or-later
//
// USB devices from one qube to another: firewall-devices.md 2.10. The programs of QubesDB and of
// qrexec are stand-ins, which keep what they are told; the qubes run on a simulated hypervisor.

#include "calls/simulated.hpp"
#include "support/catch.hpp"
#include "support/fake_qrexec.hpp"
#include "support/fake_qubesdb.hpp"

#include <filesystem>

using namespace qmgmt;
using namespace qmgmt::test;
using simulated::Host;

namespace {

namespace fs = std::filesystem;

constexpr const char* attach = "vm.device.usb.Attach";
constexpr const char* detach = "vm.device.usb.Detach";
constexpr const char* list = "vm.device.usb.List";
constexpr const char* available = "vm.device.usb.Available";
const std::string stick = "sys-net+2-1.4";
const std::string top = "/qubes-usb-devices/";

// What the programs of both ends do: the backend's table says who has the device.
constexpr std::string_view really_attaches =
    "target=${1%-dm}\n"
    "set -- $3\n"
    "cp -r ../run/qubes/policy.d seen 2>/dev/null || cp -r ../etc/qubes-rpc/policy seen\n"
    "cd ../qdb/$1 && printf %s $target > \"=qubes-usb-devices=$(echo $2 | tr . _)=connected-to\"";
constexpr std::string_view really_detaches =
    "rm ../qdb/$1/\"=qubes-usb-devices=$(echo $3 | tr . _)=connected-to\"";

// sys-net has devices; it and `work` run.
struct UsbHost : Host {
    explicit UsbHost(const std::string& text = simulated::store_without_network(),
                     std::string_view lines = "qubesdb = required\nqrexec = auto\n")
        : Host{text, lines}
    {
        add_qubesdb(root);
        add_qrexec(root);
        fs::create_directories(root.below("/etc/qubes/policy.d"));
        set_service(root, "qubes.USBAttach", really_attaches);
        set_service(root, "qubes.USBDetach", really_detaches);
        gives({"sys-net", "vm.Start"}, "");
        gives({"work", "vm.Start"}, "");
        say("2-1_4", "");
        say("2-1_4/desc", "0951:1666 Acme DataKey_(stick) 1C6F");
        say("2-1_4/interfaces", "080650");
        say("1-2", "");
        say("1-2/desc", "046d:c52b Acme Mouse ");
        say("1-2/interfaces", "030102:030101");
        root.write("/usr/share/hwdata/usb.ids", "046d  Logitech\n\tc52b  Receiver\n"
                                                "0951  Kingston\n\t1666  DataTraveler\n");
    }

    void say(const std::string& key, std::string_view value,
             const std::string& qube = "sys-net") const
    {
        std::string file = top + key;
        std::ranges::replace(file, '/', '=');
        root.write("/qdb/" + qube + "/" + file, value);
    }
    [[nodiscard]] std::string ran() const { return root.read("/qrexec/ran"); }
    [[nodiscard]] std::vector<std::string> policy() const
    {
        std::vector<std::string> names;
        for (const char* const directory : {"/run/qubes/policy.d", "/etc/qubes-rpc/policy"}) {
            if (!root.exists(directory))
                continue;
            for (const auto& entry : fs::directory_iterator{root.below(directory)})
                names.push_back(entry.path().filename());
        }
        return names;
    }
    // The only file of policy there was while the frontend asked for the device.
    [[nodiscard]] std::string policy_seen() const
    {
        std::vector<fs::path> files;
        for (const auto& entry : fs::directory_iterator{root.below("/qrexec/seen")})
            files.push_back(entry.path());
        REQUIRE(files.size() == 1);
        return files[0].filename().string() + "\n" +
               root.read("/qrexec/seen/" + files[0].filename().string());
    }
    void refuses(const Ask& ask, Failure kind) const
    {
        INFO(describe(ask));
        check_refusal(run_call(root, ask), "mgmt." + ask.call, kind);
    }
};

} // namespace

TEST_CASE("vm.device.usb: what a running qube exposes, and what it says of it "
          "(firewall-devices.md 2.3 2.4)")
{
    const UsbHost host;
    host.gives({"sys-net", available}, "sys-net+1-2\nsys-net+2-1.4\n");
    host.gives({"sys-net", available, "2-1.4"}, "sys-net+2-1.4\n");
    host.gives({"sys-net", available, "9-9"}, "");
    host.gives({"work", available}, "");
    host.gives({"mgr", available}, "");
    host.gives({"dom0", available}, "");
    const std::string zero{"0\0", 2};
    host.gives({"sys-net", "admin.vm.device.usb.Available"},
               zero + "1-2:046d:c52b::u030102u030101 device_id='046d:c52b::u030102u030101' "
                      "port_id='1-2' devclass='usb' backend_domain='sys-net' vendor='Logitech' "
                      "product='Receiver' manufacturer='Acme' name='Mouse' "
                      "interfaces='u030102u030101'\n"
                      "2-1.4:0951:1666:1C6F:u080650 device_id='0951:1666:1C6F:u080650' "
                      "port_id='2-1.4' devclass='usb' backend_domain='sys-net' vendor='Kingston' "
                      "product='DataTraveler' manufacturer='Acme' name='DataKey (stick)' "
                      "serial='1C6F' interfaces='u080650'\n");
}

TEST_CASE("firewall-devices.md V24: a USB device has no options")
{
    const UsbHost host;
    host.refuses({"work", attach, stick, "read-only=yes"}, Failure::bad_value);
    host.refuses({"work", attach, stick, "no-strict-reset=yes"}, Failure::bad_value);
    CHECK(host.ran().empty());
    CHECK(host.policy().empty());
}

TEST_CASE("firewall-devices.md V25: the frontend asks for the device, and policy lets it for as "
          "long")
{
    const UsbHost host;
    host.gives({"work", attach, stick}, "");
    CHECK(host.ran() == "work root:QUBESRPC qubes.USBAttach dom0 < sys-net 2-1.4\n");
    const std::string seen = host.policy_seen();
    CHECK(seen.starts_with("29-mgmt-usb-"));
    CHECK(seen.find(".policy\n# qubes-mgmt: sys-net 2-1.4\n"
                    "qubes.USB +2-1.4 work sys-net allow user=root\n") != std::string::npos);
    CHECK(host.policy().empty());
    host.gives({"work", list}, "sys-net+2-1.4\n");
    host.gives({"sys-firewall", list}, "");
    CHECK(host.count("work", "device-attach:usb") == 1);

    // The same again; for another qube; what goes with it.
    host.gives({"work", attach, stick}, "");
    check_exception(run_call(host.root, {"work", "admin.vm.device.usb.Attach", stick}),
                    failure::device_attached);
    host.gives({"sys-firewall", "vm.Start"}, "");
    host.refuses({"sys-firewall", attach, stick}, Failure::in_use);
    CHECK(host.ran().find('\n') == host.ran().size() - 1);

    host.gives({"work", detach, stick}, "");
    CHECK(host.ran().ends_with("\nsys-net root:QUBESRPC qubes.USBDetach dom0 < 2-1.4\n"));
    host.gives({"work", list}, "");
    CHECK(host.count("work", "device-detach:usb") == 1);
    host.refuses({"work", detach, stick}, Failure::not_found);
}

TEST_CASE("firewall-devices.md V25: on an older host policy is a line of the service's file")
{
    const UsbHost host;
    fs::remove_all(host.root.below("/etc/qubes/policy.d"));
    fs::remove_all(host.root.below("/run/qubes/policy.d"));
    fs::create_directories(host.root.below("/etc/qubes-rpc/policy"));
    host.gives({"work", attach, stick}, "");
    CHECK(host.policy_seen() == "qubes.USB+2-1.4\n# qubes-mgmt: sys-net 2-1.4\n"
                                "work sys-net allow,user=root\n");
    CHECK(host.policy().empty());

    fs::remove_all(host.root.below("/etc/qubes-rpc/policy"));
    host.gives({"work", detach, stick}, "");
    host.refuses({"work", attach, stick}, Failure::unsupported);
}

TEST_CASE("firewall-devices.md V25: whatever becomes of an attach, policy is as it was")
{
    const UsbHost host;
    struct Row {
        std::string_view script;
        Failure kind;
    };
    for (const Row& row : {Row{"exit 127", Failure::unsupported},
                           {"exit 1", Failure::failed},
                           {"kill -9 $$", Failure::failed}}) {
        INFO(row.script);
        set_service(host.root, "qubes.USBAttach", row.script);
        host.refuses({"work", attach, stick}, row.kind);
        CHECK(host.policy().empty());
        host.gives({"work", list}, "");
        CHECK(host.count("work", "device-attach:usb") == 0);
    }
    // One that hangs until the caller's time is up; and one of which the call is killed.
    set_service(host.root, "qubes.USBAttach", "touch begun; exec sleep 60");
    const Outcome late = run_local(host.root, "mgmt.vm.device.usb.Attach",
                                   {"--dest=work", "--timeout=1.5", "--arg=" + stick});
    INFO(late.err);
    CHECK(late.status == static_cast<int>(Failure::timeout));
    fs::remove(host.root.below("/qrexec/begun"));
    {
        Process call{remote_command(host.root, {"work", attach, stick})};
        for (int i = 0; i < 1000 && !host.root.exists("/qrexec/begun"); ++i)
            ::usleep(10'000);
        REQUIRE(host.root.exists("/qrexec/begun"));
        call.kill_now();
    }
    CHECK(host.policy().size() == 1);
    // The next one finds what that has left; and the next boot.
    set_service(host.root, "qubes.USBAttach", really_attaches);
    host.gives({"work", attach, stick}, "");
    CHECK(host.policy_seen().find("qubes.USB +2-1.4 work sys-net") != std::string::npos);
    CHECK(host.policy().empty());
    fs::create_directories(host.root.below("/etc/qubes-rpc/policy"));
    const std::string others = "$anyvm $anyvm deny\n";
    host.root.write("/etc/qubes-rpc/policy/qubes.USB+1-2",
                    "# qubes-mgmt: sys-net 1-2\nwork sys-net allow,user=root\n" + others);
    Command boot = local_command(host.root, "vm.List", {});
    boot.words[0] = "qubes-mgmt-boot";
    boot.program = fs::path{boot.program}.replace_filename(boot.words[0]);
    const Outcome booted = run(std::move(boot));
    INFO(booted.err << booted.out);
    CHECK(booted.status == 0);
    CHECK(host.root.read("/etc/qubes-rpc/policy/qubes.USB+1-2") == others);
}

TEST_CASE("vm.device.usb.Attach: the qubes at both ends run, and the device is there "
          "(firewall-devices.md 2.5)")
{
    const UsbHost host;
    host.refuses({"work", attach, "sys-net+9-9"}, Failure::not_found);
    host.refuses({"work", attach, "nosuch+2-1.4"}, Failure::not_found);
    host.refuses({"work", attach, "mgr+2-1.4"}, Failure::not_found);
    host.refuses({"work", attach, "2-1.4"}, Failure::protocol);
    host.refuses({"mgr", attach, stick}, Failure::wrong_state);
    host.refuses({"dom0", attach, stick}, Failure::bad_value);
    host.gives({"work", "vm.Pause"}, "");
    host.refuses({"work", attach, stick}, Failure::wrong_state);
    host.gives({"work", "vm.Unpause"}, "");
    fs::remove(host.root.below(qrexec_client_path));
    host.refuses({"work", attach, stick}, Failure::unsupported);
    CHECK(host.policy().empty());
    CHECK(host.ran().empty());
}

TEST_CASE("firewall-devices.md V27: whom a device is connected to is believed only of qubes")
{
    const UsbHost host;
    for (const char* const user : {"../etc", "nosuch", "work-dm", ""}) {
        INFO(user);
        host.say("2-1_4/connected-to", user);
        host.gives({"work", attach, stick}, "");
        host.gives({"work", detach, stick}, "");
    }
    host.say("2-1_4/connected-to", "mgr");
    host.refuses({"work", attach, stick}, Failure::in_use);
}

TEST_CASE("vm.device.usb: a table of a hostile qube costs nothing but its devices")
{
    const UsbHost host;
    for (int i = 0; i < 400; ++i)
        host.say("3-" + std::to_string(i), "");
    host.say("4-1/desc", std::string(3000, '\''));
    host.say("5-1/interfaces", std::string(3000, ':'));
    host.say("..", "x");
    const std::string rows = host.reply({"sys-net", available});
    CHECK(std::ranges::count(rows, '\n') == 256);
    for (const char c : host.reply({"sys-net", "admin.vm.device.usb.Available"}).substr(2))
        CHECK((c == '\n' || (c >= ' ' && c <= '~')));
}

TEST_CASE("vm.device.usb: with persistent=yes it is given for good, there or not")
{
    const UsbHost host;
    host.gives({"mgr", attach, stick, "persistent=yes"}, "");
    host.gives({"mgr", list}, "sys-net+2-1.4\n");
    CHECK(host.ran().empty());
    host.gives({"mgr", "vm.Start"}, "");
    CHECK(host.ran() == "mgr root:QUBESRPC qubes.USBAttach dom0 < sys-net 2-1.4\n");
    CHECK(host.policy().empty());
    host.gives({"mgr", detach, stick}, "");
    host.gives({"mgr", list}, "");
    host.gives({"work", attach, stick, "persistent=yes"}, "");
    CHECK(host.ran().find("qubes.USBAttach") != std::string::npos);
    host.gives({"work", list}, "sys-net+2-1.4\n");
}

TEST_CASE("vm.device.usb: without QubesDB nobody exposes any (firewall-devices.md V39)")
{
    const Host host{simulated::store_without_network(), "qubesdb = off\n"};
    host.gives({"sys-net", "vm.Start"}, "");
    const Outcome outcome = run_call(host.root, {"sys-net", available});
    CHECK(outcome.status == 0);
    CHECK(outcome.out.empty());
}

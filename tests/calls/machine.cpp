// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/machine.hpp"

#include "calls/world.hpp"
#include "support/catch.hpp"
#include "support/store_view.hpp"

#include <algorithm>
#include <filesystem>
#include <regex>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace qmgmt::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

ScratchRoot& filled(ScratchRoot& root, const std::string& guest)
{
    root.make_images();
    const std::string image = "/var/lib/qm-lvm/vm-templates/fedora-25/root.img";
    root.write(image, guest);
    ::chmod(root.below(image).c_str(), 0600);
    // Its volumes are those of its class, not written out in the store.
    root.write("/var/lib/qm-lvm/appvms/sys-firewall/private.img", "");
    fs::resize_file(root.below("/var/lib/qm-lvm/appvms/sys-firewall/private.img"), 2147483648);
    root.write("/var/lib/qubes/appvms/work/notes.txt", "");
    return root;
}

template<typename Condition>
bool comes_true(milliseconds limit, Condition condition)
{
    const auto end = Clock::now() + limit;
    while (!condition()) {
        if (Clock::now() > end)
            return false;
        std::this_thread::sleep_for(milliseconds{100});
    }
    return true;
}

} // namespace

std::string store_of_guests()
{
    std::string store = with(store_text_on_files(), R"(<property name="default_kernel">4.8.12-12<)",
                             R"(<property name="default_kernel"><)");
    store = std::regex_replace(store, std::regex{"vid=\"4.8.12-12\""}, "vid=\"\"");
    store = with(store, R"(<feature name="qrexec">1</feature>)", R"(<feature name="qrexec"/>)");
    store = with(store, R"(<property name="memory">600<)",
                 "<property name=\"maxmem\">0</property>\n"
                 "        <property name=\"memory\">32<");
    store = with(store, R"(<property name="maxmem">400<)",
                 "<property name=\"maxmem\">0</property>\n"
                 "        <property name=\"memory\">32<");
    return with(store, R"(<property name="name">sys-firewall<)",
                "<property name=\"maxmem\">0</property>\n"
                "        <property name=\"memory\">32</property>\n"
                "        <property name=\"name\">sys-firewall<");
}

std::string store_without_network()
{
    const std::string uuid =
        "<property name=\"uuid\">" + std::string{work_uuid} + "</property>\n        ";
    return with(store_of_guests(), uuid, uuid + "<property name=\"netvm\"></property>\n        ");
}

Machine::Machine(const std::string& store, const std::string& guest)
    : root{store}, session{filled(root, guest)}
{
}

void Machine::gives(const Ask& ask, std::string_view reply) const
{
    INFO(describe(ask));
    const Outcome outcome = session.run_call(ask);
    CHECK(outcome.err == "");
    CHECK(outcome.out == reply);
    CHECK(outcome.status == 0);
}

void Machine::fails(const Ask& ask, FailureType type) const
{
    INFO(describe(ask));
    const std::string before = root.store();
    check_refusal(session.run_call(ask), full_name(ask.call), type.kind);
    Ask framed = ask;
    framed.call = framed_name(ask.call);
    if (!framed.call.empty())
        check_exception(session.run_call(framed), type);
    CHECK(root.store() == before);
}

std::string Machine::state(const std::string& qube) const
{
    const std::string row = session.run_call({qube, "vm.List"}).out;
    const auto at = row.find(" state=");
    return at == std::string::npos ? row : row.substr(at + 7, row.find('\n') - at - 7);
}

void Machine::await(const std::string& qube, std::string_view wanted, milliseconds limit) const
{
    INFO(qube << " becomes " << wanted);
    std::string now;
    CHECK(comes_true(limit, [&] {
        now = state(qube);
        return now == wanted;
    }));
}

void Machine::await_guest(const std::string& qube) const
{
    INFO("the guest of " << qube << " speaks");
    CHECK(wait_for_sign_of_life(root.below("/run/qubes-mgmt/console/" + qube + ".log"),
                                Deadline::in(std::chrono::seconds{60})));
}

void Machine::check_tidy(const std::string& qube) const
{
    INFO("what is left of " << qube);
    CHECK(state(qube) == "Halted");
    const StoreView view{root.store()};
    const std::string uuid = view.property(qube, "uuid").value_or("");
    CHECK(!root.exists("/run/qubes-mgmt/run/" + uuid));
    for (const auto& entry : fs::directory_iterator{root.below("/run/qubes")}) {
        INFO(entry.path());
        if (entry.path().filename().string().starts_with("volume-running-"))
            CHECK(root.read("/run/qubes/" + entry.path().filename().string()).find(qube) ==
                  std::string::npos);
    }
    for (const char* const pool : {"/var/lib/qm-lvm", "/var/lib/qubes"}) {
        for (const char* const role : {"root", "private", "volatile"})
            CHECK(!root.exists(std::string{pool} + "/appvms/" + qube + "/" + role + "-dirty.img"));
    }
    gives({qube, "vm.Kill"}); // takes the lock
}

void Machine::add_hook(std::string_view event, std::string_view name, std::string_view script) const
{
    const std::string path =
        "/etc/qubes/mgmt-hooks/" + std::string{event} + ".d/" + std::string{name};
    root.write(path, "#!/bin/sh\n" + std::string{script} + "\n");
    ::chmod(root.below(path).c_str(), 0755);
}

} // namespace qmgmt::test

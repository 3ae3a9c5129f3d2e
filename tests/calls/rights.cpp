// SPDX-License-Identifier: GPL-2.0-or-later
//
// Each call as it is built tries, after its work, what its description does not declare. A kernel
// without Landlock leaves files out, and says so.

#include "calls/world.hpp"
#include "confine/landlock.hpp"
#include "support/catch.hpp"
#include "support/pci_tree.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdio>
#include <map>
#include <sstream>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using Json = nlohmann::json;
using Findings = std::map<std::string, long>;

bool has_landlock()
{
    static const bool present = [] {
        const bool found = landlock_version() > 0;
        if (!found)
            std::puts("this kernel has no Landlock: what calls may open is not tested");
        return found;
    }();
    return present;
}

// A store whose second pool stands outside the store's directory, and a file that no call declares.
struct Probed : World {
    Probed() : World{store_text_on_files()}
    {
        root.make_images();
        root.write("/home/user/secret", "nobody's business\n");
        root.write("/var/lib/qm-lvm/image", "of a pool\n");
        root.write("/var/lib/qubes-mgmt/kept", "across boots\n");
        root.environment()["LD_PRELOAD"] = probe_object();
        root.environment()["QMGMT_PROBE_FILES"] =
            "secret=" + root.below("/home/user/secret") +
            " pool=" + root.below("/var/lib/qm-lvm/image") +
            " lasting=" + root.below("/var/lib/qubes-mgmt/kept") +
            " store=" + root.below(store_path) + " hosts=/etc/hosts";
    }

    [[nodiscard]] Findings findings(const Outcome& outcome) const
    {
        Findings found;
        std::istringstream lines{outcome.err};
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words{line};
            std::string probe;
            std::string what;
            long result = 0;
            if (words >> probe >> what >> result && probe == "probe")
                found[what] = result;
        }
        return found;
    }
};

Json description(std::string_view program)
{
    const World world;
    const Outcome outcome = run_local(world.root, program, {"--describe"});
    REQUIRE(outcome.status == 0);
    return Json::parse(outcome.out);
}

bool needs(const Json& spec, std::string_view what)
{
    for (const Json& need : spec["needs"])
        if (need == what)
            return true;
    return false;
}

// A request that passes the contract; whether the call then finds what it is asked for does not
// matter.
Ask request_for(std::string_view name, const Json& spec)
{
    Ask ask{"dom0", std::string{name}};
    if (spec["destination"] == "qube" || spec["destination"] == "not-dom0")
        ask.dest = "work";
    if (spec["argument"] == "required")
        ask.argument = "xid"; // of all properties the one that needs the most
    if (spec["input"] == "required")
        ask.payload = "x";
    if (name.ends_with(
            ".pool.Add")) // of the drivers that this user can have one that needs the most
        ask.payload = ::geteuid() == 0 ? "driver=lvm_thin\nvolume_group=group\nthin_pool=pool"
                                       : "driver=file-reflink\ndir_path=/var/lib/qm-lvm";
    return ask;
}

// A call that ends when nobody listens any more.
Outcome listen(const ScratchRoot& root, const Ask& ask)
{
    Process process{remote_command(root, ask)};
    static_cast<void>(
        process.says_within(call_deadline, [](const std::string& said) { return !said.empty(); }));
    process.close_output();
    return process.finish();
}

// What holds for every call.
void check_basics(const Findings& found, bool backup = false)
{
    CHECK(found.at("no-new-privileges") == 1);
    CHECK(found.at("filter") == 2);
    CHECK(found.at("execve") == EPERM);
    CHECK(found.at("fork") == EPERM);
    CHECK(found.at("signal") == EPERM);
    CHECK(found.at("socket-inet") == EPERM);
    CHECK(found.at("socket-netlink") == EPERM);
    CHECK(found.at("limit-core") == 0);
    CHECK(found.at("limit-files") <= (backup ? 8192 : 256));
    CHECK(found.at("limit-memory") == (backup ? -1 : 512L << 20));
}

void check_files(const Findings& found, bool changes, bool storage)
{
    for (const char* what : {"secret", "hosts"})
        for (const char* verb : {"read-", "write-", "make-"})
            CHECK(found.at(std::string{verb} + what) == EACCES);
    CHECK(found.at("read-store") == 0);
    CHECK(found.at("write-store") == (changes ? 0 : EACCES));
    CHECK(found.at("make-store") == (changes ? 0 : EACCES));
    CHECK(found.at("read-lasting") == (changes ? 0 : EACCES));
    CHECK(found.at("write-lasting") == (changes ? 0 : EACCES));
    CHECK(found.at("read-pool") == (storage ? 0 : EACCES));
    CHECK(found.at("write-pool") == (storage && changes ? 0 : EACCES));
}

// Which of the needs a call has whose description says so may depend on its argument, or on its
// form.
bool by_request(std::string_view name)
{
    return name.starts_with("mgmt.vm.device.") ||
           name.find(".property.") != std::string_view::npos ||
           (name.ends_with(".pool.Add") && ::geteuid() != 0);
}

} // namespace

TEST_CASE("rights: no call can do what its description does not declare")
{
    std::size_t tried = 0;
    for (const std::string& name : built_calls()) {
        const Json spec = description(name);
        const std::string variant = spec.value("variant", "");
        if (spec.contains("variants") && !spec["variants"].empty() && variant.empty())
            continue; // describes its classes and does nothing
        const Ask ask = request_for(name, spec);
        const Probed world;
        const bool events = needs(spec, "events");
        const Outcome outcome = events ? listen(world.root, ask) : run_call(world.root, ask);
        INFO(describe(ask) << ": " << outcome.err);
        const Findings found = world.findings(outcome);
        REQUIRE(found.contains("execve"));
        const bool backup = needs(spec, "backup");
        check_basics(found, backup);
        const bool changes = spec["effect"] != "read";
        const bool hypervisor = needs(spec, "hypervisor");
        const bool storage = needs(spec, "storage");
        if (!by_request(name)) {
            CHECK(found.at("socket-unix") == (changes || hypervisor ? 0 : EPERM));
            CHECK(found.at("limit-seconds") == (storage || backup || events ? -1 : 60));
            if (has_landlock())
                check_files(found, changes, storage);
        } else if (!storage) {
            CHECK(found.at("limit-seconds") == 60);
        }
        ++tried;
    }
    CHECK(tried >= 60);
}

TEST_CASE("rights: the argument of a property call decides what it needs")
{
    struct Row {
        const char* call;
        const char* property;
        bool hypervisor;
        bool storage;
    };
    for (const Row& row : {Row{"vm.property.Get", "memory", false, false},
                           Row{"vm.property.Get", "xid", true, false},
                           Row{"vm.property.Get", "kernelopts", false, false}, // kernels alone
                           Row{"vm.property.GetDefault", "kernelopts", false, false}}) {
        const Probed world;
        const Ask ask{"work", row.call, row.property};
        INFO(describe(ask));
        const Findings found = world.findings(run_call(world.root, ask));
        REQUIRE(found.contains("execve"));
        check_basics(found);
        CHECK(found.at("socket-unix") == (row.hypervisor ? 0 : EPERM));
        if (has_landlock())
            check_files(found, false, row.storage);
    }
}

TEST_CASE("rights: a listing of devices asks the hypervisor only for who has them")
{
    for (const bool framed : {false, true}) {
        Probed world;
        PciTree{world.root.below("/sys")}.add("pci0000:00/0000:00:1f.3", "040300", "8086", "a348");
        world.root.write("/sys/devices/secret", "not of PCI\n");
        const std::string device = world.root.below("/sys/devices/pci0000:00/0000:00:1f.3/class");
        world.root.environment()["QMGMT_PROBE_FILES"] +=
            " device=" + device + " other=" + world.root.below("/sys/devices/secret");
        const Ask ask{"dom0", framed ? "admin.vm.device.pci.Available" : "vm.device.pci.Available"};
        INFO(describe(ask));
        const Outcome outcome = run_call(world.root, ask);
        CHECK(outcome.out.find("00_1f.3") != std::string::npos);
        const Findings found = world.findings(outcome);
        REQUIRE(found.contains("execve"));
        check_basics(found);
        CHECK(found.at("socket-unix") == (framed ? 0 : EPERM));
        if (has_landlock()) {
            check_files(found, false, false);
            CHECK(found.at("read-device") == 0);
            CHECK(found.at("write-device") == EACCES);
            CHECK(found.at("read-other") == EACCES);
        }
    }
}

TEST_CASE("rights: a new pool may be made at its place, and nothing else be written")
{
    const Probed world;
    world.root.write("/mnt/here", "");
    const Findings found = world.findings(
        run_call(world.root, {"dom0", "pool.Add", "p2",
                              "driver=file-reflink\ndir_path=/mnt/p2\nsetup_check=False\n"}));
    CHECK(world.root.exists("/mnt/p2/appvms"));
    REQUIRE(found.contains("execve"));
    check_basics(found);
    if (has_landlock())
        check_files(found, true, false);
}

TEST_CASE("rights: a changing call that finds unfinished work may undo it, wherever its pool is")
{
    const Probed world;
    world.root.write("/var/lib/qubes-mgmt/intent/unborn", "verb=create\nuuid=x\n");
    const Findings found = world.findings(run_call(world.root, {"work", "vm.tag.Set", "red"}));
    REQUIRE(found.contains("execve"));
    check_basics(found);
    if (has_landlock())
        check_files(found, true, true);
}

TEST_CASE("rights: the dom0 shell and the tools are confined as well")
{
    const Probed world;
    Command check = local_command(world.root, "vm.List", {"--json"});
    check_basics(world.findings(run(check)));
    check.program = call_path("qubes-mgmt-check");
    check.words = {check.program};
    const Findings found = world.findings(run(check));
    REQUIRE(found.contains("execve"));
    check_basics(found);
    if (has_landlock())
        check_files(found, false, true);
}

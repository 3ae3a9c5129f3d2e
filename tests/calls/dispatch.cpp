// SPDX-License-Identifier: GPL-2.0-or-later
//
// Today's tools on qubesd's socket: protocol.md 1.10, 2.3 and 6.3, row 33.

#include "calls/dispatch_world.hpp"
#include "support/catch.hpp"
#include "support/fake_hypervisor.hpp"
#include "support/in_child.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <sched.h>
#include <sys/mount.h>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr uid_t other_user = 65534;

std::string ok(const std::string& content)
{
    return std::string{"0\0", 2} + content;
}

// An exception of this type, whatever it says.
void check_exception_bytes(const std::string& reply, std::string_view type)
{
    CHECK(reply.starts_with(std::string{"2\0", 2} + std::string{type} + std::string{"\0\0", 2}));
    CHECK(reply.ends_with('\0'));
}

// Closed without a byte, and at once.
void check_closed(const World& world, std::string_view bytes, const Client& who = {})
{
    INFO(bytes.substr(0, 100));
    Conversation conversation{world.root, who};
    conversation.send(bytes);
    conversation.end_input();
    CHECK(conversation.reply().empty());
    CHECK(conversation.status() != 0);
    CHECK(conversation.errors().starts_with("qubes-mgmt-dispatch: "));
}

// Everything below the root, and the calls in it, as another user may use them.
std::string give_to_other_user(const World& world)
{
    const std::string calls = world.root.below("/calls");
    fs::create_directories(calls);
    for (const char* const program : {"qubes-mgmt-dispatch", "internal.GetSystemInfo"})
        fs::copy_file(call_path(program), calls + "/" + program);
    for (const char* const call : {"mgmt.vm.tag.Set", "mgmt.vm.List"}) {
        fs::copy_file(call_path(call), calls + "/" + call);
        fs::create_symlink(call, calls + "/admin" + std::string{call}.substr(4));
    }
    ::chmod(world.root.path().c_str(), 0755);
    REQUIRE(::chown(world.root.path().c_str(), other_user, other_user) == 0);
    for (const auto& entry : fs::recursive_directory_iterator{world.root.path()})
        REQUIRE(::lchown(entry.path().c_str(), other_user, other_user) == 0);
    return calls + "/qubes-mgmt-dispatch";
}

} // namespace

TEST_CASE("dispatch: a request is answered by the call it names")
{
    const World world;
    CHECK(ask(world.root, "admin.vm.tag.Get+managed-by-mgr dom0 name work") == ok("1"));
    CHECK(ask(world.root, "admin.vm.property.Get+netvm dom0 name work") ==
          ok("default=True type=vm sys-firewall"));
    CHECK(ask(world.root, "admin.vm.List dom0 name dom0") ==
          world.reply({"dom0", "admin.vm.List"}));
    CHECK(ask(world.root, "admin.vm.List+ dom0 keyword adminvm") ==
          world.reply({"dom0", "admin.vm.List"}));
    CHECK(ask(world.root, "admin.vm.List+ dom0 name work") ==
          world.reply({"work", "admin.vm.List"}));
    CHECK(ask(world.root, "admin.vm.List+ dom0 name uuid:5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04") ==
          world.reply({"work", "admin.vm.List"}));
    CHECK(ask(world.root, "admin.vm.tag.Set+new dom0 name work") == ok(""));
    CHECK(world.reply({"work", "vm.tag.Get", "new"}) == "1");
}

TEST_CASE("dispatch: the payload is the call's, whenever it comes")
{
    const World world;
    CHECK(ask(world.root, "admin.vm.property.Set+memory dom0 name work", "700") == ok(""));
    CHECK(world.view().property("work", "memory") == "700");

    Conversation slow{world.root};
    for (const char c : std::string{"admin.vm.property.Set+memory dom0 name work\0"
                                    "80",
                                    46}) {
        slow.send({&c, 1});
        std::this_thread::sleep_for(1ms);
    }
    slow.send("0");
    slow.end_input();
    CHECK(slow.reply() == ok(""));
    CHECK(slow.status() == 0);
    CHECK(world.view().property("work", "memory") == "800");
}

TEST_CASE("dispatch: a class in the name, and bytes of zero in the payload")
{
    const World world;
    world.root.make_images();
    CHECK(ask(world.root, "admin.vm.Create.AppVM+fedora-25 dom0 name dom0",
              "name=news label=red") == ok(""));
    CHECK(world.view().domain("news") != nullptr);
    check_exception_bytes(ask(world.root, "admin.vm.tag.Set+x dom0 name work", {"\0", 1}),
                          "ProtocolError");
}

TEST_CASE("dispatch: what a call refuses is its exception")
{
    const World world;
    check_exception_bytes(ask(world.root, "admin.vm.feature.Get+none dom0 name work"),
                          "QubesFeatureNotFoundError");
    check_exception_bytes(ask(world.root, "admin.vm.tag.List dom0 name nosuch"),
                          "QubesVMNotFoundError");
    check_exception_bytes(ask(world.root, "admin.vm.tag.List dom0 name Domain-0"), "ProtocolError");
    check_exception_bytes(ask(world.root, "admin.vm.tag.List+x dom0 name work"), "ProtocolError");
    check_exception_bytes(ask(world.root, "admin.vm.List dom0 keyword dispvm"), "ProtocolError");
}

TEST_CASE("dispatch: a payload beyond the limit gets the call's refusal")
{
    const World world;
    Conversation conversation{world.root};
    conversation.send(std::string{"admin.vm.property.Set+memory dom0 name work\0", 44});
    conversation.send(std::string(65537, '1'));
    conversation.end_input();
    check_exception_bytes(conversation.reply(), "ProtocolError");
    CHECK(world.view().property("work", "memory") == "600");
}

TEST_CASE("dispatch: a method that there is not is refused by an exception")
{
    const World world;
    for (const std::string method :
         {"admin.vm.Nothing", "mgmt.vm.List", "qubes-mgmt-init", "qubes-mgmt-dispatch",
          "internal.Nothing", "admin.vm.List.AppVM", "..", "."}) {
        INFO(method);
        check_exception_bytes(ask(world.root, method + " dom0 name dom0"), "ProtocolError");
    }
    // A client that has more to say than it is asked for reads the answer all the same.
    check_exception_bytes(
        ask(world.root, "admin.vm.Nothing dom0 name dom0", std::string(60000, 'x')),
        "ProtocolError");
}

TEST_CASE("dispatch: a header that is none is not answered")
{
    const World world;
    const auto header = [](const std::string& text) { return text + '\0'; };
    for (const char* const text : {"",
                                   "admin.vm.List",
                                   "admin.vm.List dom0",
                                   "admin.vm.List dom0 name",
                                   "admin.vm.List dom0 name ",
                                   "admin.vm.List dom0 name dom0 ",
                                   "admin.vm.List dom0 name dom0 more",
                                   "admin.vm.List  dom0 name dom0",
                                   " admin.vm.List dom0 name dom0",
                                   "admin.vm.List dom0 keyword ad/min",
                                   "admin.vm.List dom0 uuid dom0",
                                   "admin.vm.List dom0\tname dom0",
                                   "admin.vm.List dom0 name dom0\n",
                                   "+x dom0 name dom0",
                                   "admin/vm.List dom0 name dom0",
                                   "../calls/admin.vm.List dom0 name dom0",
                                   "admin.vm.List\x7f dom0 name dom0",
                                   "admin.vm.List+\x01 dom0 name dom0",
                                   "admin.vm.List+\xc3\xa9 dom0 name dom0",
                                   "admin.vm.List dom0 name do/m0",
                                   "admin.vm.List  name dom0",
                                   "admin.vm.List Domain-0 name dom0",
                                   "admin.vm.List -work name dom0"})
        check_closed(world, header(text));
    check_closed(world, header("admin.vm.List+" + std::string(1025, 'a') + " dom0 name dom0"));
    check_closed(world, header("admin.vm.List dom0 name " + std::string(64, 'a')));
    // No end of it: the client goes, or it is too long.
    check_closed(world, "admin.vm.List dom0 name dom0");
    check_closed(world, std::string(2048, 'a'));
    check_closed(world, std::string(100000, 'a'));
    check_closed(world, header(std::string(2048, 'a')));
}

TEST_CASE("dispatch: a header may be as long as the limit")
{
    const World world;
    // 2048 bytes with its NUL, of names that are none.
    const std::string method(1024, 'a');
    const std::string text = "admin.vm.feature.Get+" + method + " dom0 name work";
    check_exception_bytes(ask(world.root, text), "ProtocolError");
}

TEST_CASE("dispatch: who sends no whole header is left after ten seconds")
{
    const World world;
    Conversation conversation{world.root};
    const auto start = std::chrono::steady_clock::now();
    conversation.send("admin.vm.List dom0");
    std::this_thread::sleep_for(8s);
    CHECK_FALSE(conversation.is_over());
    conversation.send(" name"); // no byte buys more time
    CHECK(conversation.reply().empty());
    const auto taken = std::chrono::steady_clock::now() - start;
    CHECK(taken >= 9900ms);
    CHECK(taken < 15s);
}

TEST_CASE("dispatch: a client that goes away does no harm")
{
    const World world;
    {
        // As a call that changes something does, to see whether a daemon listens: no error.
        Conversation conversation{world.root};
        conversation.hang_up();
        CHECK(conversation.status() == 0);
        CHECK(conversation.errors().empty());
    }
    {
        Conversation conversation{world.root};
        conversation.send(std::string{"admin.vm.tag.Set+gone dom0 name work\0", 37});
        conversation.hang_up();
        CHECK(conversation.status() == 0);
        CHECK(world.reply({"work", "vm.tag.Get", "gone"}) == "1");
    }
    Conversation conversation{world.root};
    conversation.send(std::string{"admin.vm.Nothing dom0 name work\0", 32});
    conversation.hang_up();
    CHECK(conversation.status() != 0);
}

TEST_CASE("dispatch: a stream goes on behind the end of what is asked, and ends with its client")
{
    const World world;
    Conversation conversation{world.root};
    conversation.send(std::string{"admin.Events+ dom0 name dom0\0", 29});
    conversation.end_input();
    CHECK(conversation.next() == std::string{"1\0\0connection-established\0\0", 27});
    CHECK(ask(world.root, "admin.vm.tag.Set+new dom0 name work") == ok(""));
    CHECK(conversation.next() == std::string{"1\0work\0domain-tag-add:new\0tag\0new\0\0", 35});
    conversation.hang_up();
    CHECK(conversation.status() == 0);
}

TEST_CASE("dispatch: what is for the log does not reach the client")
{
    const World world;
    Client who;
    who.errors_to_client = true;
    CHECK(ask(world.root, "nonsense", "", who).empty());
    const std::string unknown = ask(world.root, "admin.vm.Nothing dom0 name dom0", "", who);
    CHECK(unknown == std::string{"2\0ProtocolError\0\0no such method\0", 32});
    const std::string refused = ask(world.root, "admin.vm.tag.Get+none/ dom0 name work", "", who);
    check_exception_bytes(refused, "QubesInvalidTagError");
    CHECK(refused.find("mgmt") == std::string::npos);
    CHECK(refused.find("admin.vm") == std::string::npos);
}

TEST_CASE("dispatch: standard input that is no connection is not read")
{
    const World world;
    Command command;
    command.program = call_path("qubes-mgmt-dispatch");
    command.words = {command.program};
    command.environment = world.root.environment();
    const Fd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    command.input_from = null.get();
    const Outcome outcome = run(command);
    check_refusal(outcome, "qubes-mgmt-dispatch", Failure::protocol);
}

TEST_CASE("dispatch: root may speak for other qubes, nobody else may")
{
    if (::geteuid() != 0) {
        WARN("only root can be several users");
        return;
    }
    World world;
    world.root.configure("hypervisor = offline\ndenied-reply = exception\n");
    Client who;
    who.program = give_to_other_user(world);
    // A list is filtered for a qube, by a policy that allows nothing.
    CHECK(ask(world.root, "admin.vm.List mgr name dom0", "", who) == ok(""));
    who.user = other_user;
    check_closed(world, std::string{"admin.vm.List mgr name dom0\0", 28}, who);
    CHECK(ask(world.root, "admin.vm.List dom0 name dom0", "", who).size() > 100);
}

TEST_CASE("dispatch: a call runs as whoever asks")
{
    if (::geteuid() != 0) {
        WARN("only root can be several users");
        return;
    }
    const World world;
    Client who;
    who.program = give_to_other_user(world);
    who.user = other_user;
    who.groups = {4242};
    CHECK(ask(world.root, "admin.vm.tag.Set+new dom0 name work", "", who) == ok(""));
    struct stat store {};
    REQUIRE(::stat(world.root.below(store_path).c_str(), &store) == 0);
    CHECK(store.st_uid == other_user);
    CHECK(world.reply({"work", "vm.tag.Get", "new"}) == "1");
}

TEST_CASE("dispatch: internal.GetSystemInfo says what the store says")
{
    for (const char* const file : {"fixture.xml", "current.xml"}) {
        INFO(file);
        const World world{store_text(file)};
        const std::string reply = ask(world.root, "internal.GetSystemInfo+ dom0 name dom0");
        REQUIRE(reply.starts_with(ok("")));
        const json qubes = json::parse(reply.substr(2)).at("domains");
        const std::string list = world.reply({"dom0", "admin.vm.List"});
        for (const auto& [name, facts] : qubes.items()) {
            INFO(name);
            CHECK(facts.size() == 12);
            // Other calls say the same.
            CHECK(list.find(name + " class=" + facts.at("type").get<std::string>() +
                            " state=" + facts.at("power_state").get<std::string>() + " uuid=" +
                            facts.at("uuid").get<std::string>() + "\n") != std::string::npos);
            std::string tags;
            for (const auto& tag : facts.at("tags"))
                tags += tag.get<std::string>() + "\n";
            CHECK(tags == world.reply({name, "vm.tag.List"}));
            const std::string label = world.reply({name, "vm.property.Get", "label"})
                                          .substr(std::string{"default=no "}.size());
            CHECK(facts.at("icon") == "appvm-" + label);
            CHECK(facts.at("label") == world.reply({"dom0", "label.Get", label}));
            for (const char* const property :
                 {"default_dispvm", "guivm", "relayvm", "transport_rpc"}) {
                INFO(property);
                const Outcome stored = run_call(world.root, {name, "vm.property.Get", property});
                std::string value =
                    stored.out.substr(std::min(stored.out.find(' '), stored.out.size()));
                value.erase(0, 1);
                CHECK(facts.at(property) == (value.empty() ? json(nullptr) : json(value)));
            }
            CHECK(facts.at("template_for_dispvms") == (name.ends_with("-dvm")));
            CHECK(facts.at("internal").is_null());
        }
        CHECK(qubes.size() == static_cast<std::size_t>(std::ranges::count(list, '\n')));
    }
}

TEST_CASE("dispatch: internal.GetSystemInfo of a qube with odd values is JSON")
{
    const World world;
    world.gives({"work", "vm.feature.Set", "internal", R"(a "b" \ %s)"}, "");
    const std::string reply = ask(world.root, "internal.GetSystemInfo dom0 name dom0");
    const json work = json::parse(reply.substr(2)).at("domains").at("work");
    CHECK(work.at("internal") == R"(a "b" \ %s)");
    check_exception_bytes(ask(world.root, "internal.GetSystemInfo+x dom0 name dom0"),
                          "ProtocolError");
    check_exception_bytes(ask(world.root, "internal.GetSystemInfo dom0 name work"),
                          "ProtocolError");
    check_exception_bytes(ask(world.root, "internal.GetSystemInfo mgr name dom0"), "ProtocolError");
    // Whoever is in dom0 may start it by hand.
    Command command;
    command.program = call_path("internal.GetSystemInfo");
    command.words = {command.program, "--plain"};
    command.environment = world.root.environment();
    CHECK(ok(run(command).out) == reply);
}

TEST_CASE("dispatch: internal.GetSystemInfo says who runs, as far as anybody knows")
{
    World world;
    const FakeHypervisor hypervisor{world.root};
    // As the dispatcher would start it, but for where the tests' libvirt is.
    const auto states = [&] {
        Command command;
        command.program = call_path("internal.GetSystemInfo");
        command.words = {command.program};
        command.environment = world.root.environment();
        command.environment["QREXEC_REMOTE_DOMAIN"] = "dom0";
        command.environment["QREXEC_REQUESTED_TARGET"] = "dom0";
        const Outcome outcome = run(command);
        REQUIRE(outcome.out.starts_with(ok("")));
        const json qubes = json::parse(outcome.out.substr(2)).at("domains");
        std::string words;
        for (const char* const name : {"dom0", "work", "mgr"})
            words += qubes.at(name).at("power_state").get<std::string>() + " ";
        return words;
    };
    CHECK(states() == "Running Halted Halted ");
    hypervisor.set("5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04", 3, 1, 7);
    CHECK(states() == "Running Paused Halted ");
    hypervisor.trouble("fail list 0 1/12/0 before");
    CHECK(states() == "Running NA NA ");
}

TEST_CASE("dispatch: what is internal is for root and the group qubes alone")
{
    if (::geteuid() != 0) {
        WARN("only root can be several users");
        return;
    }
    const World world;
    Client who;
    who.program = give_to_other_user(world);
    who.user = other_user;
    who.groups = {4242};
    // A machine where the group of this number is called qubes, for this child alone.
    const auto asked_where = [&](const std::string& group) {
        return in_child([&] {
            const std::string path = world.root.below("/group");
            world.root.write("/group", "root:x:0:\n" + group + ":x:4242:\n");
            if (::unshare(CLONE_NEWNS) != 0 ||
                ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                ::mount(path.c_str(), "/etc/group", nullptr, MS_BIND, nullptr) != 0)
                return 100;
            const std::string reply =
                ask(world.root, "internal.GetSystemInfo dom0 name dom0", "", who);
            return reply.starts_with(ok("{")) ? 1 : reply.empty() ? 2 : 3;
        });
    };
    const int allowed = asked_where("qubes");
    if (allowed == 100) {
        WARN("no mounts of our own here");
        return;
    }
    CHECK(allowed == 1);
    CHECK(asked_where("others") == 2);
}

TEST_CASE("dispatch: our own socket is no foreign daemon, any other is")
{
    if (::geteuid() != 0) {
        WARN("only root can have processes of its own numbers");
        return;
    }
    const World world;
    // The exit code of a call that writes, while process 1 of its machine listens.
    const auto written_beside_service_manager = [&] {
        return in_child([&] {
            if (::unshare(CLONE_NEWPID) != 0)
                return 100;
            return in_child([&] { // process 1
                const Fd listener = listen_at(world.root.below("/run/qubesd.sock"));
                return run_call(world.root, {"work", "vm.tag.Set", "t"}).status;
            });
        });
    };
    const int unmarked = written_beside_service_manager();
    if (unmarked == 100) {
        WARN("no processes of our own here");
        return;
    }
    constexpr int busy = static_cast<int>(Failure::busy);
    CHECK(unmarked == busy);
    CHECK(world.reply({"work", "vm.tag.Get", "t"}) == "0");
    world.root.write("/run/qubes-mgmt/shim", "");
    CHECK(written_beside_service_manager() == 0);
    CHECK(world.reply({"work", "vm.tag.Get", "t"}) == "1");
    // The mark alone is not enough: a qubesd that somebody started listens by itself.
    const Fd listener = listen_at(world.root.below("/run/qubesd.sock"));
    CHECK(run_call(world.root, {"work", "vm.tag.Set", "u"}).status == busy);
}

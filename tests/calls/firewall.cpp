// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/firewall_world.hpp"
#include "calls/journal_view.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using Rules = std::vector<std::string>;

constexpr std::string_view get = "vm.firewall.Get";
constexpr std::string_view insert_rule = "vm.firewall.InsertRule";
constexpr std::string_view remove_rule = "vm.firewall.RemoveRule";
constexpr std::string_view flush = "vm.firewall.Flush";
constexpr std::string_view set = "vm.firewall.Set";

Ask ask(std::string_view call, std::string argument = {}, std::string payload = {})
{
    return {"work", std::string{call}, std::move(argument), std::move(payload)};
}

bool is_id(const std::string& id, const std::string& counter)
{
    const auto digits = std::string_view{id}.substr(std::min(counter.size() + 1, id.size()));
    return id.starts_with(counter + ".") && digits.size() == 8 &&
           digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// work with three rules, a, b and c.
struct Three : FirewallWorld {
    Three()
    {
        gives(ask(set, "", "action=accept dsthost=a\naction=accept dsthost=b\naction=drop\n"), "");
    }
};

std::string version2(std::string_view rules)
{
    return "<firewall version=\"2\"><rules>" + std::string{rules} + "</rules></firewall>";
}

std::string stored_rule(std::string_view action, std::string_view host, std::string_view id = {})
{
    std::string rule = "<rule";
    if (!id.empty())
        rule += " id=\"" + std::string{id} + "\"";
    rule += "><properties><property name=\"action\">" + std::string{action} + "</property>";
    if (!host.empty())
        rule += "<property name=\"dsthost\">" + std::string{host} + "</property>";
    return rule + "</properties></rule>";
}

} // namespace

TEST_CASE("firewall-devices.md W01 W02 W03: rules of a qube that had none")
{
    const FirewallWorld world;
    const auto first = world.get();
    REQUIRE(first.size() == 1);
    CHECK(first[0].rule == "action=accept");
    CHECK(is_id(first[0].id, "1"));
    CHECK(world.file() == "none");

    const std::string second = world.insert("0", "action=drop dst4=192.0.2.0/24");
    CHECK(is_id(second, "2"));
    CHECK(world.get() == std::vector<RuleRow>{{second, "action=drop dst4=192.0.2.0/24"}, first[0]});
    CHECK(world.file().find(R"(next-id="3")") != std::string::npos);

    const std::string third = world.insert("", "action=drop\n");
    CHECK(is_id(third, "3"));
    CHECK(world.get("2") == std::vector<RuleRow>{{third, "action=drop"}});
}

TEST_CASE("firewall-devices.md W04 W05 W06 W15 W16 W17: where rules go and which are shown")
{
    const Three world;
    const auto before = world.get();
    world.refuses(ask(insert_rule, "9", "action=drop"), failure::rule_not_found);
    const std::string dns = world.insert("1", "action=accept specialtarget=dns");
    CHECK(world.get() ==
          std::vector<RuleRow>{
              before[0], {dns, "action=accept specialtarget=dns"}, before[1], before[2]});
    CHECK(world.get("1-2") ==
          std::vector<RuleRow>{{dns, "action=accept specialtarget=dns"}, before[1]});
    CHECK(world.get("1-").size() == 3);
    CHECK(world.get(before[2].id) == std::vector<RuleRow>{before[2]});
    for (const char* const none : {"x", "2-1", "end", "-1"})
        check_refusal(run_call(world.root, ask(get, none)), full_name(get), Failure::protocol);
    for (const char* const gone : {"4", "9.00000000"})
        check_refusal(run_call(world.root, ask(get, gone)), full_name(get), Failure::not_found);
    world.refuses(ask(insert_rule, "1-2", "action=drop"), failure::protocol);

    const Three at_end;
    const Three at_three;
    CHECK(at_end.insert("end", "action=accept proto=udp") ==
          at_three.insert("3", "action=accept proto=udp"));
    CHECK(at_end.get() == at_three.get());
    CHECK(at_end.file() == at_three.file());

    const std::string behind = at_end.insert("after-" + before[0].id, "action=drop proto=icmp");
    const std::string ahead = at_end.insert(before[0].id, "action=drop proto=tcp");
    CHECK(at_end.get("0")[0].id == ahead);
    CHECK(at_end.get("2")[0].id == behind);
    const std::string first = at_end.insert("start", "action=drop");
    CHECK(at_end.get("0")[0].id == first);
}

TEST_CASE("firewall-devices.md W07 W08: an id removes its rule once, and no other")
{
    const Three world;
    const auto before = world.get();
    world.refuses(ask(remove_rule, "2.00000000"), failure::rule_not_found);
    world.gives(ask(remove_rule, before[1].id), "");
    CHECK(world.get() == std::vector<RuleRow>{before[0], before[2]});
    world.refuses(ask(remove_rule, before[1].id), failure::rule_not_found);
    for (const std::string_view none : {"", "1", "x", "0-1", "after-1.00000000"})
        world.refuses(ask(remove_rule, std::string{none}), failure::protocol);
}

TEST_CASE("firewall-devices.md W09: an id is nobody's when another program has changed the rules")
{
    const Three world;
    const auto before = world.get();
    CHECK(is_id(before[0].id, "2"));
    world.write_file(version2(stored_rule("accept", "b") + stored_rule("drop", "") +
                              stored_rule("accept", "b") + stored_rule("accept", "a")));
    world.refuses(ask(remove_rule, before[0].id), failure::rule_not_found);
    world.refuses(ask(insert_rule, before[0].id, "action=drop"), failure::rule_not_found);
    // What has its counter and says the same is the same rule.
    world.gives(ask(remove_rule, before[1].id), "");
    CHECK(world.rules() ==
          Rules{"action=accept dsthost=b", "action=drop", "action=accept dsthost=a"});
}

TEST_CASE("firewall-devices.md W10: without rules all is dropped, which is not the same as no file")
{
    const FirewallWorld world;
    world.gives(ask(flush), "");
    world.gives(ask(get), "");
    CHECK(world.file() == "<?xml version='1.0' encoding='UTF-8'?>\n"
                          "<firewall version=\"2\" next-id=\"2\">\n  <rules/>\n</firewall>\n");
    CHECK(is_id(world.insert("", "action=accept"), "2"));
}

TEST_CASE("firewall-devices.md W11 W12 W13 W14: all rules at once, or none of them")
{
    const Three world;
    world.refuses(ask(set), failure::protocol);
    std::string many;
    for (int i = 0; i < 1001; ++i)
        many += "action=drop\n";
    world.refuses(ask(set, "", many), failure::too_large);
    world.refuses(ask(set, "", std::string(65537, 'x')), failure::too_large);
    const std::string third = "action=drop\naction=drop\naction=drop dstports=secret\naction=drop\n"
                              "action=drop\n";
    world.refuses(ask(set, "", third), failure::bad_value);
    CHECK(run_call(world.root, ask(set, "", third)).err ==
          "mgmt.vm.firewall.Set: bad-value: Invalid rule on line 3: dstports\n");
    CHECK(run_call(world.root, ask("admin.vm.firewall.Set", "", third)).out ==
          std::string{"2\0QubesValueError\0\0Invalid rule on line 3\0", 42});
    world.refuses(ask(set, "", "action=drop\r\n"), failure::protocol);
    world.refuses(ask(set, "", "action=accept comment=caf\xe9\n"), failure::protocol);

    world.gives(ask(set, "", "action=accept\n"), "");
    CHECK(world.rules() == Rules{"action=accept"});
    world.gives(ask(set, "", many.substr(12)), "");
    CHECK(world.rules().size() == 1000);
    world.refuses(ask(insert_rule, "", "action=drop"), failure::too_large);
}

TEST_CASE("firewall-devices.md W18: a version that we do not know is neither read nor written")
{
    const FirewallWorld world;
    world.write_file("<firewall version=\"3\"><rules/></firewall>\n");
    for (const Ask& one : {ask(get), ask(insert_rule, "", "action=drop"),
                           ask(remove_rule, "1.00000000"), ask(flush), ask(set, "", "action=drop"),
                           ask("vm.firewall.GetPolicy"), ask("vm.firewall.SetPolicy", "", "drop")})
        world.refuses(one, failure::store);
}

TEST_CASE("firewall-devices.md W19 W20: the firewall of an old host, and its first change")
{
    const FirewallWorld world;
    const std::string old = "<QubesFirewallRules policy=\"deny\" dns=\"allow\" icmp=\"allow\">\n"
                            "  <rule address=\"192.0.2.0\" netmask=\"24\" proto=\"tcp\" "
                            "port=\"80\"/>\n"
                            "  <rule address=\"0.0.0.0\" netmask=\"0\" port=\"22\"/>\n"
                            "</QubesFirewallRules>\n";
    world.write_file(old);
    const Rules rules{"action=accept specialtarget=dns", "action=accept proto=icmp",
                      "action=accept dst4=192.0.2.0/24 proto=tcp dstports=80-80",
                      "action=accept proto=tcp dstports=22-22"};
    CHECK(world.rules() == rules);
    CHECK(world.file() == old);
    const auto before = world.get();
    world.gives(ask(remove_rule, before[1].id), "");
    CHECK(world.get() == std::vector<RuleRow>{before[0], before[2], before[3]});
    CHECK(world.file().find("<firewall version=\"2\" next-id=\"5\">") != std::string::npos);
}

TEST_CASE("protocol.md I14: dom0 has no firewall")
{
    const FirewallWorld world;
    for (Ask one : {ask(get), ask(insert_rule, "", "action=drop"), ask(remove_rule, "1.00000000"),
                    ask(flush), ask(set, "", "action=drop"), ask("vm.firewall.GetPolicy"),
                    ask("vm.firewall.SetPolicy", "", "drop")}) {
        one.dest = "dom0";
        world.fails(one, failure::protocol);
        one.dest = "ghost";
        world.fails(one, failure::vm_not_found);
    }
}

TEST_CASE("vm.firewall: what today's clients are told has no ids")
{
    const Three world;
    const Outcome rows = run_call(world.root, ask("admin.vm.firewall.Get"));
    CHECK(rows.out == std::string{"0\0", 2} +
                          "action=accept dsthost=a\naction=accept dsthost=b\naction=drop\n");
    CHECK(run_call(world.root, ask("admin.vm.firewall.Get", "0")).out.starts_with("2"));
    const Outcome done = run_call(world.root, ask("admin.vm.firewall.Set", "", "action=accept"));
    CHECK(done.out == std::string{"0\0", 2});
    CHECK(world.rules() == Rules{"action=accept"});
    for (const char* const ours : {"InsertRule", "RemoveRule", "Flush", "GetPolicy", "SetPolicy"})
        CHECK_FALSE(is_built("admin.vm.firewall." + std::string{ours}));
}

TEST_CASE("vm.firewall: what expired is neither shown nor counted, and goes with the next change")
{
    const FirewallWorld world;
    const std::string past = std::to_string(std::time(nullptr) - 5);
    const std::string rest = stored_rule("drop", "b", "2") + stored_rule("drop", "c", "4");
    std::string expiring = stored_rule("accept", "a", "1");
    expiring.insert(expiring.find("</properties>"),
                    "<property name=\"expire\">" + past + "</property>");
    world.write_file(version2(expiring + rest));
    CHECK(world.rules() == Rules{"action=drop dsthost=b", "action=drop dsthost=c"});
    CHECK(is_id(world.get("1")[0].id, "4"));
    CHECK(world.file().find(past) != std::string::npos);
    CHECK(is_id(world.insert("1", "action=accept"), "5"));
    CHECK(world.rules() ==
          Rules{"action=drop dsthost=b", "action=accept", "action=drop dsthost=c"});
    CHECK(world.file().find(past) == std::string::npos);

    const std::string late = "action=accept expire=" + past;
    world.refuses(ask(insert_rule, "", late), failure::bad_value);
    world.gives(ask(set, "", late + "\naction=drop\n"), "");
    CHECK(world.rules() == Rules{"action=drop"});
    CHECK(world.file().find(past) == std::string::npos);
}

TEST_CASE("vm.firewall.GetPolicy and SetPolicy: there is one policy")
{
    const FirewallWorld world;
    world.gives(ask("vm.firewall.GetPolicy"), "drop");
    world.changes_nothing(ask("vm.firewall.SetPolicy", "", "drop"));
    world.refuses(ask("vm.firewall.SetPolicy", "", "accept"), failure::bad_value);
    world.refuses(ask("vm.firewall.SetPolicy"), failure::protocol);
    CHECK(world.file() == "none");
}

TEST_CASE("vm.firewall: watchers hear of each change, and of nothing else")
{
    const FirewallWorld world;
    const auto events = [&] { return events_of(world.root, "work", "firewall-changed"); };
    const std::string id = world.insert("", "action=drop");
    CHECK(events() == 1);
    world.gives(ask(remove_rule, id), "");
    world.gives(ask(set, "", "action=drop"), "");
    world.gives(ask(flush), "");
    CHECK(events() == 4);
    const std::string before = identity_of(world.root.below(rule_file));
    world.gives(ask(flush), "");
    world.refuses(ask(remove_rule, id), failure::rule_not_found);
    static_cast<void>(world.get());
    CHECK(identity_of(world.root.below(rule_file)) == before);
    CHECK(events() == 4);
    world.gives(ask(set, "", "action=drop"), "");
    const std::string same = identity_of(world.root.below(rule_file));
    world.gives(ask(set, "", "action=drop\n"), "");
    CHECK(identity_of(world.root.below(rule_file)) == same);
    CHECK(events() == 5);
}

TEST_CASE("vm.firewall: --dry-run says which rules would come and go")
{
    const Three world;
    const auto before = world.get();
    const std::string file = world.file();
    const auto tried = [&](std::string_view call, std::vector<std::string> words,
                           std::string payload) {
        words.insert(words.begin(), {"--plain", "--dest=work", "--dry-run"});
        const Outcome outcome = run_local(world.root, call, std::move(words), std::move(payload));
        CHECK(outcome.status == 0);
        CHECK(world.file() == file);
        return outcome.out;
    };
    const std::string inserted =
        tried("vm.firewall.InsertRule", {"--arg=0"}, "action=drop proto=udp");
    CHECK(inserted.starts_with("+5."));
    CHECK(inserted.ends_with(" action=drop proto=udp\n"));
    CHECK(std::ranges::count(inserted, '\n') == 1);
    CHECK(tried("vm.firewall.RemoveRule", {"--arg=" + before[1].id}, "") ==
          "-" + before[1].id + " action=accept dsthost=b\n");
    CHECK(std::ranges::count(tried("vm.firewall.Flush", {}, ""), '-') == 3);
    CHECK(events_of(world.root, "work", "firewall-changed") == 1);
}

TEST_CASE("vm.firewall: mode and group of the file, and nothing left beside it")
{
    const FirewallWorld world;
    const std::string directory = world.root.below("/var/lib/qubes/appvms/work");
    world.root.write("/var/lib/qubes/appvms/work/firewall.xml~dead42", "of a killed writer");
    world.gives(ask(flush), "");
    struct stat status {};
    REQUIRE(::stat(world.root.below(rule_file).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0664);
    if (const struct group* qubes = ::getgrnam("qubes"))
        CHECK(status.st_gid == qubes->gr_gid);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator{directory})
        files += entry.path().filename().string().starts_with("firewall.xml") ? 1 : 0;
    CHECK(files == 1);
    // Of a template, in the directory of templates.
    world.gives({"fedora-25", std::string{flush}}, "");
    CHECK(world.root.exists("/var/lib/qubes/vm-templates/fedora-25/firewall.xml"));
}

TEST_CASE("vm.firewall: a file that is none is neither followed nor replaced")
{
    const FirewallWorld world;
    const std::string path = world.root.below(rule_file);
    std::filesystem::create_directories(world.root.below("/var/lib/qubes/appvms/work"));
    const std::string elsewhere = world.root.below("/elsewhere");
    world.root.write("/elsewhere", version2(stored_rule("accept", "")));
    REQUIRE(::symlink(elsewhere.c_str(), path.c_str()) == 0);
    world.fails(ask(get), failure::store);
    world.fails(ask(flush), failure::store);
    CHECK(std::filesystem::is_symlink(path));
    REQUIRE(::unlink(path.c_str()) == 0);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    world.fails(ask(get), failure::store);
    world.fails(ask(set, "", "action=drop"), failure::store);
    CHECK(std::filesystem::is_fifo(path));
}

TEST_CASE("vm.firewall: what others wrote beyond our limits is read, and can be made shorter")
{
    const FirewallWorld world;
    std::string many;
    for (int i = 0; i < 1500; ++i)
        many += stored_rule("drop", "");
    world.write_file(version2(many));
    const auto rows = world.get();
    CHECK(rows.size() == 1500);
    world.refuses(ask(insert_rule, "0", "action=accept"), failure::too_large);
    world.gives(ask(remove_rule, rows[700].id), "");
    CHECK(world.get().size() == 1499);
    world.gives(ask(set, "", "action=accept"), "");
    CHECK(world.rules() == Rules{"action=accept"});
}

TEST_CASE("vm.firewall: a rule that will never match is stored, with a warning")
{
    const FirewallWorld world;
    for (const std::string_view call : {insert_rule, set}) {
        const Outcome outcome = run_call(
            world.root, ask(call, "", "action=accept specialtarget=dns proto=udp dstports=80"));
        CHECK(outcome.status == 0);
        CHECK(outcome.err == "mgmt." + std::string{call} +
                                 ": warning: a rule for DNS that is not for port 53 alone never "
                                 "matches\n");
    }
    CHECK(world.rules() == Rules{"action=accept proto=udp specialtarget=dns dstports=80-80"});
}

TEST_CASE("vm.firewall: a qube takes its rules along as it goes, and a new one begins without")
{
    const World world;
    world.root.make_images();
    world.gives({"work", std::string{flush}}, "");
    world.gives({"work", "vm.Remove"}, "");
    world.gives({"dom0", "vm.Create.AppVM", "fedora-25", "name=work label=red"}, "");
    world.gives({"work", "admin.vm.firewall.Get"}, std::string{"0\0", 2} + "action=accept\n");
}

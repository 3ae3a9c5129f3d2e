// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/catch.hpp"
#include "support/constraint_world.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const PolicyParty mgmtvm = qube("mgmtvm");
const PolicyParty work = qube("work", " created-by-mgmtvm ");
const PolicyParty vault = qube("vault");
const PolicyParty debian = qube("debian-12", " mgmt-templates ", "TemplateVM");

// The example of protocol.md 5.1.
const std::string example = R"(# What mgmtvm may choose.
mgmt.vm.property.Set   netvm   mgmtvm  @tag:created-by-mgmtvm  value in sys-firewall sys-whonix @none
mgmt.vm.property.Set   memory  mgmtvm  *                       value between 200 4000
mgmt.vm.property.Set   label   mgmtvm  *                       value in red orange
mgmt.vm.property.Set   *       mgmtvm  *                       deny
mgmt.vm.tag.Set        work-*  mgmtvm  *                       allow
mgmt.vm.Create.*       *       mgmtvm  dom0                    field label in red and field template in @tag:mgmt-templates
mgmt.vm.device.usb.Attach  sys-usb+*  mgmtvm  *                allow
mgmt.vm.Start          *       mgmtvm  *                       max-running 5
)";

// "allow 2": decided by line 2; "allow": by none.
std::string decision(const Constraints& parsed, const ConstrainedRequest& request,
                     ConstraintFacts& facts)
{
    CHECK(parsed.faults().empty());
    const ConstraintDecision decided = parsed.decide(request, facts);
    std::string text = decided.allowed ? "allow" : "deny";
    if (decided.line != nullptr)
        text += " " + std::to_string(decided.line->line);
    CHECK((decided.broken == nullptr || !decided.allowed));
    return text;
}

std::string of_value(const std::string& lines, const std::optional<std::string>& value)
{
    KnownFacts facts;
    if (value)
        facts.wanted.emplace(*value);
    facts.usual = "usual";
    facts.present = "present";
    facts.qubes = {work, vault, debian, mgmtvm};
    return decision(constraints(lines), {"mgmt.vm.property.Set", "netvm", mgmtvm, work}, facts);
}

} // namespace

TEST_CASE("constraints: the example decides as it reads")
{
    const Constraints parsed = constraints(example);
    KnownFacts facts;
    const auto set = [&](const char* property, const char* value, const PolicyParty& destination) {
        facts.wanted = value;
        return decision(parsed, {"mgmt.vm.property.Set", property, mgmtvm, destination}, facts);
    };
    CHECK(set("netvm", "sys-firewall", work) == "allow 2");
    CHECK(set("netvm", "sys-net", work) == "deny 2");
    CHECK(set("netvm", "", work) == "allow 2");
    CHECK(set("netvm", "sys-firewall", vault) == "deny 5");
    CHECK(set("memory", "4000", vault) == "allow 3");
    CHECK(set("memory", "4001", vault) == "deny 3");
    CHECK(set("memory", "199", vault) == "deny 3");
    CHECK(set("memory", "much", vault) == "deny 3");
    CHECK(set("label", "red", work) == "allow 4");
    CHECK(set("kernel", "", work) == "deny 5");

    const auto asked = [&](const char* call, const char* argument, const PolicyParty& destination) {
        return decision(parsed, {call, argument, mgmtvm, destination}, facts);
    };
    CHECK(asked("mgmt.vm.tag.Set", "work-1", work) == "allow 6");
    CHECK(asked("mgmt.vm.tag.Set", "home", work) == "allow"); // no line forbids it
    CHECK(asked("mgmt.vm.device.usb.Attach", "sys-usb+1-1", work) == "allow 8");
    facts.qubes = {debian};
    facts.fields = {{"label", "red"}, {"template", "debian-12"}};
    CHECK(asked("mgmt.vm.Create.AppVM", "debian-12", dom0()) == "allow 7");
    facts.fields["template"] = "fedora";
    CHECK(asked("mgmt.vm.Create.AppVM", "fedora", dom0()) == "deny 7");
    facts.fields = {{"label", "blue"}, {"template", "debian-12"}};
    CHECK(asked("mgmt.vm.Create.AppVM", "debian-12", dom0()) == "deny 7");
    facts.running_qubes = {work, vault, mgmtvm, debian, qube("a")};
    CHECK(asked("mgmt.vm.Start", "", work) == "allow 9");
    facts.running_qubes.push_back(qube("b"));
    CHECK(asked("mgmt.vm.Start", "", work) == "deny 9");
    facts.knows_who_runs = false;
    CHECK(asked("mgmt.vm.Start", "", work) == "deny 9");
}

TEST_CASE("constraints: the name of a call covers its admin.* twin, and that of Set a Reset")
{
    KnownFacts facts;
    facts.wanted = "x";
    const auto asked = [&](const std::string& call_word, const char* call) {
        return decision(constraints(call_word + " * * * deny\n"), {call, "a", mgmtvm, work}, facts);
    };
    CHECK(asked("mgmt.vm.Kill", "admin.vm.Kill") == "deny 1");
    CHECK(asked("mgmt.vm.K*", "admin.vm.Kill") == "deny 1");
    CHECK(asked("admin.vm.Kill", "admin.vm.Kill") == "deny 1");
    CHECK(asked("admin.vm.Kill", "mgmt.vm.Kill") == "allow");
    CHECK(asked("*.vm.Kill", "mgmt.vm.Kill") == "deny 1");
    CHECK(asked("mgmt.vm.Kill", "mgmt.vm.KillAll") == "allow");
    CHECK(asked("mgmt.policy.Replace", "policy.Replace") == "deny 1");
    CHECK(asked("mgmt.vm.property.Set", "mgmt.vm.property.Reset") == "deny 1");
    CHECK(asked("mgmt.vm.property.Set", "admin.vm.property.Reset") == "deny 1");
    CHECK(asked("admin.vm.property.Set", "admin.vm.property.Reset") == "deny 1");
    CHECK(asked("mgmt.property.Set", "mgmt.property.Reset") == "deny 1");
    CHECK(asked("mgmt.property.Set", "mgmt.vm.property.Reset") == "allow");
    CHECK(asked("mgmt.vm.property.Reset", "mgmt.vm.property.Set") == "allow");
    // Whichever of both comes first.
    CHECK(decision(constraints("mgmt.vm.property.Reset * * * allow\n"
                               "mgmt.vm.property.Set * * * deny\n"),
                   {"mgmt.vm.property.Reset", "a", mgmtvm, work}, facts) == "allow 1");
}

TEST_CASE("constraints: arguments, sources and destinations")
{
    KnownFacts facts;
    const auto asked = [&](const std::string& words, const char* argument,
                           const PolicyParty& destination) {
        return decision(constraints("a " + words + " deny\n"), {"a", argument, mgmtvm, destination},
                        facts) == "deny 1";
    };
    CHECK(asked("* * *", "", work));
    CHECK(asked("- * *", "", work));
    CHECK_FALSE(asked("- * *", "-", work));
    CHECK(asked("x* * *", "x", work));
    CHECK_FALSE(asked("x* * *", "", work));
    CHECK(asked("* mgmtvm work", "", work));
    CHECK_FALSE(asked("* other work", "", work));
    CHECK_FALSE(asked("* mgmtvm work", "", vault));
    CHECK(asked("* @anyvm @anyvm", "", work));
    CHECK_FALSE(asked("* @anyvm @anyvm", "", dom0()));
    CHECK_FALSE(asked("* @adminvm *", "", work));
    for (const char* const words : {"* * @adminvm", "* * dom0", "* * *"})
        CHECK(asked(words, "", dom0()));
    CHECK(asked("* * @tag:created-by-mgmtvm", "", work));
    CHECK_FALSE(asked("* * @tag:created-by", "", work));
    CHECK(asked("* * @type:AppVM", "", work));
    CHECK_FALSE(asked("* * @type:TemplateVM", "", work));
    for (const char* const words : {"* * @self", "* @self *", "* @self @self"}) {
        CHECK(asked(words, "", mgmtvm));
        CHECK_FALSE(asked(words, "", work));
        CHECK_FALSE(asked(words, "", dom0()));
        CHECK_FALSE(asked(words, "", PolicyParty{}));
    }
    CHECK(asked("* * *", "", PolicyParty{})); // one that is gone by now
}

TEST_CASE("constraints: what a value may be")
{
    const std::string start = "* * * * value ";
    const auto holds = [&](const std::string& condition, const std::optional<std::string>& value) {
        return of_value(start + condition + "\n", value) == "allow 1";
    };
    CHECK(holds("in a b", "b"));
    CHECK_FALSE(holds("in a b", "ab"));
    CHECK_FALSE(holds("in a b", ""));
    CHECK(holds("in \"a b\"", "a b"));
    CHECK(holds("in \"\"", ""));
    CHECK(holds("in @none", ""));
    CHECK_FALSE(holds("in \"@none\"", ""));
    CHECK(holds("in \"@none\"", "@none"));
    CHECK(holds("in @default", "usual"));
    CHECK_FALSE(holds("in @default", "other"));
    CHECK(holds("in @current", "present"));
    CHECK(holds("in @self", "mgmtvm"));
    CHECK_FALSE(holds("in @self", "work"));
    CHECK(holds("in @tag:created-by-mgmtvm", "work"));
    CHECK_FALSE(holds("in @tag:created-by-mgmtvm", "vault"));
    CHECK_FALSE(holds("in @tag:created-by-mgmtvm", "nobody"));
    CHECK_FALSE(holds("in @tag:created-by-mgmtvm", ""));
    CHECK(holds("in @type:TemplateVM", "debian-12"));
    CHECK_FALSE(holds("in a b", std::nullopt));
    CHECK_FALSE(holds("in @none", std::nullopt));
    CHECK_FALSE(of_value("* * * * not value in a\n", std::nullopt) == "allow 1");
    CHECK(of_value("* * * * not value in a\n", "b") == "allow 1");
    CHECK(of_value("* * * * not value in a b\n", "b") == "deny 1");
    CHECK(holds("between -1 1", "-1"));
    CHECK(holds("between -1 1", "1"));
    CHECK_FALSE(holds("between -1 1", "2"));
    CHECK_FALSE(holds("between -1 1", ""));
    CHECK_FALSE(holds("between -1 1", "1 "));
    CHECK(holds("match *x", "yx"));
    CHECK_FALSE(holds("match *x", "xy"));
    CHECK(holds("maxlen 3", "abc"));
    CHECK(holds("maxlen 0", ""));
    CHECK_FALSE(holds("maxlen 3", "abcd"));
    CHECK(holds("in a and arg in netvm", "a"));
    CHECK_FALSE(holds("in a and arg in memory", "a"));
    CHECK_FALSE(holds("in b and arg in netvm", "a"));
}

TEST_CASE("constraints: an item that nobody knows is none")
{
    KnownFacts facts;
    facts.wanted = "x";
    for (const char* const item : {"@default", "@current"})
        CHECK(decision(constraints(std::string{"* * * * value in "} + item),
                       {"a", "", mgmtvm, work}, facts) == "deny 1");
}

TEST_CASE("constraints: how many qubes")
{
    KnownFacts facts;
    facts.made = 3;
    const auto decided = [&](const std::string& line) {
        return decision(constraints(line), {"a", "", mgmtvm, dom0()}, facts);
    };
    CHECK(decided("* * * * max-qubes 3") == "allow 1");
    CHECK(decided("* * * * max-qubes 2") == "deny 1");
    facts.running_qubes = {work, vault};
    CHECK(decided("* * * * max-running 2") == "allow 1");
    CHECK(decided("* * * * max-running 1") == "deny 1");
    // Those that the destination means.
    const auto started = [&](const std::string& line) {
        return decision(constraints(line), {"a", "", mgmtvm, work}, facts);
    };
    CHECK(started("* * * @tag:created-by-mgmtvm max-running 1") == "allow 1");
    CHECK(started("* * * @anyvm max-running 1") == "deny 1");
}

TEST_CASE("constraints: dom0 is judged by the files alone that say so")
{
    const Constraints parsed =
        Constraints::parse({{"/a.conf", "x * * * deny\n"},
                            {"/b.conf", "x * dom0 * allow\ny * * * deny\ninclude-dom0\n"}});
    CHECK(parsed.bind_dom0());
    CHECK_FALSE(constraints("x * * * deny\n").bind_dom0());
    KnownFacts facts;
    const auto by = [&](const char* call, const PolicyParty& source) {
        return decision(parsed, {call, "", source, work}, facts);
    };
    CHECK(by("x", mgmtvm) == "deny 1");
    CHECK(by("x", dom0()) == "allow 1");
    CHECK(by("y", dom0()) == "deny 2");
    CHECK(by("y", mgmtvm) == "deny 2");
}

TEST_CASE("constraints: nothing is asked that the deciding line does not want to know")
{
    const Constraints parsed = constraints("a * * * allow\nb * * * value in x and max-qubes 3\n"
                                           "* * * * max-running 3\n");
    KnownFacts facts;
    CHECK(decision(parsed, {"a", "", mgmtvm, work}, facts) == "allow 1");
    CHECK(facts.asked == 0);
    CHECK(decision(parsed, {"b", "", mgmtvm, work}, facts) == "deny 2");
    CHECK(facts.asked == 1);
}

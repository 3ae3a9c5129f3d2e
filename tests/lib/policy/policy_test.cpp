// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/destination_table.hpp"
#include "support/catch.hpp"
#include "support/policy_world.hpp"

#include <string>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const PolicyParty mgmtvm = qube("mgmtvm");
const PolicyParty work = qube("work", " created-by-mgmtvm ");
const PolicyParty vault = qube("vault");
const PolicyParty other = qube("other");
const PolicyParty nobody = {};

// protocol.md 4.5, and the include file that it names.
const PolicyTexts example{{"/etc/qubes/policy.d/30-mgmtvm.policy", R"(# What mgmtvm may.
mgmt.vm.List             *      mgmtvm  @adminvm                     allow
mgmt.vm.List             *      mgmtvm  @tag:created-by-mgmtvm       allow target=dom0
mgmt.Events              *      mgmtvm  @adminvm                     allow
mgmt.Events              *      mgmtvm  @tag:created-by-mgmtvm       allow target=dom0
mgmt.vm.Create.AppVM     +debian-12  mgmtvm  @adminvm                allow
mgmt.vm.Create.AppVM     *      mgmtvm  @adminvm                     deny
mgmt.vm.property.Set     +netvm mgmtvm  @tag:created-by-mgmtvm       allow target=dom0
mgmt.vm.property.Set     *      mgmtvm  @anyvm                       deny
!include-service mgmt.vm.Start * include/mgmtvm-local
)"},
                          {"/etc/qubes/policy.d/include/mgmtvm-local",
                           "mgmtvm @tag:created-by-mgmtvm allow target=dom0\n"}};

struct Answer {
    PolicyAction action = PolicyAction::deny;
    std::string where;    // "30-mgmtvm.policy:3"; empty: no line
    bool to_dom0 = false; // target=dom0
    bool faulty = false;

    friend bool operator==(const Answer&, const Answer&) = default;
};

std::ostream& operator<<(std::ostream& out, const Answer& answer)
{
    return out << static_cast<int>(answer.action) << " by '" << answer.where << "'"
               << (answer.to_dom0 ? " to dom0" : "") << (answer.faulty ? ", faulty" : "");
}

Answer ask(const PolicyFiles& files, std::string_view service, std::string_view argument,
           const PolicyParty& source, const PolicyParty& destination)
{
    const Policy policy = Policy::load(files, service);
    const PolicyDecision decision = policy.narrow(service, source).decide(argument, destination);
    Answer answer{.action = decision.action, .faulty = policy.fault().has_value()};
    if (decision.rule != nullptr) {
        const std::string& file = policy.rules().files.at(decision.rule->file);
        answer.where = file.substr(file.rfind('/') + 1) + ":" + std::to_string(decision.rule->line);
        answer.to_dom0 = decision.rule->target && decision.rule->target->kind == TokenKind::admin;
    }
    return answer;
}

// With these lines as the one file.
Answer ask_lines(const std::string& lines, std::string_view service, std::string_view argument,
                 const PolicyParty& source, const PolicyParty& destination)
{
    return ask(PolicyTexts{{"/etc/qubes/policy.d/30-user.policy", lines}}, service, argument,
               source, destination);
}

bool is_wrong(const std::string& lines)
{
    // What another line allows is denied, too.
    const Answer answer = ask_lines("mgmt.vm.Start * mgmtvm work allow target=dom0\n" + lines,
                                    "mgmt.vm.Start", "", mgmtvm, work);
    return answer == Answer{.faulty = true};
}

bool is_right(const std::string& line)
{
    return !Policy::load(PolicyTexts{{"/etc/qubes/policy.d/30-user.policy", line + "\n"}}).fault();
}

constexpr auto deny = PolicyAction::deny;
constexpr auto allow = PolicyAction::allow;

} // namespace

TEST_CASE("protocol.md P01 P02 P03 P04 P05 P06 P07: a management qube and what it created")
{
    const std::string file = "30-mgmtvm.policy:";
    CHECK(ask(example, "mgmt.vm.property.Set", "netvm", mgmtvm, work) ==
          Answer{allow, file + "8", true});
    CHECK(ask(example, "mgmt.vm.property.Set", "netvm", mgmtvm, vault) == Answer{deny, file + "9"});
    CHECK(ask(example, "mgmt.vm.property.Set", "label", mgmtvm, work) == Answer{deny, file + "9"});
    CHECK(ask(example, "mgmt.vm.Create.AppVM", "debian-12", mgmtvm, dom0()) ==
          Answer{allow, file + "6"});
    CHECK(ask(example, "mgmt.vm.Create.AppVM", "", mgmtvm, dom0()) == Answer{deny, file + "7"});
    CHECK(ask(example, "mgmt.vm.Start", "", mgmtvm, work) == Answer{allow, "mgmtvm-local:1", true});
    CHECK(ask(example, "mgmt.vm.Start", "", other, work) == Answer{});
    // The rows of a list are asked for one by one.
    CHECK(ask(example, "mgmt.vm.List", "", mgmtvm, dom0()) == Answer{allow, file + "2"});
    CHECK(ask(example, "mgmt.vm.List", "", mgmtvm, work) == Answer{allow, file + "3", true});
    CHECK(ask(example, "mgmt.vm.List", "", mgmtvm, vault) == Answer{});
}

TEST_CASE("protocol.md P09 P10: who is meant by @anyvm and by *")
{
    const std::string kill = "mgmt.vm.Kill * mgmtvm @anyvm allow target=dom0\n";
    CHECK(ask_lines(kill, "mgmt.vm.Kill", "", mgmtvm, dom0()) == Answer{});
    CHECK(ask_lines(kill, "mgmt.vm.Kill", "", mgmtvm, vault).action == allow);
    CHECK(ask_lines(kill, "mgmt.vm.Kill", "", mgmtvm, nobody).action == allow);
    const PolicyTexts first{{"/etc/qubes/policy.d/10-x.policy", "* * * * deny\n"},
                            {"/etc/qubes/policy.d/20-y.policy", kill}};
    for (const PolicyParty& destination : {dom0(), vault, nobody})
        CHECK(ask(first, "mgmt.vm.Kill", "", mgmtvm, destination) == Answer{deny, "10-x.policy:1"});
}

TEST_CASE("protocol.md P11 P12 P13 P15: what cannot be understood denies everything")
{
    CHECK(is_wrong("* +a * * allow"));
    CHECK(is_wrong("mgmt.vm.Start * mgmtvm @default allow"));
    CHECK(is_wrong("mgmt.vm.Start * mgmtvm work allow,target=dom0"));
    const PolicyTexts named{{"/etc/qubes/policy.d/30-Work.policy", ""},
                            {"/etc/qubes/policy.d/40-user.policy", "* * * * allow\n"}};
    CHECK(ask(named, "mgmt.vm.Start", "", mgmtvm, work) == Answer{.faulty = true});
}

TEST_CASE("protocol.md P14: the short lines of an included file may have commas")
{
    for (const char* const line :
         {"mgmtvm work allow,target=dom0", "mgmtvm work allow target=dom0",
          "mgmtvm\twork allow, target=dom0", "mgmtvm work allow,target=dom0,notify=no",
          "mgmtvm $anyvm allow,target=$adminvm", "$type:AppVM @anyvm allow,target=@adminvm"}) {
        const PolicyTexts files{
            {"/etc/qubes/policy.d/30-user.policy", "!include-service mgmt.vm.Start * include/x"},
            {"/etc/qubes/policy.d/include/x", std::string{line}}};
        INFO(line);
        CHECK(ask(files, "mgmt.vm.Start", "", mgmtvm, work) == Answer{allow, "x:1", true});
    }
}

TEST_CASE("protocol.md P16 P17 P18: the files of older hosts")
{
    const PolicyTexts specific{
        {"/etc/qubes-rpc/policy/mgmt.vm.property.Set+netvm", "mgmtvm work allow,target=dom0\n"},
        {"/etc/qubes-rpc/policy/mgmt.vm.property.Set", "$anyvm $anyvm allow,target=dom0\n"}};
    const std::string_view set = "mgmt.vm.property.Set";
    CHECK(ask(specific, set, "netvm", mgmtvm, work).action == allow);
    CHECK(ask(specific, set, "netvm", other, work).action == deny);
    CHECK(ask(specific, set, "label", other, work).action == allow);
    CHECK(ask(specific, "mgmt.vm.property.Get", "label", other, work) == Answer{});

    const PolicyTexts to_dom0{{"/etc/qubes-rpc/policy/mgmt.vm.List", "$anyvm dom0 allow\n"}};
    CHECK(ask(to_dom0, "mgmt.vm.List", "", mgmtvm, dom0()) == Answer{allow, "mgmt.vm.List:1"});
    const PolicyTexts to_any{{"/etc/qubes-rpc/policy/mgmt.vm.List", "$anyvm $anyvm allow\n"}};
    CHECK(ask(to_any, "mgmt.vm.List", "", mgmtvm, dom0()) == Answer{});
}

TEST_CASE("policy: a file of an older host that is wrong denies what it is for, and nothing else")
{
    const PolicyTexts files{
        {"/etc/qubes-rpc/policy/mgmt.vm.Start", "$anyvm $anyvm allow\nnonsense\n"},
        {"/etc/qubes-rpc/policy/mgmt.vm.Kill", "$anyvm $anyvm allow\n"},
        {"/etc/qubes-rpc/policy/mgmt.vm.Pause", "$include:include/gone\n"},
        {"/etc/qubes-rpc/policy/.hidden", "nonsense\n"},
        {"/etc/qubes-rpc/policy/mgmt.vm.Kill.rpmsave", "nonsense\n"},
        {"/etc/qubes-rpc/policy/odd name", "nonsense\n"}};
    CHECK(ask(files, "mgmt.vm.Start", "", mgmtvm, work) == Answer{deny, "mgmt.vm.Start:2"});
    CHECK(ask(files, "mgmt.vm.Pause", "", mgmtvm, work) == Answer{deny, "mgmt.vm.Pause:1"});
    CHECK(ask(files, "mgmt.vm.Kill", "", mgmtvm, work).action == allow);
    CHECK(Policy::load(files).rules().ignored.size() == 2);
}

TEST_CASE("policy: each rule of the format, right and wrong")
{
    for (const char* const line :
         {"# a comment", "  \t# another", "", "a * b c deny notify=no", "a + b c allow",
          "a +x+y b c ask default_target=d", "* * @anyvm @adminvm deny",
          "a.B_c-d * @tag:t @type:AppVM allow user=root autostart=no notify=yes target=@dispvm:x",
          "a * @dispvm:x @dispvm:@tag:t ask target=@dispvm", "a * dom0 @dispvm deny",
          "a * @dispvm:@tag:t @default ask", "a * * @default allow target=b",
          "a * uuid:01234567-89ab-cdef-0123-456789abcdef b deny"}) {
        INFO(line);
        CHECK(is_right(line));
    }
    for (const char* const line : {"a",
                                   "a * b c",
                                   "a x b c deny",
                                   "a+x * b c deny",
                                   "a * b c maybe",
                                   "a * b c deny extra",
                                   "a * b c deny target=d",
                                   "a * b c deny user=u",
                                   "a * b c allow default_target=d",
                                   "a * b c allow target=d target=d",
                                   "a * b c allow target=",
                                   "a * b c allow notify=maybe",
                                   "a * b c allow autostart=1",
                                   "a * b c allow colour=red",
                                   "a * @default c deny",
                                   "a * @dispvm c deny",
                                   "a * $anyvm c deny",
                                   "a * b @tag: deny",
                                   "a * b @nothing deny",
                                   "a * b c allow target=@anyvm",
                                   "a * b c allow target=@tag:t",
                                   "a * b c allow target=*",
                                   "a * b c allow target=@dispvm:@tag:t",
                                   "a * b c deny # no comment",
                                   "a * b/c d deny",
                                   "a * uuid:0 b deny",
                                   "!include",
                                   "!include a b",
                                   "!include-service a *",
                                   "!compat-4.0 x",
                                   "!nothing",
                                   "!include gone"}) {
        INFO(line);
        CHECK_FALSE(is_right(line));
    }
    const Policy policy = Policy::load(
        PolicyTexts{{"/etc/qubes/policy.d/30-user.policy", "# one\na * b c deny\nwrong\n"}});
    REQUIRE(policy.fault());
    CHECK(policy.fault()->where() ==
          "/etc/qubes/policy.d/30-user.policy:3: a line is: service, argument, source, "
          "destination, action");
}

TEST_CASE("policy: files by name, those of /run instead of their namesakes, includes in place")
{
    const std::string all = "a * b c ";
    const PolicyTexts files{
        {"/etc/qubes/policy.d/20-b.policy", "!include include/deny\n" + all + "allow\n"},
        {"/etc/qubes/policy.d/10-a.policy", all + "allow\n"},
        {"/run/qubes/policy.d/10-a.policy", "a * b d allow\n"},
        {"/run/qubes/policy.d/15-c.policy", "!include-dir dir\n"},
        {"/etc/qubes/policy.d/dir/x.policy", "a +first b c allow\n"},
        {"/etc/qubes/policy.d/dir/ignored", "nonsense\n"},
        {"/etc/qubes/policy.d/.hidden.policy", "nonsense\n"},
        {"/etc/qubes/policy.d/README", "nonsense\n"},
        {"/etc/qubes/policy.d/include/deny", all + "deny\n"}};
    const PolicyParty b = qube("b");
    CHECK(ask(files, "a", "", b, qube("c")) == Answer{deny, "deny:1"});
    CHECK(ask(files, "a", "first", b, qube("c")) == Answer{allow, "x.policy:1"});
    CHECK(ask(files, "a", "", b, qube("d")) == Answer{allow, "10-a.policy:1"});

    const PolicyTexts round{{"/etc/qubes/policy.d/10-a.policy", "!include 10-a.policy\n"}};
    CHECK(ask(round, "a", "", b, b) == Answer{.faulty = true});
}

TEST_CASE("policy: !compat-4.0 brings the old files, the specific before the general")
{
    const PolicyTexts files{{"/etc/qubes/policy.d/30-user.policy",
                             "!compat-4.0\nx * @anyvm @anyvm allow\n"
                             "x * @anyvm @adminvm allow\n"},
                            {"/etc/qubes-rpc/policy/x", "a b deny\n"},
                            {"/etc/qubes-rpc/policy/x+y", "a b allow,target=dom0\n$include:more\n"},
                            {"/etc/qubes-rpc/policy/more", "a d allow\n"}};
    const PolicyParty a = qube("a");
    CHECK(ask(files, "x", "y", a, qube("b")) == Answer{allow, "x+y:1", true});
    CHECK(ask(files, "x", "y", a, qube("d")) == Answer{allow, "more:1"});
    CHECK(ask(files, "x", "y", a, qube("c")).action == deny); // nothing behind it counts
    CHECK(ask(files, "x", "y", a, dom0()).action == deny);
    CHECK(ask(files, "x", "", a, qube("b")) == Answer{deny, "x:1"});
    CHECK(ask(files, "x", "", a, qube("c")) == Answer{allow, "30-user.policy:2"});
}

TEST_CASE("policy: whom each word means")
{
    const auto means = [](const char* word, const PolicyParty& party) {
        const auto token = parse_token(word, TokenPlace::destination, TokenSyntax::old);
        REQUIRE(token);
        return matches(*token, party);
    };
    const PolicyParty base{.kind = PartyKind::disposable_of,
                           .qube = {.name = "base", .klass = "AppVM", .tags = " t "}};
    const PolicyParty new_one{.kind = PartyKind::new_disposable};
    for (const PolicyParty& party : {dom0(), work, nobody, base, new_one}) {
        CHECK(means("*", party));
        CHECK(means("@anyvm", party) == (party.kind != PartyKind::admin));
        CHECK(means("dom0", party) == (party.kind == PartyKind::admin));
        CHECK(means("$adminvm", party) == (party.kind == PartyKind::admin));
        CHECK(means("@default", party) == (party.kind == PartyKind::none));
        CHECK(means("@dispvm", party) == (party.kind == PartyKind::new_disposable));
        CHECK(means("@dispvm:base", party) == (party.kind == PartyKind::disposable_of));
        CHECK(means("$dispvm:$tag:t", party) == (party.kind == PartyKind::disposable_of));
        CHECK(means("work", party) == (party.kind == PartyKind::qube));
        CHECK(means("@tag:created-by-mgmtvm", party) == (party.kind == PartyKind::qube));
        CHECK(means("@type:AppVM", party) == (party.kind == PartyKind::qube));
        CHECK_FALSE(means("@type:AdminVM", party));
        CHECK_FALSE(means("@tag:created-by", party));
        CHECK_FALSE(means("@tag:by-mgmtvm", party));
        CHECK_FALSE(means("base", party));
    }
    CHECK(has_tag(qube("q", " aa a ").qube, "a"));
    CHECK_FALSE(has_tag(qube("q", " aa ").qube, "a"));
    CHECK_FALSE(has_tag(qube("q", "").qube, "a"));
}

TEST_CASE("policy: a table of destinations says of each what the lines say in their order",
          "[policy]")
{
    const PolicyTexts files{{"/etc/qubes/policy.d/30-a.policy",
                             "mgmt.vm.List +x mgr vault allow target=dom0\n"
                             "mgmt.vm.Start * mgr @anyvm deny\n"
                             "mgmt.vm.List * mgr @tag:late deny\n"
                             "mgmt.vm.List * mgr @type:TemplateVM allow target=dom0\n"
                             "mgmt.vm.List * mgr work allow target=dom0\n"
                             "mgmt.vm.List * mgr @tag:early allow target=dom0\n"
                             "mgmt.vm.List + mgr @dispvm:@tag:early allow\n"
                             "mgmt.vm.List * mgr @adminvm ask\n"
                             "mgmt.vm.List * mgr @anyvm deny\n"
                             "* * mgr * allow target=dom0\n"}};
    const Policy policy = Policy::load(files, "mgmt.vm.List");
    REQUIRE_FALSE(policy.fault());
    CHECK(policy.rules().rules.size() == 9); // what is for other services is not kept
    const PolicyView view = policy.narrow("mgmt.vm.List", qube("mgr"));
    for (const std::string_view argument : {"", "x"}) {
        const DestinationTable table{view, argument};
        for (const PolicyParty& party :
             {dom0(), qube("work"), qube("work", " late "), qube("vault", " early late "),
              qube("vault", " early "), qube("vault"), qube("x", " ", "TemplateVM"), PolicyParty{},
              PolicyParty{.kind = PartyKind::new_disposable},
              PolicyParty{.kind = PartyKind::disposable_of,
              .qube = {.name = "work", .tags = " early "}}}) {
            INFO(party.qube.name << party.qube.tags << argument);
            CHECK(table.decide(party).rule == view.decide(argument, party).rule);
        }
    }
    const DestinationTable table{view, ""};
    CHECK(table.decide(qube("work", " late ")).action == PolicyAction::deny);
    CHECK(table.decide(qube("vault", " early ")).action == PolicyAction::allow);
    CHECK(table.decide(dom0()).action == PolicyAction::ask);
    CHECK(table.decide(qube("vault")).action == PolicyAction::deny);
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Constraints. The first line is what a request says, its value, the second its argument, the rest
// a file. Each line of it is a line, nothing or a fault; what is right says the same again when it
// is written down from its parts; and with a fault as without one a question is answered.

#include "fuzz/target.hpp"
#include "support/constraint_world.hpp"

#include <array>
#include <string>
#include <string_view>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

std::string quoted(std::string_view text)
{
    return "\"" + std::string{text} + "\"";
}

std::string written(const ConstraintItem& item)
{
    using Kind = ConstraintItem::Kind;
    switch (item.kind) {
    case Kind::word: return quoted(item.text);
    case Kind::tag: return "@tag:" + std::string{item.text};
    case Kind::type: return "@type:" + std::string{item.text};
    case Kind::none: return "@none";
    case Kind::the_default: return "@default";
    case Kind::caller: return "@self";
    case Kind::current: return "@current";
    }
    return {};
}

std::string written(const ConstraintSubject& subject)
{
    switch (subject.kind) {
    case ConstraintSubject::Kind::value: return "value";
    case ConstraintSubject::Kind::field: return "field " + std::string{subject.key};
    case ConstraintSubject::Kind::argument: return "arg";
    }
    return {};
}

std::string written(const ConstraintCondition& condition)
{
    using Kind = ConstraintCondition::Kind;
    const std::string subject = written(condition.subject);
    const std::string most = std::to_string(condition.most);
    const auto items = [&] {
        std::string all;
        for (const ConstraintItem& item : condition.items)
            all += " " + written(item);
        return all;
    };
    switch (condition.kind) {
    case Kind::in: return subject + " in" + items();
    case Kind::not_in: return "not " + subject + " in" + items();
    case Kind::between: return subject + " between " + std::to_string(condition.least) + " " + most;
    case Kind::match: return subject + " match " + quoted(condition.pattern);
    case Kind::max_length: return subject + " maxlen " + most;
    case Kind::max_running: return "max-running " + most;
    case Kind::max_qubes: return "max-qubes " + most;
    }
    return {};
}

std::string written(const ConstraintEnd& end)
{
    if (end.is_other_end)
        return "@self";
    const std::string word{end.token.word};
    switch (end.token.kind) {
    case TokenKind::all: return "*";
    case TokenKind::any_vm: return "@anyvm";
    case TokenKind::admin: return "@adminvm";
    case TokenKind::name: return word;
    case TokenKind::uuid: return "uuid:" + word;
    case TokenKind::tag: return "@tag:" + word;
    case TokenKind::type: return "@type:" + word;
    case TokenKind::none:
    case TokenKind::new_disposable:
    case TokenKind::disposable_of:
    case TokenKind::disposable_of_tag: break;
    }
    fuzz::require(false); // no end of a line
    return {};
}

std::string written(const Constraint& line)
{
    std::string text = std::string{line.call} + " " + std::string{line.argument} + " " +
                       written(line.source) + " " + written(line.destination);
    fuzz::require(line.conditions.empty() == (line.verdict != Constraint::Verdict::conditions));
    if (line.verdict == Constraint::Verdict::allow)
        text += " allow";
    if (line.verdict == Constraint::Verdict::deny)
        text += " deny";
    const char* between = " ";
    for (const ConstraintCondition& condition : line.conditions) {
        text += between + written(condition);
        between = " and ";
    }
    return text;
}

std::string written(const Constraints& constraints)
{
    std::string text = constraints.bind_dom0() ? "include-dom0\n" : "";
    for (const Constraint& line : constraints.lines())
        text += written(line) + "\n";
    return text;
}

// Which line decides, and how, of every pair of ends.
std::string decisions(const Constraints& constraints, std::string_view value,
                      std::string_view argument)
{
    KnownFacts facts;
    facts.wanted.emplace(value);
    facts.usual.emplace("red");
    facts.present.emplace("blue");
    facts.fields = {{"label", std::string{value}}, {"template", "work"}};
    facts.qubes = {qube("work", " a b "), qube("mgmtvm", " ")};
    facts.running_qubes = facts.qubes;
    facts.made = 3;
    const std::array parties = {dom0(), qube("work", " a b "), qube("mgmtvm", " "),
                                qube("net", " b ", "StandaloneVM"), PolicyParty{}};
    std::string all;
    for (const std::string_view call : {"mgmt.vm.property.Set", "admin.vm.property.Reset",
                                        "mgmt.vm.Create.AppVM", "policy.Replace"})
        for (const PolicyParty& source : parties)
            for (const PolicyParty& destination : parties) {
                const ConstraintDecision decision =
                    constraints.decide({call, argument, source, destination}, facts);
                fuzz::require(decision.line != nullptr || decision.allowed);
                fuzz::require(decision.broken == nullptr || !decision.allowed);
                all += decision.allowed ? '+' : '-';
                if (decision.line != nullptr)
                    all += std::to_string(decision.line - constraints.lines().data());
            }
    return all;
}

std::string_view take_line(std::string_view& rest)
{
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size > 1 << 14)
        return 0;
    std::string_view rest{reinterpret_cast<const char*>(data), size};
    const std::string_view value = take_line(rest);
    const std::string_view argument = take_line(rest);
    const Constraints parsed = constraints(std::string{rest});
    const std::string said = decisions(parsed, value, argument);
    for (const PolicyFault& fault : parsed.faults())
        fuzz::require(fault.line > 0 && !fault.text.empty());
    const Constraints again = constraints(written(parsed));
    fuzz::require(again.faults().empty());
    fuzz::require(written(again) == written(parsed));
    fuzz::require(decisions(again, value, argument) == said);
    return 0;
}

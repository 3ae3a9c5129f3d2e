// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/constraint/constraints.hpp"

#include "policy/constraint/glob.hpp"

#include <algorithm>
#include <array>

namespace qmgmt {
namespace {

// A Reset is a Set in disguise: lines for the one are about the other, too.
std::string set_of_reset(std::string_view name)
{
    constexpr std::string_view reset = "property.Reset";
    std::string set{name};
    if (name.ends_with(reset))
        set.replace(name.size() - reset.size(), reset.size(), "property.Set");
    return set;
}

} // namespace

std::string mgmt_name(std::string_view called_as)
{
    constexpr std::string_view admin = "admin.";
    constexpr std::string_view policy = "policy.";
    if (called_as.starts_with(admin))
        return "mgmt." + std::string{called_as.substr(admin.size())};
    if (called_as.starts_with(policy))
        return "mgmt." + std::string{called_as};
    return std::string{called_as};
}

void Constraints::fault(std::size_t file, unsigned line, std::string text)
{
    faults_.push_back({files_[file].text.path, line, std::move(text)});
}

void Constraints::parse_file(std::size_t number)
{
    File& file = files_[number];
    if (!file.text.fault.empty())
        return fault(number, 0, file.text.fault);
    std::string_view rest = file.text.text;
    for (unsigned line = 1; !rest.empty(); ++line) {
        const auto end = std::min(rest.find('\n'), rest.size());
        try {
            const auto words = constraint_words(rest.substr(0, end));
            if (words.size() == 1 && words.front().is("include-dom0")) {
                file.includes_dom0 = true;
            } else if (!words.empty()) {
                Constraint parsed = parse_constraint(words);
                parsed.text = rest.substr(0, end);
                parsed.file = number;
                parsed.line = line;
                lines_.push_back(std::move(parsed));
            }
        } catch (const ConstraintSyntax& wrong) {
            fault(number, line, wrong.text);
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

Constraints Constraints::parse(std::vector<ConstraintText> texts)
{
    Constraints parsed;
    for (ConstraintText& text : texts) {
        parsed.files_.push_back({std::move(text)});
        parsed.parse_file(parsed.files_.size() - 1);
    }
    return parsed;
}

std::string Constraints::where(const Constraint& line) const
{
    return files_[line.file].text.path + ":" + std::to_string(line.line);
}

bool Constraints::bind_dom0() const noexcept
{
    return std::ranges::any_of(files_, [](const File& file) { return file.includes_dom0; });
}

ConstraintDecision Constraints::decide(const ConstrainedRequest& request,
                                       ConstraintFacts& facts) const
{
    const std::string own = mgmt_name(request.call);
    const std::array<std::string, 4> names = {own, std::string{request.call}, set_of_reset(own),
                                              set_of_reset(request.call)};
    const bool by_dom0 = request.source.kind == PartyKind::admin;
    const auto is_about = [&](const Constraint& line) {
        return (!by_dom0 || files_[line.file].includes_dom0) &&
               std::ranges::any_of(
                   names, [&](const std::string& name) { return matches_glob(line.call, name); }) &&
               (line.no_argument ? request.argument.empty()
                                 : matches_glob(line.argument, request.argument)) &&
               means(line.source, request.source, request.destination) &&
               means(line.destination, request.destination, request.source);
    };
    const auto line = std::ranges::find_if(lines_, is_about);
    if (line == lines_.end())
        return {};
    ConstraintDecision decision{line->verdict != Constraint::Verdict::deny, &*line};
    const std::string_view caller = by_dom0 ? "dom0" : request.source.qube.name;
    for (const ConstraintCondition& condition : line->conditions) {
        if (decision.allowed && !holds(condition, *line, request.argument, caller, facts)) {
            decision.allowed = false;
            decision.broken = &condition;
        }
    }
    return decision;
}

} // namespace qmgmt

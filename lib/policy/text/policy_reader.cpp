// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/text/policy_reader.hpp"

#include "base/error.hpp"
#include "base/paths.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace qmgmt {
namespace {

constexpr unsigned deepest = 16;
constexpr std::size_t most_files = 2000;
constexpr std::size_t most_bytes = std::size_t{8} << 20;
constexpr std::string_view policy_suffix = ".policy";

bool is_policy_name(std::string_view name) noexcept
{
    return std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    });
}

} // namespace

std::optional<PolicyMatch> match_of_old_file(std::string_view name)
{
    for (const std::string_view suffix : {".rpmsave", ".rpmnew", ".swp"})
        if (name.ends_with(suffix))
            return std::nullopt;
    const auto plus = std::min(name.find('+'), name.size());
    if (name.starts_with('.') || plus == 0)
        return std::nullopt;
    try {
        return parse_match(name.substr(0, plus), plus == name.size() ? "*" : name.substr(plus));
    } catch (const PolicySyntax&) {
        return std::nullopt; // odd characters
    }
}

std::string PolicyReader::path_below(std::string_view directory, std::string_view path)
{
    return path.starts_with('/') ? std::string{path}
                                 : std::string{directory} + "/" + std::string{path};
}

void PolicyReader::directories(const std::vector<std::string>& directories)
{
    std::map<std::string, std::string> paths; // by name
    for (const std::string& directory : directories) {
        std::optional<std::vector<std::string>> names;
        try {
            names = files_.list(directory);
        } catch (const Error& error) {
            throw PolicyFault{directory, 0, error.text()};
        }
        const std::string start = directory + "/";
        for (const std::string& name : names.value_or(std::vector<std::string>{})) {
            if (name.starts_with('.') || !name.ends_with(policy_suffix))
                continue;
            if (!is_policy_name(name))
                throw PolicyFault{start + name, 0,
                                  "the name of a policy has only a-z, 0-9, '_', '.' and '-'"};
            paths[name] = start + name;
        }
    }
    for (const auto& [name, path] : paths)
        file(path);
}

// Who calls this is in a line of another file, or in none.
void PolicyReader::lines(const std::string& path, const Line& line)
{
    if (depth_ == deepest)
        throw PolicySyntax{"files include each other too deeply"};
    if (into_.files.size() == most_files)
        throw PolicySyntax{"too many files"};
    std::optional<std::string> text;
    try {
        text = files_.read(path);
    } catch (const Error& error) {
        throw PolicySyntax{error.text()};
    }
    if (!text)
        throw PolicySyntax{"there is no '" + path + "'"};
    bytes_ += text->size();
    if (bytes_ > most_bytes)
        throw PolicySyntax{"the policy is too large"};
    const std::string_view all = into_.texts.emplace_back(*std::move(text));
    const auto outer = std::tuple{file_, line_, text_};
    file_ = into_.files.size();
    into_.files.push_back(path);
    line_ = 0;
    ++depth_;
    try {
        for (std::size_t at = 0; at < all.size();) {
            const auto end = std::min(all.find('\n', at), all.size());
            const std::string_view one = all.substr(at, end - at);
            ++line_;
            text_ = one;
            const auto first = one.find_first_not_of(" \t");
            if (first != std::string_view::npos && one[first] != '#')
                line(one);
            at = end + 1;
        }
    } catch (const PolicySyntax& wrong) {
        throw PolicyFault{path, line_, wrong.text};
    }
    --depth_;
    std::tie(file_, line_, text_) = outer;
}

void PolicyReader::file(const std::string& path)
{
    const auto read = [&] { lines(path, [this](std::string_view line) { full_line(line); }); };
    if (depth_ > 0)
        return read();
    try {
        read();
    } catch (const PolicySyntax& wrong) {
        throw PolicyFault{path, 0, wrong.text};
    }
}

void PolicyReader::full_line(std::string_view line)
{
    const auto words = words_of(line);
    if (words.front().starts_with('!'))
        include(words);
    else
        add(parse_rule(words));
}

void PolicyReader::include(const std::vector<std::string_view>& words)
{
    const std::string_view what = words.front();
    const auto path = [&](std::size_t at) { return path_below(paths::policy, words[at]); };
    if (what == "!include" && words.size() == 2)
        file(path(1));
    else if (what == "!include-dir" && words.size() == 2)
        directories({path(1)});
    else if (what == "!include-service" && words.size() == 4)
        short_file(path(3), parse_match(words[1], words[2]), paths::policy);
    else if (what == "!compat-4.0" && words.size() == 1)
        old_directory();
    else
        throw PolicySyntax{"not an instruction: '" + std::string{what.substr(0, 40)} +
                           "' with so many words"};
}

void PolicyReader::short_file(const std::string& path, const PolicyMatch& match)
{
    short_file(path, match, paths::policy);
}

void PolicyReader::short_file(const std::string& path, const PolicyMatch& match,
                              std::string_view directory)
{
    lines(path, [&](std::string_view line) { short_line(line, match, directory); });
}

void PolicyReader::short_line(std::string_view line, const PolicyMatch& match,
                              std::string_view directory)
{
    const auto words = words_of(line);
    const std::string_view first = words.front();
    std::string_view path;
    if (first == "!include" && words.size() == 2)
        path = words[1];
    for (const std::string_view old : {"$include:", "@include:"})
        if (first.starts_with(old) && words.size() == 1)
            path = first.substr(old.size());
    if (path.empty())
        add(parse_short_rule(line, match));
    else
        short_file(path_below(directory, path), match, directory);
}

void PolicyReader::old_directory()
{
    std::vector<std::string> names;
    try {
        names = files_.list(std::string{paths::service_policy}).value_or(names);
    } catch (const Error& error) {
        throw PolicySyntax{error.text()};
    }
    // What is for one argument comes first, and nothing behind it counts for that argument.
    std::stable_partition(names.begin(), names.end(), [](const std::string& name) {
        return name.find('+') != std::string::npos;
    });
    for (const std::string& name : names)
        if (match_of_old_file(name))
            old_file(name);
}

void PolicyReader::old_file(const std::string& name)
{
    const PolicyMatch parsed = match_of_old_file(name).value_or(PolicyMatch{});
    // The views of the match must live as long as the rules.
    const std::string_view kept = into_.texts.emplace_back(name);
    const PolicyMatch match{kept.substr(0, parsed.service.size()),
                            kept.substr(kept.size() - parsed.argument.size()), parsed.any_argument};
    const std::string path = std::string{paths::service_policy} + "/" + name;
    short_file(path, match, paths::service_policy);
    if (!match.any_argument) {
        deny(match, TokenKind::any_vm);
        deny(match, TokenKind::admin);
    }
}

void PolicyReader::deny_instead(const std::string& name, unsigned line)
{
    const PolicyMatch parsed = match_of_old_file(name).value_or(PolicyMatch{});
    const std::string_view kept = into_.texts.emplace_back(name);
    file_ = into_.files.size();
    into_.files.push_back(std::string{paths::service_policy} + "/" + name);
    line_ = line;
    text_ = {};
    deny({kept.substr(0, parsed.service.size()), kept.substr(kept.size() - parsed.argument.size()),
          parsed.any_argument},
         TokenKind::all);
}

void PolicyReader::deny(const PolicyMatch& match, TokenKind destination)
{
    const bool all = destination == TokenKind::all;
    add({.service = match.service,
         .argument = match.argument,
         .any_argument = match.any_argument,
         .source = {all ? TokenKind::all : TokenKind::any_vm},
         .destination = {destination}});
}

void PolicyReader::add(PolicyRule rule)
{
    if (!service_.empty() && !rule.service.empty() && rule.service != service_)
        return;
    rule.file = file_;
    rule.line = line_;
    rule.text = text_;
    into_.rules.push_back(rule);
}

} // namespace qmgmt

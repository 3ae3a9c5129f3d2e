// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/strict_policy.hpp"

#include <regex>
#include <set>
#include <sstream>

namespace qmgmt::test {
namespace {

const std::string name = "[A-Za-z][A-Za-z0-9_.-]{0,30}";
const std::string tag = "[A-Za-z0-9_-]{1,64}";
const std::string base = "@dispvm:" + name;

const std::regex is_service{"[A-Za-z0-9._-]+"};
const std::regex is_argument{"\\*|\\+[A-Za-z0-9._+-]*"};
const std::regex is_path{"include/[A-Za-z0-9_-]+"};
const std::regex is_source{"\\*|@anyvm|@tag:" + tag + "|@type:" + name + "|" + base +
                           "|@dispvm:@tag:" + tag + "|" + name};
const std::regex is_destination{"\\*|@anyvm|@adminvm|@default|@dispvm|@tag:" + tag + "|@type:" +
                                name + "|" + base + "|@dispvm:@tag:" + tag + "|" + name};
const std::regex is_target{"@adminvm|@dispvm|" + base + "|" + name};
const std::regex is_user{"[a-z_][a-z0-9_-]*"};
const std::regex is_yes_or_no{"yes|no"};

bool is(const std::string& word, const std::regex& what)
{
    return std::regex_match(word, what);
}

bool is_dom0(const std::string& word)
{
    return word == "dom0" || word == "@adminvm";
}

// All of our calls are run in dom0.
bool is_of_management(const std::string& service)
{
    for (const char* prefix : {"mgmt.", "admin.", "policy."})
        if (service.starts_with(prefix))
            return true;
    return service.empty(); // the body of a file that our services include
}

std::string fault_of_parameter(const std::string& key, const std::string& value,
                               const std::string& action)
{
    const bool deny = action == "deny";
    if (key == "notify")
        return is(value, is_yes_or_no) ? "" : "notify";
    if (!deny && key == "target")
        return is(value, is_target) ? "" : "target";
    if (action == "ask" && key == "default_target")
        return is(value, is_target) ? "" : "default_target";
    if (!deny && key == "autostart")
        return is(value, is_yes_or_no) ? "" : "autostart";
    if (!deny && key == "user")
        return is(value, is_user) ? "" : "user";
    return "a parameter that this action does not have";
}

// From its action on.
std::string fault_of_action(const StrictLine& line, const std::vector<std::string>& words,
                            std::size_t at)
{
    if (line.action != "allow" && line.action != "deny" && line.action != "ask")
        return "action";
    std::set<std::string> seen;
    std::string target;
    for (++at; at < words.size(); ++at) {
        const auto equals = words[at].find('=');
        if (equals == std::string::npos)
            return "a word that is no parameter";
        const std::string key = words[at].substr(0, equals);
        const std::string value = words[at].substr(equals + 1);
        if (!seen.insert(key).second)
            return "a parameter twice";
        if (std::string fault = fault_of_parameter(key, value, line.action); !fault.empty())
            return fault;
        if (key == "target")
            target = value;
    }
    if (line.action == "deny")
        return "";
    if (line.destination == "@default" && target.empty())
        return "@default without target=";
    const bool lets_out = !is_dom0(target.empty() ? line.destination : target);
    return is_of_management(line.service) && lets_out ? "without target=dom0" : "";
}

std::string fault_of(const std::vector<std::string>& words, StrictFormat format, StrictLine& line)
{
    const bool full = format == StrictFormat::full;
    if (words.front() == "!include" && words.size() == 2) {
        line.include = words[1];
        return is(line.include, is_path) ? "" : "path";
    }
    if (full && words.front() == "!include-service" && words.size() == 4) {
        line = {.service = words[1], .argument = words[2], .include = words[3]};
        if (!is(line.service, is_service) || !is(line.argument, is_argument))
            return "service or argument";
        return is(line.include, is_path) ? "" : "path";
    }
    if (words.front().starts_with('!'))
        return "instruction";
    const std::size_t start = full ? 2 : 0;
    if (words.size() < start + 3)
        return "too few words";
    if (full) {
        line.service = words[0];
        line.argument = words[1];
        // No file of ours speaks of all services.
        if (!is(line.service, is_service) || !is(line.argument, is_argument))
            return "service or argument";
    }
    line.source = words[start];
    line.destination = words[start + 1];
    line.action = words[start + 2];
    if (!is(line.source, is_source) || is_dom0(line.source))
        return "source"; // dom0 asks no policy
    if (!is(line.destination, is_destination))
        return "destination";
    return fault_of_action(line, words, start + 2);
}

} // namespace

StrictPolicy read_strictly(std::string_view text, StrictFormat format)
{
    StrictPolicy policy;
    std::istringstream all{std::string{text}};
    std::string one;
    for (unsigned number = 1; std::getline(all, one); ++number) {
        const auto fault = [&](const std::string& why) {
            policy.faults.push_back(std::to_string(number) + ": " + why);
        };
        if (one.find_first_not_of(" !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`"
                                  "abcdefghijklmnopqrstuvwxyz{|}~\"\\") != std::string::npos) {
            fault("a tab, or what is not ASCII");
            continue;
        }
        std::istringstream line{one};
        std::vector<std::string> words;
        for (std::string word; line >> word;)
            words.push_back(word);
        if (words.empty() || words.front().starts_with('#'))
            continue;
        StrictLine read;
        if (std::string why = fault_of(words, format, read); !why.empty())
            fault(why);
        else
            policy.lines.push_back(std::move(read));
    }
    if (!text.empty() && text.back() != '\n')
        policy.faults.emplace_back("the last line has no end");
    return policy;
}

} // namespace qmgmt::test

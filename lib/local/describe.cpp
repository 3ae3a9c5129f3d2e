// SPDX-License-Identifier: GPL-2.0-or-later

#include "local/describe.hpp"

#include "base/failure.hpp"
#include "base/json_string.hpp"

#include <fmt/format.h>
#include <string_view>
#include <vector>

namespace qmgmt::local {
namespace {

std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

std::string json_list(std::string_view text)
{
    std::string out = "[";
    for (const std::string& word : words_of(text))
        out += (out.size() > 1 ? ", " : "") + json_string(word);
    return out + "]";
}

bool is_tool(const qmgmt_shell_spec& spec)
{
    return *spec.destination == '\0';
}

std::string example_name(const qmgmt_shell_spec& spec)
{
    const std::vector<std::string> variants = words_of(spec.variants);
    if (*spec.variant != '\0' || variants.empty())
        return spec.program;
    std::string name = spec.name;
    const std::string_view place = spec.variant_follows;
    return name.insert(place.empty() ? name.size() : place.size(), "." + variants.front());
}

std::string destination_text(std::string_view destination)
{
    if (destination == "dom0")
        return "dom0";
    if (destination == "dom0-or-qube")
        return "dom0, for all qubes, or one qube";
    return destination == "not-dom0" ? "a qube other than dom0" : "a qube, dom0 too";
}

std::string examples(const qmgmt_shell_spec& spec)
{
    const std::string name = example_name(spec);
    const bool argument = std::string_view{spec.argument} != "none";
    const bool input = std::string_view{spec.input} != "none";
    const std::string_view destination = spec.destination;
    const bool to_qube = destination == "qube" || destination == "not-dom0";
    const std::string what = *spec.argument_is == '\0' ? "ARGUMENT" : spec.argument_is;
    std::string feed;
    if (std::string_view{spec.input} == "stream") {
        const std::string head = spec.input_is;
        feed = head.empty() ? "cat IMAGE | " : "{ echo '" + head + "'; cat IMAGE; } | ";
    } else if (input) {
        std::string payload = spec.input_is;
        const bool row = payload.ends_with('\n');
        if (row)
            payload.pop_back();
        feed = std::string{row ? "printf '%s\\n' '" : "printf '%s' '"} + payload + "' | ";
    }
    return fmt::format("Examples:\n"
                       "  in dom0:    {}{}{}{}\n"
                       "  in a qube:  {}qrexec-client-vm {} {}{}\n",
                       feed, name, to_qube ? " --dest=work" : "", argument ? " --arg=" + what : "",
                       feed, to_qube ? "work" : "dom0", name, argument ? "+" + what : "");
}

std::string exit_codes()
{
    std::string out = "Exit status:\n  0 success";
    for (int code = 1; code <= static_cast<int>(Failure::resources); ++code)
        out += fmt::format("{}{} {}", code % 6 == 0 ? ",\n  " : ", ", code,
                           word(static_cast<Failure>(code)));
    return out + "\n";
}

std::string need(const char* word, const char* is)
{
    const std::string_view kind = word;
    if (kind == "none")
        return "none";
    if (kind == "stream")
        return *is == '\0' ? "raw data" : "a line " + std::string{is} + ", then raw data";
    std::string out = *is == '\0' ? "yes" : is;
    if (out.ends_with('\n'))
        out.replace(out.size() - 1, 1, ", a line each");
    return kind == "optional" ? out + " (optional)" : out;
}

// In the line of usage.
std::string argument_word(const qmgmt_shell_spec& spec)
{
    if (*spec.words != '\0') {
        std::string words = " " + std::string{spec.words};
        for (char& c : words)
            c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        return *spec.flag == '\0' ? words : " [--" + std::string{spec.flag} + words + "]";
    }
    const std::string_view argument = spec.argument;
    if (argument == "none")
        return "";
    return argument == "required" && is_tool(spec) ? " ARGUMENT" : " [ARGUMENT]";
}

} // namespace

std::string help(const qmgmt_shell_spec& spec)
{
    const bool tool = is_tool(spec);
    std::string out = fmt::format("{} - {}\n\nUsage: {} [OPTIONS]{}\n\n", spec.program,
                                  spec.summary, example_name(spec), argument_word(spec));
    if (tool && *spec.argument_is != '\0')
        out += "Argument:    " + need(spec.argument, spec.argument_is) + "\n\n";
    if (!tool) {
        std::string returns = *spec.returns == '\0' ? "nothing" : spec.returns;
        if (returns.ends_with('\n'))
            returns.replace(returns.size() - 1, 1, ", a line each");
        out +=
            fmt::format("Destination: {}\nArgument:    {}\nInput:       {}\nOutput:      {}\n",
                        destination_text(spec.destination), need(spec.argument, spec.argument_is),
                        need(spec.input, spec.input_is), returns);
        if (*spec.variants != '\0')
            out += "Classes:     " + std::string{spec.variants} + "\n";
        out += "\n";
    }
    out += "Options:\n";
    if (!tool)
        out += "  --dest=QUBE         the destination; dom0 unless given\n"
               "  --arg=ARGUMENT      the argument; the first word does as well\n"
               "  --source=QUBE       act for this qube (root only)\n"
               "  --plain, --framed   the reply as mgmt.* or admin.* give it to a qube\n";
    out += "  --json              the reply as an array of objects; keys are the names in the "
           "output,\n"
           "                      `name` for a single word\n";
    if (spec.dry_run != 0)
        out +=
            "  --dry-run           check everything, print what would be written, write nothing\n";
    if (spec.progress != 0)
        out += "  --progress=json     how far it has come, on standard error, one object a line\n";
    if (*spec.flag != '\0')
        out += fmt::format("  {:<19} {}\n", "--" + std::string{spec.flag}, spec.flag_is);
    out += "  --timeout=SECONDS   give up after this time, 0.1 to 86400\n"
           "  --describe          what this program declares about itself, as JSON\n"
           "  --version, --help\n\n";
    if (!tool)
        out += examples(spec) + "\n";
    return out + exit_codes();
}

std::string describe(const qmgmt_shell_spec& spec)
{
    const auto text = [](const char* key, const char* value) {
        return fmt::format("  {}: {},\n", json_string(key), json_string(value));
    };
    std::string out = "{\n";
    out += text("name", spec.name) + text("summary", spec.summary) +
           text("destination", spec.destination) + text("argument", spec.argument) +
           text("argument_is", spec.argument_is) + text("input", spec.input) +
           text("input_is", spec.input_is) + text("returns", spec.returns) +
           text("effect", spec.effect) + text("scope", spec.scope) + text("variant", spec.variant) +
           text("variant_follows", spec.variant_follows) + text("version", spec.version) +
           text("admin_argument", spec.admin_argument) + text("admin_returns", spec.admin_returns) +
           text("flag", spec.flag) + text("flag_is", spec.flag_is) + text("words", spec.words) +
           text("alias", spec.alias);
    return out + fmt::format("  \"needs\": {},\n  \"variants\": {},\n  \"payload_limit\": {},\n"
                             "  \"admin\": {},\n  \"dry_run\": {},\n  \"progress\": {}\n}}\n",
                             json_list(spec.needs), json_list(spec.variants), spec.payload_limit,
                             spec.admin != 0, spec.dry_run != 0, spec.progress != 0);
}

} // namespace qmgmt::local

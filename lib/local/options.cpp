// SPDX-License-Identifier: GPL-2.0-or-later
//
// The one source that includes CLI11: it costs ten seconds of compiling.

#include "local/options.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace qmgmt::local {
namespace {

constexpr double shortest_timeout = 0.1;
constexpr double longest_timeout = 86'400;

bool is_tool(const qmgmt_shell_spec& spec)
{
    return *spec.destination == '\0';
}

std::size_t word_count(const qmgmt_shell_spec& spec)
{
    const std::string_view words = spec.words;
    return words.empty() ? 0 : static_cast<std::size_t>(std::ranges::count(words, ' ')) + 1;
}

// CLI11 takes the next word for the value of "--dest=", so that an empty variable of a script would
// aim a call at its argument. As two words the value stays empty. In reverse, as CLI11 wants it.
std::vector<std::string> words_of(int argc, char** argv)
{
    constexpr std::array<std::string_view, 5> valued = {"--dest", "--arg", "--source", "--timeout",
                                                        "--progress"};
    std::vector<std::string> words;
    bool options = true;
    bool is_value = false;
    for (int i = 1; i < argc; ++i) {
        std::string_view word = argv[i];
        options = options && (is_value || word != "--");
        const bool empty_value =
            options && !is_value && word.ends_with('=') &&
            std::ranges::find(valued, word.substr(0, word.size() - 1)) != valued.end();
        if (empty_value)
            word.remove_suffix(1);
        is_value =
            options && !is_value && !empty_value && std::ranges::find(valued, word) != valued.end();
        words.emplace_back(word);
        if (empty_value)
            words.emplace_back();
    }
    std::ranges::reverse(words);
    return words;
}

// Digits and at most one point: what reads numbers for CLI11 also takes "nan" and "0x10".
std::string seconds_fault(const std::string& text)
{
    const bool plain = text.find_first_not_of("0123456789.") == std::string::npos &&
                       std::ranges::count(text, '.') <= 1;
    return plain ? "" : "not a number of seconds";
}

} // namespace

Options parse_options(const qmgmt_shell_spec& spec, int argc, char** argv)
{
    Options options;
    std::string word;
    std::string argument;
    bool framed = false;
    bool plain = false;
    bool json = false;
    CLI::App app;
    app.set_help_flag();
    app.add_flag("-h,--help", options.help);
    app.add_flag("--version", options.version);
    app.add_flag("--describe", options.describe);
    app.add_flag("--json", json);
    CLI::Option* given_argument = nullptr;
    CLI::Option* given_source = nullptr;
    CLI::Option* given_timeout = app.add_option("--timeout", options.timeout);
    given_timeout->check(CLI::Validator(seconds_fault, ""))
        ->check(CLI::Range(shortest_timeout, longest_timeout));
    if (!is_tool(spec)) {
        app.add_option("--dest", options.dest);
        given_argument = app.add_option("--arg", argument);
        given_source = app.add_option("--source", options.source);
        app.add_flag("--framed", framed);
        app.add_flag("--plain", plain);
    }
    if (spec.dry_run != 0)
        app.add_flag("--dry-run", options.dry_run);
    std::string progress;
    if (spec.progress != 0)
        app.add_option("--progress", progress)->check(CLI::IsMember({"json"}));
    if (*spec.flag != '\0')
        app.add_flag("--" + std::string{spec.flag}, options.flag);
    // One text, no list: CLI11 reads "[a,b]" as a list of two.
    CLI::Option* given_word = nullptr;
    std::vector<std::string> words(word_count(spec));
    if (words.empty())
        given_word = app.add_option("argument", word);
    std::vector<CLI::Option*> given_words;
    for (std::size_t at = 0; at < words.size(); ++at)
        given_words.push_back(app.add_option("word" + std::to_string(at), words[at]));
    try {
        app.parse(words_of(argc, argv));
    } catch (const CLI::ParseError& error) {
        options.fault = error.what();
        return options;
    }
    if (given_source != nullptr && given_source->count() > 0 && ::geteuid() != 0)
        options.fault = "--source is for root only";
    if (framed + plain + json > 1)
        options.fault = "--framed, --plain and --json exclude each other";
    const bool has_argument = given_argument != nullptr && given_argument->count() > 0;
    if (has_argument && given_word != nullptr && given_word->count() > 0)
        options.fault = "more than one argument";
    const auto given = static_cast<std::size_t>(
        std::ranges::count_if(given_words, [](const auto* one) { return one->count() > 0; }));
    if (const std::size_t wanted = *spec.flag != '\0' && !options.flag ? 0 : words.size();
        given != wanted && !options.help && !options.version && !options.describe)
        options.fault = wanted == 0
                            ? "words without --" + std::string{spec.flag}
                            : "it takes " + std::to_string(wanted) + " words: " + spec.words;
    if (given > 0)
        options.words = words;
    options.progress = !progress.empty();
    options.argument = has_argument ? argument : word;
    options.form = framed  ? QMGMT_FORM_FRAMED
                   : plain ? QMGMT_FORM_PLAIN
                   : json  ? QMGMT_FORM_JSON
                           : QMGMT_FORM_AUTO;
    return options;
}

} // namespace qmgmt::local

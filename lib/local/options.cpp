// SPDX-License-Identifier: GPL-2.0-or-later
//
// The one source that includes CLI11: it costs ten seconds of compiling.

#include "local/options.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

namespace qmgmt::local {
namespace {

constexpr double shortest_timeout = 0.1;
constexpr double longest_timeout = 86'400;

bool is_tool(const qmgmt_shell_spec& spec)
{
    return *spec.destination == '\0';
}

} // namespace

Options parse_options(const qmgmt_shell_spec& spec, int argc, char** argv)
{
    Options options;
    std::vector<std::string> words;
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
    given_timeout->check(CLI::Range(shortest_timeout, longest_timeout));
    if (!is_tool(spec)) {
        app.add_option("--dest", options.dest);
        given_argument = app.add_option("--arg", argument);
        given_source = app.add_option("--source", options.source);
        app.add_flag("--framed", framed);
        app.add_flag("--plain", plain);
    }
    if (spec.dry_run != 0)
        app.add_flag("--dry-run", options.dry_run);
    app.add_option("words", words);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        options.fault = error.what();
        return options;
    }
    if (given_source != nullptr && given_source->count() > 0 && ::geteuid() != 0)
        options.fault = "--source is for root only";
    if (framed + plain + json > 1)
        options.fault = "--framed, --plain and --json exclude each other";
    const bool has_argument = given_argument != nullptr && given_argument->count() > 0;
    if (words.size() + (has_argument ? 1 : 0) > 1)
        options.fault = "more than one argument";
    options.argument = has_argument ? argument : words.empty() ? "" : words.front();
    options.form = framed  ? QMGMT_FORM_FRAMED
                   : plain ? QMGMT_FORM_PLAIN
                   : json  ? QMGMT_FORM_JSON
                           : QMGMT_FORM_AUTO;
    return options;
}

} // namespace qmgmt::local

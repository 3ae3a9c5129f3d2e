// SPDX-License-Identifier: GPL-2.0-or-later
//
// The shell behind its border: no exception leaves these functions.

#include "base/fd.hpp"
#include "local/describe.hpp"
#include "local/options.hpp"
#include "local/progress.hpp"
#include "local/render.hpp"

#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

using namespace qmgmt::local;

// What is handed out lives until the process ends.
Options& parsed()
{
    static Options options;
    return options;
}

bool print(const std::string& text)
{
    return qmgmt::write_all(STDOUT_FILENO, text);
}

qmgmt_shell_outcome parse(const qmgmt_shell_spec* spec, int argc, char** argv,
                          qmgmt_shell_request* request, const char** message)
{
    try {
        Options& options = parsed();
        options = parse_options(*spec, argc, argv);
        if (!options.fault.empty()) {
            for (char& c : options.fault)
                c = c == '\n' ? ' ' : c;
            *message = options.fault.c_str();
            return QMGMT_SHELL_USAGE;
        }
        if (options.help || options.version || options.describe) {
            const bool printed =
                print(options.help       ? help(*spec)
                      : options.describe ? describe(*spec)
                                         : std::string{spec->program} + " " + spec->version + "\n");
            *message = "cannot write to standard output";
            return printed ? QMGMT_SHELL_DONE : QMGMT_SHELL_USAGE;
        }
        request->dest = options.dest.c_str();
        request->source = options.source.c_str();
        request->argument = options.argument.c_str();
        request->form = options.form;
        request->dry_run = options.dry_run ? 1 : 0;
        request->flag = options.flag ? 1 : 0;
        request->progress = options.progress ? 1 : 0;
        request->timeout = options.timeout;
        static std::vector<const char*> words;
        words.clear();
        for (const std::string& word : options.words)
            words.push_back(word.c_str());
        request->words = words.data();
        request->word_count = words.size();
        return QMGMT_SHELL_RUN;
    } catch (...) {
        *message = "the command line cannot be read";
        return QMGMT_SHELL_USAGE;
    }
}

const char* render(const qmgmt_shell_spec* spec, qmgmt_shell_form form, const char* reply,
                   size_t reply_length, unsigned, size_t* length)
{
    try {
        static std::string rendered;
        // The name of a call picks its contract, whatever the form of the reply.
        const bool admin = std::string_view{spec->program}.starts_with("admin.");
        const Pattern pattern{admin ? spec->admin_returns : spec->returns};
        const std::string_view text{reply, reply_length};
        const auto made = form == QMGMT_FORM_JSON ? json(pattern, text) : table(pattern, text);
        if (!made)
            return nullptr;
        rendered = *made;
        *length = rendered.size();
        return rendered.data();
    } catch (...) {
        return nullptr;
    }
}

const char* progress(unsigned long long done, unsigned long long total, double seconds)
{
    try {
        static std::string line;
        line = progress_text(done, total, seconds);
        return line.c_str();
    } catch (...) {
        return nullptr;
    }
}

constexpr qmgmt_shell functions = {parse, render, progress};

} // namespace

extern "C" __attribute__((visibility("default"))) const qmgmt_shell* qmgmt_shell_v5()
{
    return &functions;
}

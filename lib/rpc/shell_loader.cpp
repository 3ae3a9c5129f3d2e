// SPDX-License-Identifier: GPL-2.0-or-later

#include "rpc/shell_loader.hpp"

#include "base/error.hpp"
#include "base/loadable.hpp"
#include "rpc/shell.h"

#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace qmgmt {
namespace {

const qmgmt_shell& shell()
{
    static const qmgmt_shell* loaded = reinterpret_cast<qmgmt_shell_entry>(
        open_loadable("qubes-mgmt-shell.so", QMGMT_SHELL_ENTRY))();
    return *loaded;
}

const char* word(Destination destination)
{
    switch (destination) {
    case Destination::dom0: return "dom0";
    case Destination::dom0_or_qube: return "dom0-or-qube";
    case Destination::qube: return "qube";
    case Destination::not_dom0: return "not-dom0";
    case Destination::none: return "";
    }
    return "";
}

const char* word(Argument argument)
{
    switch (argument) {
    case Argument::none: return "none";
    case Argument::optional: return "optional";
    case Argument::required: return "required";
    }
    return "";
}

const char* word(Input input)
{
    switch (input) {
    case Input::none: return "none";
    case Input::required: return "required";
    case Input::optional: return "optional";
    case Input::stream: return "stream";
    }
    return "";
}

const char* word(Effect effect)
{
    switch (effect) {
    case Effect::read: return "read";
    case Effect::write: return "write";
    case Effect::execute: return "execute";
    }
    return "";
}

std::string needs_of(unsigned needs)
{
    std::string words;
    const auto add = [&](unsigned bit, const char* word) {
        if ((needs & bit) != 0)
            words += (words.empty() ? "" : " ") + std::string{word};
    };
    add(needs_store, "store");
    add(needs_hypervisor, "hypervisor");
    add(needs_storage, "storage");
    add(needs_kernels, "kernels");
    add(needs_devices, "devices");
    add(needs_tables, "tables");
    add(needs_pci, "pci");
    add(needs_policy, "policy");
    add(needs_disks, "disks");
    add(needs_profiles, "profiles");
    add(needs_backup, "backup");
    add(needs_signals, "signals");
    add(needs_policy_files, "policy-files");
    add(needs_events, "events");
    add(needs_root, "root");
    return words;
}

// The spec as C strings; they live as long as this object.
struct PlainSpec {
    PlainSpec(const CallSpec& spec, const Request& request)
        : program{request.program}, name{spec.name}, summary{spec.summary},
          argument_is{spec.argument_is}, input_is{spec.input_is}, returns{spec.returns},
          needs{needs_of(spec.needs)}, variant{request.variant},
          variant_follows{spec.variant_follows}, admin_returns{spec.admin_returns}, flag{spec.flag},
          flag_is{spec.flag_is}, words{spec.words}, alias{spec.alias}
    {
        for (const std::string_view klass : spec.variants)
            variants += (variants.empty() ? "" : " ") + std::string{klass};
        plain = {program.c_str(),
                 name.c_str(),
                 summary.c_str(),
                 word(spec.destination),
                 word(spec.argument),
                 argument_is.c_str(),
                 word(spec.input),
                 input_is.c_str(),
                 returns.c_str(),
                 word(spec.effect),
                 spec.scope == Scope::local ? "local" : "global",
                 needs.c_str(),
                 variants.c_str(),
                 variant.c_str(),
                 variant_follows.c_str(),
                 QMGMT_VERSION,
                 spec.input == Input::stream ? 0 : spec.payload_limit,
                 spec.admin ? 1 : 0,
                 word(spec.admin_argument),
                 admin_returns.c_str(),
                 spec.dry_run && spec.effect == Effect::write ? 1 : 0,
                 flag.c_str(),
                 flag_is.c_str(),
                 spec.progress ? 1 : 0,
                 words.c_str(),
                 alias.c_str()};
    }

    std::string program, name, summary, argument_is, input_is, returns, needs, variants, variant,
        variant_follows, admin_returns, flag, flag_is, words, alias;
    qmgmt_shell_spec plain{};
};

} // namespace

void read_local(const CallSpec& spec, int argc, char** argv, Request& request)
{
    const PlainSpec described{spec, request};
    qmgmt_shell_request asked{};
    const char* message = nullptr;
    switch (shell().parse(&described.plain, argc, argv, &asked, &message)) {
    case QMGMT_SHELL_DONE: std::exit(0);
    case QMGMT_SHELL_USAGE: throw Error{failure::protocol, message};
    case QMGMT_SHELL_RUN: break;
    }
    request.destination = asked.dest;
    request.source = asked.source;
    request.argument = asked.argument;
    request.dry_run = asked.dry_run != 0;
    request.flag = asked.flag != 0;
    request.progress = asked.progress != 0;
    request.words.assign(asked.words, asked.words + asked.word_count);
    if (asked.timeout > 0)
        request.timeout = std::chrono::milliseconds{static_cast<long>(asked.timeout * 1000)};
    switch (asked.form) {
    case QMGMT_FORM_PLAIN: request.form = Form::plain; break;
    case QMGMT_FORM_FRAMED: request.form = Form::framed; break;
    case QMGMT_FORM_JSON: request.form = Form::json; break;
    case QMGMT_FORM_AUTO: request.form = request.admin ? Form::framed : Form::automatic; break;
    }
}

std::string render_local(const CallSpec& spec, const Request& request, const std::string& reply)
{
    unsigned columns = 80;
    struct winsize size {};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    const PlainSpec described{spec, request};
    std::size_t length = 0;
    const char* rendered = shell().render(
        &described.plain, request.form == Form::json ? QMGMT_FORM_JSON : QMGMT_FORM_AUTO,
        reply.data(), reply.size(), columns, &length);
    return rendered == nullptr ? reply : std::string{rendered, length};
}

std::string progress_line(std::uint64_t done, std::optional<std::uint64_t> total,
                          std::chrono::duration<double> since)
{
    const char* line = shell().progress(done, total.value_or(0), since.count());
    return line == nullptr ? "" : line;
}

} // namespace qmgmt

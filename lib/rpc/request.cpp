// SPDX-License-Identifier: GPL-2.0-or-later

#include "rpc/request.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "names/names.hpp"
#include "names/uuid.hpp"
#include "rpc/shell_loader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <poll.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::chrono::seconds payload_patience{30};
constexpr std::string_view internal_prefix = "internal."; // for programs of dom0

[[noreturn]] void refuse(std::string text)
{
    throw Error{failure::protocol, std::move(text)};
}

// A variable of the environment; nothing when it is not set.
std::optional<std::string_view> variable(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string_view>{value};
}

bool is_framed(std::string_view program)
{
    return program.starts_with("admin.") || program.starts_with(internal_prefix);
}

bool allowed_by_qrexec(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '+';
}

bool printable(char c)
{
    return c > 0x20 && c < 0x7f;
}

// Where the request goes, from the words of qrexec. Without any (qrexec 3 does not say) only dom0
// can be meant.
std::string remote_destination(const CallSpec& spec)
{
    const auto type = variable("QREXEC_REQUESTED_TARGET_TYPE").value_or("");
    const auto target = variable("QREXEC_REQUESTED_TARGET");
    const auto keyword = variable("QREXEC_REQUESTED_TARGET_KEYWORD");
    if (type == "keyword" || (type.empty() && !target && keyword)) {
        if (keyword != "adminvm")
            refuse("the destination is neither a qube nor dom0");
        return "dom0";
    }
    if (type == "name" || (type.empty() && target)) {
        if (!target)
            refuse("the destination is missing");
        return std::string{*target};
    }
    if (!type.empty())
        refuse("the destination is of an unknown type");
    if (spec.destination != Destination::dom0 && spec.destination != Destination::dom0_or_qube)
        refuse("the destination is missing");
    return "dom0";
}

void read_remote(const CallSpec& spec, int argc, char** argv, Request& request)
{
    if (argc > 2)
        refuse("too many arguments");
    const auto by_variable = variable("QREXEC_SERVICE_ARGUMENT");
    if (by_variable && argc == 2 && *by_variable != argv[1])
        refuse("the argument is given twice, and not the same");
    if (by_variable)
        request.argument = *by_variable;
    else if (argc == 2)
        request.argument = argv[1];
    const auto full_name = variable("QREXEC_SERVICE_FULL_NAME");
    if (full_name && full_name->substr(0, full_name->find('+')) != request.program)
        refuse("the name of the service does not fit");
    request.destination = remote_destination(spec);
    request.form = is_framed(request.program) ? Form::framed : Form::plain;
}

void check_names(Request& request)
{
    if (!QubeName::fault(request.source).empty())
        refuse("the name of the caller is not one");
    if (request.destination.starts_with("uuid:")) {
        const auto text = std::string_view{request.destination}.substr(5);
        const auto uuid = Uuid::parse(text);
        if (!uuid || uuid->text() != text)
            throw Error{failure::invalid_uuid, "the destination is not a valid uuid"};
    } else if (!QubeName::fault(request.destination).empty()) {
        refuse("the destination is not a valid qube name");
    }
}

void check_argument(const Request& request)
{
    if (request.argument.size() > argument_limit)
        refuse("the argument is longer than 1024 bytes");
    // qrexec passes no other characters; a local caller may write "pool:vid" as the draft does.
    if (!std::ranges::all_of(request.argument, request.from_dom0() ? printable : allowed_by_qrexec))
        refuse("the argument holds a character that is not allowed");
}

void check_contract(const CallSpec& spec, const Request& request)
{
    const bool dom0 = request.destination == "dom0";
    if (spec.destination == Destination::dom0 && !dom0)
        refuse("the destination must be dom0");
    if (spec.destination == Destination::not_dom0 && dom0)
        refuse("not available for dom0");
    const Argument argument = request.admin ? spec.admin_argument : spec.argument;
    if (argument == Argument::none && !request.argument.empty())
        refuse("unexpected argument");
    if (argument == Argument::required && request.argument.empty())
        refuse("expected an argument");
}

// Reads once, waiting until the deadline. Returns 0 at the end.
std::size_t read_some(char* into, std::size_t room, Deadline deadline)
{
    for (;;) {
        struct pollfd waiting {
            STDIN_FILENO, POLLIN, 0
        };
        const int ready = ::poll(&waiting, 1, static_cast<int>(deadline.left().count()));
        if (ready == 0)
            throw Error{failure::timeout, "the payload did not end in time"};
        const ssize_t got = ready < 0 ? -1 : ::read(STDIN_FILENO, into, room);
        if (got >= 0)
            return static_cast<std::size_t>(got);
        if (errno == ECONNRESET)
            return 0; // the caller has closed its end
        if (errno != EINTR && errno != EAGAIN)
            throw_errno(failure::failed, "cannot read the payload", "standard input");
    }
}

// A person who waits for a call that waits for input would wait for ever.
void ask_person(const CallSpec& spec, const Request& request)
{
    std::string line = request.program + ": reading ";
    line += spec.input_is.empty() ? "its input" : spec.input_is;
    line += spec.input == Input::optional ? " (may be empty)" : "";
    line += " from the terminal, Ctrl-D ends it\n";
    static_cast<void>(write_all(STDERR_FILENO, line));
}

} // namespace

std::string program_name(const char* argv0)
{
    std::string name = argv0 == nullptr ? "" : argv0;
    if (const auto slash = name.rfind('/'); slash != std::string::npos)
        name.erase(0, slash + 1);
    name.resize(std::min(name.size(), name.find('+')));
    return name;
}

bool match_program(const CallSpec& spec, std::string_view program, std::string_view& variant,
                   bool& admin)
{
    constexpr std::string_view plain_prefix = "mgmt.";
    constexpr std::string_view framed_prefix = "admin.";
    variant = {};
    admin = program.starts_with(framed_prefix);
    std::string_view own = spec.name;
    std::size_t place = spec.variant_follows.empty() ? own.size() : spec.variant_follows.size();
    if (admin) {
        if (!spec.admin)
            return false;
        program.remove_prefix(framed_prefix.size());
        place -= std::min(place, plain_prefix.size());
        own.remove_prefix(std::min(own.size(), plain_prefix.size()));
    }
    if (program == own)
        return true;
    const std::string_view rest = own.substr(place);
    if (!program.starts_with(own.substr(0, place)) || !program.ends_with(rest) ||
        program.size() < own.size() + 2 || program[place] != '.')
        return false;
    const auto found = std::ranges::find(
        spec.variants, program.substr(place + 1, program.size() - own.size() - 1));
    if (found == spec.variants.end())
        return false;
    variant = *found;
    return true;
}

void read_request(const CallSpec& spec, int argc, char** argv, Request& request)
{
    request.alias = !spec.alias.empty() && request.program == spec.alias;
    const bool known =
        request.alias || match_program(spec, request.program, request.variant, request.admin);
    const auto source = variable("QREXEC_REMOTE_DOMAIN");
    if (source && !source->empty()) {
        request.remote = true;
        request.source = *source;
        request.form = is_framed(request.program) ? Form::framed : Form::plain;
    }
    if (!known)
        refuse("this is not a name of the call");
    if (request.remote && spec.destination == Destination::none)
        refuse("not a service: it is for dom0 only");
    if (request.remote)
        read_remote(spec, argc, argv, request);
    else
        read_local(spec, argc, argv, request);
    if (!spec.variants.empty() && request.variant.empty())
        refuse("a class belongs into the name of the call");
    check_names(request);
    if (request.program.starts_with(internal_prefix) && !request.from_dom0())
        refuse("not a service: it is for dom0 only");
    check_argument(request);
    check_contract(spec, request);
}

void read_payload(const CallSpec& spec, Request& request)
{
    const Deadline deadline = Deadline::in(
        request.timeout ? std::min<std::chrono::milliseconds>(*request.timeout, payload_patience)
                        : payload_patience);
    const Input input = spec.input_of == nullptr ? spec.input : spec.input_of(request);
    if (input == Input::none) {
        // A local caller's standard input is not ours to read: it may be the loop's that calls us.
        char byte = 0;
        if (request.remote && read_some(&byte, 1, deadline) != 0)
            refuse("unexpected payload");
        return;
    }
    const bool from_person = !request.remote && ::isatty(STDIN_FILENO) == 1;
    if (input == Input::stream) {
        if (from_person)
            refuse("expected data from a file or a pipe on standard input, not from a terminal");
        return;
    }
    if (from_person)
        ask_person(spec, request);
    std::string& payload = request.payload;
    std::size_t filled = 0;
    for (;;) {
        payload.resize(std::min(spec.payload_limit + 1, std::max<std::size_t>(4096, filled * 2)));
        const std::size_t got =
            read_some(payload.data() + filled, payload.size() - filled, deadline);
        if (got == 0)
            break;
        filled += got;
        if (filled > spec.payload_limit)
            throw Error{failure::too_large, "the payload is longer than " +
                                                std::to_string(spec.payload_limit) + " bytes"};
    }
    payload.resize(filled);
    if (from_person && payload.ends_with('\n'))
        payload.pop_back(); // of the line that was typed
    if (input == Input::required && payload.empty())
        refuse("expected a payload");
}

} // namespace qmgmt

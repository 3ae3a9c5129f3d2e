// SPDX-License-Identifier: GPL-2.0-or-later

#include "rpc/run.hpp"

#include "base/ascii.hpp"
#include "base/config.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/file_lock.hpp"
#include "base/log.hpp"
#include "base/watchdog.hpp"
#include "rpc/as_root.hpp"
#include "rpc/shell_loader.hpp"
#include "state/caller_slot.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <new>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt::rpc {
namespace {

constexpr std::size_t longest_line = 512;

// What a caller other than dom0 reads in a frame: the kind, nothing else. Details are in the log.
std::string_view public_text(Failure kind)
{
    switch (kind) {
    case Failure::failed: return "the operation failed";
    case Failure::protocol: return "malformed request";
    case Failure::denied: return "permission denied";
    case Failure::not_found: return "no such object";
    case Failure::in_use: return "exists already or is in use";
    case Failure::wrong_state: return "the power state does not permit this";
    case Failure::bad_value: return "the value is not acceptable";
    case Failure::busy: return "busy, try again later";
    case Failure::timeout: return "it took too long";
    case Failure::too_large: return "the request is too large";
    case Failure::unsupported: return "not available";
    case Failure::store: return "the store cannot be used";
    case Failure::internal: return "internal error";
    case Failure::cancelled: return "cancelled";
    case Failure::resources: return "not enough memory or disk space";
    }
    return "the operation failed";
}

// The process as every call wants it, whatever started it.
void settle_process()
{
    ::umask(0077);
    std::signal(SIGPIPE, SIG_IGN);
    ::close_range(3, ~0U, 0);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) [[maybe_unused]]
            const int same =
                ::open("/dev/null", O_RDWR | O_NOCTTY); // NOLINT: 0 to 2 are inherited on purpose
    }
}

struct Outcome {
    std::string output;
    std::string error_line;
    int code = 0;
};

// As qrexec's own tools for the policy would say it: their clients read the first word.
Outcome failed_as_policy_tool(const Error& error)
{
    if (error.kind() == Failure::internal)
        return {{}, printable(error.text(), longest_line - 1) + "\n", 2};
    std::string_view type = error.type().exception;
    if (!type.starts_with("PolicyAdmin"))
        type = error.kind() == Failure::protocol || error.kind() == Failure::too_large
                   ? failure::policy_protocol.exception
                   : std::string_view{"PolicyAdminException"};
    return {{}, printable(std::string{type} + " " + error.text(), longest_line - 1) + "\n", 1};
}

Outcome failed(const Request& request, const Error& error)
{
    if (request.alias && request.form != Form::framed)
        return failed_as_policy_tool(error);
    Outcome outcome;
    outcome.error_line = failure_line(request.program, error.kind(), error.text());
    outcome.code = static_cast<int>(error.kind());
    if (request.form != Form::framed || error.kind() == Failure::internal)
        return outcome;
    outcome.code = 0;
    // Today's tools take the empty reply for "not allowed" and go on.
    if (error.kind() == Failure::denied &&
        config().word("denied-reply", "empty", {"empty", "exception"}) == "empty")
        return outcome;
    outcome.output = framed_failure(
        error.type(), request.from_dom0() ? error.text() : std::string{public_text(error.kind())});
    return outcome;
}

std::string line_of(const std::string& program, std::string_view word, const std::string& text)
{
    return printable(std::string{program}.append(": ").append(word).append(": ").append(text),
                     longest_line - 1) +
           "\n";
}

std::string reply_bytes(const CallSpec& spec, const Request& request, const Reply& reply)
{
    if (reply.is_streamed())
        return {};
    const bool for_person = request.form == Form::automatic && ::isatty(STDOUT_FILENO) == 1;
    if (request.form == Form::framed)
        return framed_reply(reply.bytes());
    if (request.dry_run || (request.form != Form::json && !for_person))
        return reply.bytes();
    return render_local(spec, request, reply.bytes());
}

Outcome succeeded(const CallSpec& spec, const Request& request, const Reply& reply)
{
    Outcome outcome{reply_bytes(spec, request, reply), {}, 0};
    for (const std::string& warning : reply.warnings())
        outcome.error_line += line_of(request.program, "warning", warning);
    if (const auto kind = reply.failure()) {
        outcome.error_line += failure_line(request.program, *kind, reply.failure_text());
        outcome.code = static_cast<int>(*kind);
    }
    return outcome;
}

PreparedLog timeout_record(const Request& request, const Error& error, int exit_code)
{
    LogRecord record;
    record.call = request.program;
    record.source = request.source;
    record.destination = request.destination;
    record.argument = request.argument;
    record.result = word(error.kind());
    record.exit_code = exit_code;
    record.detail = error.text();
    return prepare_log(record);
}

Error hung()
{
    return Error{failure::timeout, "the hypervisor did not answer in time"};
}

// The watchdog cannot run our code any more when it bites: it gets the words before. `request`
// outlives the call.
void prepare_watchdog(const Request& request)
{
    if (request.timeout)
        watchdog::cap(*request.timeout);
    watchdog::prepare([&request] {
        const Outcome outcome = failed(request, hung());
        return watchdog::LastWords{outcome.output, outcome.error_line, outcome.code,
                                   timeout_record(request, hung(), outcome.code)};
    });
}

// What is read or connected here is wanted later, and would be out of reach then.
void give_up_rights(const CallSpec& spec, const Request& request, const Prepare& prepare)
{
    if (spec.starts_calls)
        return;
    static_cast<void>(config());
    log_connect();
    Preparation prepared = preparation_for(spec, request);
    if (prepare)
        prepare(request, prepared);
    if (prepared.has_helper)
        spawner::prepare(prepared.helper);
    confine(prepared.rights);
}

} // namespace

void answer_when_hung(const CallSpec& spec, const Request& request, Reply reply)
{
    watchdog::prepare([&spec, &request, reply = std::move(reply)] {
        const Outcome outcome = succeeded(spec, request, reply);
        return watchdog::LastWords{outcome.output, outcome.error_line, outcome.code,
                                   timeout_record(request, hung(), outcome.code)};
    });
}

std::string framed_reply(const std::string& content)
{
    return std::string{"0\0", 2} + content;
}

std::string framed_failure(const FailureType& type, const std::string& text)
{
    std::string frame{"2\0", 2};
    frame += type.exception;
    frame += '\0';
    frame += '\0'; // no traceback
    for (const char c : printable(text, longest_line)) {
        frame += c;
        if (c == '%')
            frame += c; // the client formats the text, even without fields
    }
    frame += '\0';
    return frame;
}

std::string failure_line(const std::string& program, Failure kind, const std::string& text)
{
    return line_of(program, word(kind), text);
}

int run(const CallSpec& spec, const std::function<Reply(Request&)>& body, int argc, char** argv,
        const Prepare& prepare, const NeedsRoot& needs_root_here)
{
    settle_process();
    const auto start = Deadline::Clock::now();
    Request request;
    request.program = program_name(argc > 0 ? argv[0] : nullptr);
    Outcome outcome;
    LogRecord record;
    try {
        try {
            read_request(spec, argc, argv, request);
            if (!request.from_dom0())
                take_caller_slot(request.source);
            read_payload(spec, request);
            if (!is_root() && ((needs_of(spec, request) & needs_root) != 0 ||
                               (needs_root_here && needs_root_here(request))))
                run_as_root(spec, request, argc, argv);
            give_up_rights(spec, request, prepare);
            prepare_watchdog(request);
            outcome = succeeded(spec, request, body(request));
        } catch (const Error& error) {
            record.detail = error.text() + (error.detail().empty() ? "" : " | " + error.detail());
            record.result = word(error.kind());
            outcome = failed(request, error);
        }
    } catch (const std::bad_alloc&) {
        outcome = failed(request, Error{failure::no_memory, "not enough memory"});
        record.result = word(Failure::resources);
    } catch (const std::exception& error) {
        record.detail = error.what();
        record.result = word(Failure::internal);
        outcome = failed(request, Error{failure::internal, "internal error"});
    }
    // A caller that has gone changes nothing: the work is done.
    static_cast<void>(write_all(STDOUT_FILENO, outcome.output));
    if (!outcome.error_line.empty())
        static_cast<void>(write_all(STDERR_FILENO, outcome.error_line));
    record.call = request.program;
    record.source = request.source;
    record.destination = request.destination;
    record.argument = request.argument;
    record.exit_code = outcome.code;
    record.lock_wait = time_waited_for_locks();
    record.total =
        std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - start);
    log_call(record);
    return outcome.code;
}

} // namespace qmgmt::rpc

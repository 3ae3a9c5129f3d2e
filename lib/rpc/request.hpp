// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who asks for what: a request as qrexec hands it over (remote shape) or as typed in a dom0 shell
// (local shape), checked against the spec of the call before anything is opened. Order of the
// checks: protocol.md 1.6.
#pragma once

#include "base/deadline.hpp"
#include "rpc/spec.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

enum class Form { plain, framed, json, automatic };

struct Request {
    std::string
        program; // as called, without path and argument: "mgmt.vm.Create.AppVM", "admin.vm.List"
    std::string_view variant;    // the class the name picked; empty without variants
    bool admin = false;          // called by its admin.* name
    bool alias = false;          // called by the other name that its spec has
    bool remote = false;         // started by qrexec
    std::string source = "dom0"; // the calling qube; trustworthy: dom0 says it
    std::string destination;     // a well-formed qube name, or "uuid:" and 36 characters
    std::string argument;        // untrusted; printable ASCII, at most 1024 bytes
    std::string payload;         // untrusted
    Form form = Form::plain;
    bool dry_run = false;
    bool flag = false;              // the option that the spec names was given
    bool progress = false;          // --progress=json was
    std::vector<std::string> words; // those that the spec names, or none; typed by a person of dom0
    std::optional<std::chrono::milliseconds> timeout; // caps every wait of the call together

    [[nodiscard]] bool from_dom0() const { return source == "dom0"; }
};

inline constexpr std::size_t argument_limit = 1024;

// The environment and command line of this process as a request; everything but the payload is
// checked. `program` is known already. Throws Error{protocol}; what a local user asks of the shell
// (--help) is done there, and the process then ends.
void read_request(const CallSpec& spec, int argc, char** argv, Request& request);

// Reads standard input as the spec wants it: nothing where a payload is not wanted or the body
// reads it, all of it, at most the limit, otherwise. Throws Error{protocol}, Error{too_large} or,
// after 30 s, Error{timeout}.
void read_payload(const CallSpec& spec, Request& request);

// The name of a program: argv[0] without its path and without what follows a `+`.
[[nodiscard]] std::string program_name(const char* argv0);

// Which class of the spec the program's name picks, and whether it is the admin.* name. False for a
// foreign name; the bare name of a call with variants is known, with no variant.
[[nodiscard]] bool match_program(const CallSpec& spec, std::string_view program,
                                 std::string_view& variant, bool& admin);

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Runs a built call as qrexec would: its argument as first word, names in the QREXEC_ variables,
// sockets as standard input and output, nothing else in the environment but the scratch root. Or as
// a person in dom0 would: words only.
#pragma once

#include "base/fd.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace qmgmt::test {

class ScratchRoot;

using Environment = std::map<std::string, std::string>;

struct Outcome {
    std::string out;
    std::string err;
    int status = 0; // exit code, 128 + n when signal n ended it
    bool timed_out = false;
};

// A process to run. `program` is what is executed, words[0] is what it sees as its own name.
struct Command {
    std::string program;
    std::vector<std::string> words;
    Environment environment;
    std::string input;
    int input_from = -1; // instead of it: a descriptor that becomes standard input
};

inline constexpr std::chrono::seconds call_deadline{60};

// One running process; killed by its own pid and reaped when it is still there at the end.
class Process {
public:
    explicit Process(Command command);
    Process(Process&&) = delete;
    ~Process();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

    // Whether it ends within `span`. Its output stays to be collected by `finish`.
    [[nodiscard]] bool ends_within(std::chrono::milliseconds span) const;

    void kill_now() noexcept;

    // Reads its output until that is enough; false when it is not by then, or has ended.
    bool says_within(std::chrono::milliseconds span,
                     const std::function<bool(const std::string& said)>& enough);
    // What has been read of its output; `finish` has all of it.
    [[nodiscard]] const std::string& said() const noexcept { return said_; }
    // Reads no more: as a caller that has gone.
    void close_output() { stdout_.reset(); }

    // Feeds what is left of the input, collects all output, waits for the end; at the deadline
    // kills.
    Outcome finish(std::chrono::milliseconds deadline = call_deadline);

private:
    void feed();

    pid_t pid_ = -1;
    Fd ending_; // a descriptor of the process, readable when it has ended
    Fd stdin_;
    Fd stdout_;
    Fd stderr_;
    std::string input_;
    std::size_t fed_ = 0;
    std::string said_;
};

[[nodiscard]] Outcome run(Command command);

// A request as the tables of vectors write it.
struct Ask {
    std::string dest;
    std::string call; // full RPC name; without "mgmt." or "admin." it is completed with "mgmt."
    std::string argument = {};
    std::string payload = {};
    std::string caller = "dom0";
};

[[nodiscard]] std::string full_name(std::string_view call);
[[nodiscard]] std::string describe(const Ask& ask);

// Where the built call stands; `name` is a full RPC name.
[[nodiscard]] std::string call_path(std::string_view name);
// A program of the tests themselves.
[[nodiscard]] std::string test_program(std::string_view name);
// One of packaging/.
[[nodiscard]] std::string packaged_program(std::string_view name);
// The directory of the tests' own libvirt.so.0 (fake_libvirt).
[[nodiscard]] std::string fake_libvirt_directory();
// The tests' libxenstore, for LD_PRELOAD; empty where Xen's libraries are not installed.
[[nodiscard]] std::string fake_xenstore_object();
// The object that, loaded into a call, tries what it may not do (probe).
[[nodiscard]] std::string probe_object();
[[nodiscard]] bool is_built(std::string_view name);
// The full names of all calls in the build folder, links included, sorted.
[[nodiscard]] std::vector<std::string> built_calls();

[[nodiscard]] Command remote_command(const ScratchRoot& root, const Ask& ask);
[[nodiscard]] Outcome run_call(const ScratchRoot& root, const Ask& ask);

// The dom0 shell: `call` with these words.
[[nodiscard]] Command local_command(const ScratchRoot& root, std::string_view call,
                                    std::vector<std::string> words, std::string payload = {});
[[nodiscard]] Outcome run_local(const ScratchRoot& root, std::string_view call,
                                std::vector<std::string> words, std::string payload = {});

} // namespace qmgmt::test

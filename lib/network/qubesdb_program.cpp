// SPDX-License-Identifier: GPL-2.0-or-later
//
// The daemon: `qubesdb-daemon DOMAIN-ID NAME`. It goes into the background once it can be spoken
// to, which is when the program that was started ends. The commands: `qubesdb-cmd -d NAME -c
// COMMAND ARGUMENT...`, of which
//   write PATH VALUE [PATH VALUE...]   goes on after one that fails, and then ends with 1
//   rm PATH [PATH...]                  the same; one that is not there fails; with a slash at its
//                                      end it is all that begins so
//   list PREFIX                        the paths that begin so, a line each; with -f from their
//                                      root on; none is no failure
//   multiread PREFIX                   the same, "PATH = VALUE"; bytes of a value that are not
//                                      ASCII, and control bytes, are shown as \xHH
//   read PATH                          the value and a newline; with -r its bytes as they are
// A program called qubesdb-write and the like is the same one, which takes the command from what
// follows the first hyphen of the path it was started under: with -c that may be any. What begins
// with a hyphen after `--` is no option. A path is of letters, digits and `_-/.:@`; a value is at
// most 3071 bytes without NUL.

#include "network/qubesdb_program.hpp"

#include "base/ascii.hpp"
#include "base/child.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "network/table_key.hpp"

#include <algorithm>
#include <optional>

namespace qmgmt::qubesdb {
namespace {

constexpr std::string_view command_path = "/usr/bin/qubesdb-cmd";
constexpr std::chrono::seconds patience{10};
constexpr std::size_t most_of_a_command = 32'768; // bytes of arguments
constexpr std::size_t longest_list = 1'048'576;
constexpr std::size_t most_raw_values = 64; // runs of the program for one reading

std::string fault_of(const ChildResult& result)
{
    return result.timed_out ? "no answer"
                            : "exit status " + std::to_string(result.status) + ": " +
                                  printable(result.output, 300) + printable(result.errors, 300);
}

bool has_failed(const ChildResult& result)
{
    return result.timed_out || result.status != 0;
}

// `how`: -f for whole paths, -r for values as they are.
ChildResult run(const TableOwner& qube, const std::string& how, const std::string& command,
                std::span<const std::string> arguments, RunOptions options = {})
{
    Words words{paths::below_root(command_path), "-d", qube.name, how, "-c", command, "--"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return run_program(words, Deadline::in(patience), std::move(options));
}

void check_value(std::string_view key, std::string_view value)
{
    if (value.size() <= longest_value && value.find('\0') == std::string_view::npos)
        return;
    throw Error{failure::failed, "cannot tell a qube what stands under '" +
                                     printable(key, longest_key) +
                                     "': QubesDB does not take the value"};
}

template<typename Work>
void for_each_line(std::string_view text, Work work)
{
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        work(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

int digit(char byte)
{
    constexpr std::string_view digits = "0123456789abcdef";
    const auto at = digits.find(byte);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// Whether what multiread shows may be other bytes: a byte that it does not show as it is looks as
// four that it does.
bool may_be_escaped(std::string_view shown)
{
    for (auto at = shown.find("\\x"); at != std::string_view::npos;
         at = shown.find("\\x", at + 1)) {
        if (at + 3 >= shown.size())
            return false;
        const int high = digit(shown[at + 2]);
        if ((high == 0 || high == 1 || high >= 8) && digit(shown[at + 3]) >= 0)
            return true;
    }
    return false;
}

// Nothing when it has gone meanwhile.
std::optional<std::string> read_raw(const TableOwner& qube, std::string_view key)
{
    const std::string path{key};
    ChildResult result = run(qube, "-r", "read", {&path, 1}, {.errors_apart = true});
    if (result.timed_out)
        fail(qube, "read: " + fault_of(result));
    if (result.status != 0 || !result.output.ends_with('\n'))
        return std::nullopt;
    result.output.pop_back();
    return std::move(result.output);
}

} // namespace

void fail(const TableOwner& qube, const std::string& detail)
{
    throw Error{failure::failed, "cannot tell a qube of its network", qube.name + ": " + detail};
}

void start_daemon(const TableOwner& qube)
{
    if (qube.id < 0)
        fail(qube, "it does not run");
    const ChildResult result =
        run_program({paths::below_root(daemon_path), std::to_string(qube.id), qube.name},
                    Deadline::in(patience), {.as_user_of_qubes = true});
    if (has_failed(result))
        fail(qube, "qubesdb-daemon: " + fault_of(result));
}

void add(Words& pairs, std::string_view key, std::string_view value)
{
    static_cast<void>(parts_of_key(key));
    check_value(key, value);
    pairs.emplace_back(key);
    pairs.emplace_back(value);
}

void write(const TableOwner& qube, const Words& pairs)
{
    for (auto first = pairs.begin(); first != pairs.end();) {
        auto last = first;
        for (std::size_t bytes = 0; last != pairs.end() && bytes < most_of_a_command; last += 2)
            bytes += last[0].size() + last[1].size() + 2;
        const ChildResult result = run(qube, "-f", "write", {first, last});
        if (has_failed(result))
            fail(qube, "write: " + fault_of(result));
        first = last;
    }
}

// The qube writes into its table, too: what is listed may be anything.
Words list(const TableOwner& qube, std::string_view part)
{
    const std::string_view own[] = {part};
    const std::string prefix{part.empty() ? "/" : part};
    const ChildResult result =
        run(qube, "-f", "list", {&prefix, 1}, {.most_output = longest_list, .errors_apart = true});
    if (has_failed(result) || result.output.size() >= longest_list)
        fail(qube, "list: " + fault_of(result));
    Words keys;
    for_each_line(result.output, [&](std::string_view key) {
        if (is_table_key(key) && belongs_to(key, own))
            keys.emplace_back(key);
    });
    return keys;
}

std::string remove(const TableOwner& qube, std::span<const std::string> keys)
{
    constexpr std::size_t most_keys = most_of_a_command / (longest_key + 1);
    std::string fault;
    for (std::size_t at = 0; at < keys.size(); at += most_keys) {
        const ChildResult result =
            run(qube, "-f", "rm", keys.subspan(at, std::min(most_keys, keys.size() - at)));
        if (has_failed(result))
            fault = "rm: " + fault_of(result);
    }
    return fault;
}

// Lines cannot be forged, which is why multiread shows values in its own way, and what that leaves
// open is asked for again.
void read(const TableOwner& qube, std::string_view part, TableReading& reading)
{
    const std::string prefix{part.empty() ? "/" : part};
    const ChildResult result = run(qube, "-f", "multiread", {&prefix, 1},
                                   {.most_output = most_read_bytes, .errors_apart = true});
    if (has_failed(result))
        fail(qube, "multiread: " + fault_of(result));
    std::size_t asked = 0;
    const std::string_view whole{result.output}; // the last line may be half of one
    for_each_line(whole.substr(0, whole.rfind('\n') + 1), [&](std::string_view line) {
        const auto sign = line.find(" = ");
        if (sign == std::string_view::npos || !reading.wants(line.substr(0, sign)))
            return;
        const std::string_view key = line.substr(0, sign);
        const std::string_view shown = line.substr(sign + 3);
        if (!may_be_escaped(shown))
            return reading.add(key, shown);
        if (++asked > most_raw_values)
            return;
        if (const auto value = read_raw(qube, key))
            reading.add(key, *value);
    });
    if (asked > most_raw_values || whole.size() >= most_read_bytes)
        log_warning("the table of '" + qube.name + "' has more than is read, ignoring");
}

} // namespace qmgmt::qubesdb

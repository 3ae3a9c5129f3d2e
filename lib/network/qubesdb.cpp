// SPDX-License-Identifier: GPL-2.0-or-later
//
// The daemon: `qubesdb-daemon DOMAIN-ID NAME`. It goes into the background once it can be spoken
// to, which is when the program that was started ends. The commands: `qubesdb-cmd -d NAME -c
// COMMAND ARGUMENT...`, of which
//   write PATH VALUE [PATH VALUE...]   goes on after one that fails, and then ends with 1
//   rm PATH [PATH...]                  the same; one that is not there fails
//   list PREFIX                        the paths that begin so, a line each; with -f from their
//                                      root on; none is no failure
// A program called qubesdb-write and the like is the same one, which takes the command from what
// follows the first hyphen of the path it was started under: with -c that may be any. What begins
// with a hyphen after `--` is no option. A value is at most 3071 bytes without NUL.

#include "network/qubesdb.hpp"

#include "base/ascii.hpp"
#include "base/child.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "network/table_key.hpp"

#include <algorithm>
#include <unistd.h>

namespace qmgmt {
namespace {

using Words = std::vector<std::string>;

constexpr std::string_view daemon_path = "/usr/sbin/qubesdb-daemon";
constexpr std::string_view command_path = "/usr/bin/qubesdb-cmd";
constexpr std::chrono::seconds patience{10};
constexpr std::size_t longest_value = 3071;
constexpr std::size_t most_of_a_command = 32'768; // bytes of arguments
constexpr std::size_t longest_list = 1'048'576;

[[noreturn]] void fail(const TableOwner& qube, const std::string& detail)
{
    throw Error{failure::failed, "cannot tell a qube of its network", qube.name + ": " + detail};
}

std::string fault_of(const ChildResult& result)
{
    return result.timed_out ? "no answer"
                            : "exit status " + std::to_string(result.status) + ": " +
                                  printable(result.output, 300);
}

ChildResult run(const TableOwner& qube, const std::string& command, const Words& arguments,
                RunOptions options = {})
{
    Words words{paths::below_root(command_path), "-d", qube.name, "-f", "-c", command, "--"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return run_program(words, Deadline::in(patience), options);
}

void check_value(std::string_view key, std::string_view value)
{
    if (value.size() <= longest_value && value.find('\0') == std::string_view::npos)
        return;
    throw Error{failure::failed, "cannot tell a qube what stands under '" +
                                     printable(key, longest_key) +
                                     "': QubesDB does not take the value"};
}

class QubesDb : public TableStore {
public:
    void begin(const TableOwner& qube) override
    {
        if (qube.id < 0)
            fail(qube, "it does not run");
        const ChildResult result =
            run_program({paths::below_root(daemon_path), std::to_string(qube.id), qube.name},
                        Deadline::in(patience), {.as_user_of_qubes = true});
        if (result.timed_out || result.status != 0)
            fail(qube, "qubesdb-daemon: " + fault_of(result));
    }

    void write(const TableOwner& qube, const QubeTable& table) override
    {
        replace(qube, whole_table, table);
    }

    // New keys come before old ones go: nobody misses one that is in both.
    void replace(const TableOwner& qube, std::span<const std::string_view> parts,
                 const QubeTable& table) override
    {
        Words arguments;
        for (const auto& [key, value] : table)
            add(arguments, key, value);
        write_all_of(qube, arguments);
        remove_keys(qube, parts, [&](const std::string& key) { return !table.contains(key); });
    }

    void set(const TableOwner& qube, std::string_view key, std::string_view value) override
    {
        Words arguments;
        add(arguments, key, value);
        write_all_of(qube, arguments);
    }

    void remove(const TableOwner& qube, std::string_view key) override
    {
        static_cast<void>(parts_of_key(key));
        remove_keys(qube, {&key, 1}, [](const std::string&) { return true; });
    }

    // The daemon ends with its domain.
    void forget(const TableOwner&) override {}

private:
    static void add(Words& arguments, std::string_view key, std::string_view value)
    {
        static_cast<void>(parts_of_key(key));
        check_value(key, value);
        arguments.emplace_back(key);
        arguments.emplace_back(value);
    }

    static void write_all_of(const TableOwner& qube, const Words& arguments)
    {
        for (auto first = arguments.begin(); first != arguments.end();) {
            auto last = first;
            for (std::size_t bytes = 0; last != arguments.end() && bytes < most_of_a_command;
                 last += 2)
                bytes += last[0].size() + last[1].size() + 2;
            const ChildResult result = run(qube, "write", {first, last});
            if (result.timed_out || result.status != 0)
                fail(qube, "write: " + fault_of(result));
            first = last;
        }
    }

    // The qube writes into its table, too: what is listed may be anything.
    template<typename Unwanted>
    static Words listed(const TableOwner& qube, std::span<const std::string_view> parts,
                        Unwanted unwanted)
    {
        Words keys;
        for (const std::string_view part : parts) {
            const std::string_view own[] = {part};
            const ChildResult result = run(qube, "list", {part.empty() ? "/" : std::string{part}},
                                           {.most_output = longest_list, .errors_apart = true});
            if (result.timed_out || result.status != 0 || result.output.size() >= longest_list)
                fail(qube, "list: " + fault_of(result) + printable(result.errors, 300));
            for (std::string_view rest = result.output; !rest.empty();) {
                const auto end = std::min(rest.find('\n'), rest.size());
                std::string key{rest.substr(0, end)};
                rest.remove_prefix(std::min(end + 1, rest.size()));
                if (is_table_key(key) && belongs_to(key, own) && unwanted(key))
                    keys.push_back(std::move(key));
            }
        }
        return keys;
    }

    // One that somebody else has removed meanwhile is gone, as was asked.
    template<typename Unwanted>
    static void remove_keys(const TableOwner& qube, std::span<const std::string_view> parts,
                            Unwanted unwanted)
    {
        constexpr std::size_t most_keys = most_of_a_command / (longest_key + 1);
        std::string fault;
        for (int attempt = 0; attempt < 2; ++attempt) {
            const Words keys = listed(qube, parts, unwanted);
            fault.clear();
            for (std::size_t at = 0; at < keys.size(); at += most_keys) {
                const auto first = keys.begin() + static_cast<std::ptrdiff_t>(at);
                const auto count = std::min(most_keys, keys.size() - at);
                const ChildResult result =
                    run(qube, "rm", {first, first + static_cast<std::ptrdiff_t>(count)});
                if (result.timed_out || result.status != 0)
                    fault = "rm: " + fault_of(result);
            }
            if (fault.empty())
                return;
        }
        if (!listed(qube, parts, unwanted).empty())
            fail(qube, fault);
    }
};

} // namespace

bool has_qubesdb()
{
    return ::access(paths::below_root(daemon_path).c_str(), X_OK) == 0;
}

std::unique_ptr<TableStore> qubesdb_tables()
{
    return std::make_unique<QubesDb>();
}

} // namespace qmgmt

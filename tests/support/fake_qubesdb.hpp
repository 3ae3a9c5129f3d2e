// SPDX-License-Identifier: GPL-2.0-or-later
//
// QubesDB's programs as small ones of the shell, to be put below a scratch root: they take the same
// arguments, refuse what the real ones refuse, and keep each table as files in /qdb/<name>, where
// `=` stands for the `/` of a key. What was run stands in /qdb/ran, a line a program.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

namespace qmgmt::test {

inline constexpr std::string_view qubesdb_daemon_path = "/usr/sbin/qubesdb-daemon";
inline constexpr std::string_view qubesdb_command_path = "/usr/bin/qubesdb-cmd";

inline constexpr std::string_view fake_qubesdb_daemon = R"sh(#!/bin/sh
[ $# -eq 2 ] && [ "$1" -gt 0 ] || exit 1
rm -rf "$QUBES_MGMT_ROOT/qdb/$2"
mkdir -p "$QUBES_MGMT_ROOT/qdb/$2"
echo "daemon $*" >> "$QUBES_MGMT_ROOT/qdb/ran"
)sh";

inline constexpr std::string_view fake_qubesdb_command = R"sh(#!/bin/sh
full=
while getopts c:d:f option; do
    case $option in
    c) command=$OPTARG ;;
    d) name=$OPTARG ;;
    f) full=yes ;;
    *) exit 1 ;;
    esac
done
shift $((OPTIND - 1))
if ! cd "$QUBES_MGMT_ROOT/qdb/$name" 2>/dev/null; then
    echo "Failed connect to $name daemon" >&2
    exit 1
fi
echo "$command $name $#" >> ../ran
file_of() { printf %s "$1" | tr / =; }
status=0
case $command in
write)
    [ $(($# % 2)) -eq 0 ] || exit 1
    while [ $# -gt 0 ]; do
        if [ "$(printf %s "$2" | wc -c)" -gt 3071 ] || [ ${#1} -gt 63 ]; then
            echo "Failed to write $1" >&2
            status=1
        else
            printf %s "$2" > "$(file_of "$1")"
        fi
        shift 2
    done
    ;;
rm)
    for key; do
        [ ! -e hold ] || rm -f "$(cat hold)" # somebody else was quicker
        if ! rm "$(file_of "$key")" 2>/dev/null; then
            echo "Failed to remove $key" >&2
            status=1
        fi
    done
    ;;
list)
    [ $# -eq 1 ] && [ "$full" ] || exit 1
    for file in "$(file_of "$1")"*; do
        [ ! -e "$file" ] || printf '%s\n' "$file" | tr '=' /
    done
    ;;
*) exit 1 ;;
esac
exit $status
)sh";

// Both below a scratch root.
template<typename Root>
void add_qubesdb(const Root& root)
{
    root.write(qubesdb_daemon_path, fake_qubesdb_daemon);
    root.write(qubesdb_command_path, fake_qubesdb_command);
    for (const std::string_view program : {qubesdb_daemon_path, qubesdb_command_path})
        std::filesystem::permissions(root.below(program), std::filesystem::perms{0755});
}

// A table of the fake's, in /qdb below the root at `root`.
inline std::map<std::string, std::string, std::less<>> qubesdb_table(const std::string& root,
                                                                     std::string_view name)
{
    std::map<std::string, std::string, std::less<>> table;
    const std::filesystem::path directory{root + "/qdb/" + std::string{name}};
    if (!std::filesystem::exists(directory))
        return table;
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
        std::ifstream file{entry.path(), std::ios::binary};
        std::string key = entry.path().filename();
        std::replace(key.begin(), key.end(), '=', '/');
        table[key] = {std::istreambuf_iterator<char>{file}, {}};
    }
    return table;
}

} // namespace qmgmt::test

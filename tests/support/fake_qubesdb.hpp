// SPDX-License-Identifier: GPL-2.0-or-later
//
// QubesDB's programs as small ones of the shell, to be put below a scratch root: they take the same
// arguments, refuse what the real ones refuse, and keep each table as files in /qdb/<name>, where
// `=` stands for the `/` of a key. What was run stands in /qdb/ran, a line a program; what it
// changed in /qdb/changes, a line a key: "write net /key value", "rm net /key". What stands in
// /qdb/refuse, a line each, fails: "write /key", "rm /key".
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
raw=
while getopts c:d:fr option; do
    case $option in
    c) command=$OPTARG ;;
    d) name=$OPTARG ;;
    f) full=yes ;;
    r) raw=yes ;;
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
fail() {
    echo "Failed to $1 $2" >&2
    status=1
}
refuses() { [ -e ../refuse ] && grep -Fqx "$1" ../refuse; }
takes() {
    case $1 in
    *[!A-Za-z0-9_./:@-]* | */ | [!/]*) return 1 ;;
    esac
    [ ${#1} -le 63 ] && [ ${#2} -le 3071 ] && ! refuses "write $1"
}
show() {
    if [ "$raw" ]; then
        cat "$1"
    else
        od -An -v -tu1 "$1" | awk '{
            for (i = 1; i <= NF; i++)
                printf($i >= 32 && $i < 128 ? "%c" : "\\x%02x", $i)
        }'
    fi
    echo
}
case $command in
write)
    [ $(($# % 2)) -eq 0 ] || exit 1
    while [ $# -gt 0 ]; do
        if takes "$1" "$2"; then
            printf %s "$2" > "$(file_of "$1")"
            printf '%s\n' "write $name $1 $2" >> ../changes
        else
            fail write "$1"
        fi
        shift 2
    done
    ;;
rm)
    for key; do
        [ ! -e hold ] || rm -f "$(cat hold)" # somebody else was quicker
        gone=
        file=$(file_of "$key")
        case $key in
        */) set -- "$file"* ;;
        *) set -- "$file" ;;
        esac
        if ! refuses "rm $key"; then
            rm "$@" 2>/dev/null && gone=yes
        fi
        if [ "$gone" ]; then
            echo "rm $name $key" >> ../changes
        else
            fail remove "$key"
        fi
    done
    ;;
list | multiread)
    [ $# -eq 1 ] && [ "$full" ] || exit 1
    for file in "$(file_of "$1")"*; do
        [ -e "$file" ] || continue
        printf %s "$file" | tr '=' /
        if [ "$command" = multiread ]; then
            printf ' = '
            show "$file"
        else
            echo
        fi
    done
    ;;
read)
    for key; do
        if [ -e "$(file_of "$key")" ]; then
            show "$(file_of "$key")"
        else
            fail read "$key"
        fi
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

// SPDX-License-Identifier: GPL-2.0-or-later
//
// `qrexec-client` as a small program of the shell, to be put below a scratch root: it writes down
// what it is called with, and ends as the test says. What ran stands in /qrexec/ran, a line each:
// its words after `-d`, `<`, and what it read. /qrexec/SERVICE, if there is one, is run for that
// service, with the target, the argument and what was read as its words; its status is that of the
// service.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace qmgmt::test {

inline constexpr std::string_view qrexec_client_path = "/usr/bin/qrexec-client";

inline constexpr std::string_view fake_qrexec_client = R"sh(#!/bin/sh
[ $# -eq 3 ] && [ "$1" = -d ] || exit 1
cd "$QUBES_MGMT_ROOT/qrexec" || exit 1
input=$(cat)
echo "$2 $3 < $input" >> ran
case $3 in
'root:QUBESRPC '*' dom0') ;;
*) exit 1 ;;
esac
service=${3#root:QUBESRPC }
service=${service% dom0}
argument=${service#*+}
[ "$argument" != "$service" ] || argument=
service=${service%%+*}
[ ! -e "$service" ] || exec /bin/sh "./$service" "$2" "$argument" "$input"
)sh";

template<typename Root>
void add_qrexec(const Root& root)
{
    root.write(qrexec_client_path, fake_qrexec_client);
    std::filesystem::permissions(root.below(qrexec_client_path), std::filesystem::perms{0755});
    root.write("/qrexec/ran", "");
}

// What the service does from now on.
template<typename Root>
void set_service(const Root& root, const std::string& service, std::string_view script)
{
    root.write("/qrexec/" + service, std::string{script} + "\n");
}

} // namespace qmgmt::test

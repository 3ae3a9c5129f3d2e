// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-root: run an installed call that declares root, for the one line in sudoers.
//   usage: qubes-mgmt-root [QREXEC_NAME=VALUE]... CALL [WORD]...

#include "rpc/root_program.hpp"

#include <array>

// The calls whose specs declare root; written out by the build, checked by a test.
static constexpr std::array<std::string_view, QMGMT_ROOT_CALL_COUNT> calls{QMGMT_ROOT_CALLS};

int main(int argc, char** argv)
{
    return qmgmt::rpc::run_root_program(calls, argc, argv);
}

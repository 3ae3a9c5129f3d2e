// SPDX-License-Identifier: GPL-2.0-or-later
//
// The program qubes-mgmt-home (calls/tool/home.cpp). What goes wrong is one line on standard error,
// and the exit status is that of a call: 7 for a tar that is refused, 15 for want of room.
#pragma once

namespace qmgmt {

int run_home_program(int argc, char** argv);

} // namespace qmgmt

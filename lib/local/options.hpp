// SPDX-License-Identifier: GPL-2.0-or-later
//
// The command line of a call in a dom0 shell.
#pragma once

#include "rpc/shell.h"

#include <string>
#include <vector>

namespace qmgmt::local {

struct Options {
    bool help = false;
    bool version = false;
    bool describe = false;
    bool dry_run = false;
    bool flag = false;     // the program's own
    bool progress = false; // for a program to read
    std::string dest = "dom0";
    std::string source = "dom0";
    std::string argument;
    std::vector<std::string> words; // as many as the spec names, or none
    qmgmt_shell_form form = QMGMT_FORM_AUTO;
    double timeout = 0; // seconds, 0: none given
    std::string fault;  // what is wrong with the command line; empty when nothing is
};

// `argv` as main got it.
[[nodiscard]] Options parse_options(const qmgmt_shell_spec& spec, int argc, char** argv);

} // namespace qmgmt::local

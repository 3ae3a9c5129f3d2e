// SPDX-License-Identifier: GPL-2.0-or-later
//
// The shell as a call has it: loaded, behind its border of plain C. QUBES_MGMT_SHELL says where the
// object is.
#pragma once

#include "rpc/shell.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

const qmgmt_shell& loaded_shell();

// mgmt.vm.tag.Set as it would declare itself; tests change what they are about.
qmgmt_shell_spec plain_spec();

struct Parsed {
    qmgmt_shell_outcome outcome;
    std::string dest, source, argument, message;
    qmgmt_shell_form form = QMGMT_FORM_AUTO;
    bool dry_run = false;
    bool flag = false;
    bool progress = false;
    double timeout = 0;
    std::vector<std::string> words;
};

Parsed parse(const qmgmt_shell_spec& spec, const std::vector<std::string>& words);

// What the shell prints for `word`, which must end the call with success.
std::string printed(const qmgmt_shell_spec& spec, const std::string& word);

// Nothing when the reply does not have the form that `spec` promises.
std::optional<std::string> render(const qmgmt_shell_spec& spec, qmgmt_shell_form form,
                                  std::string_view reply);

} // namespace qmgmt::test

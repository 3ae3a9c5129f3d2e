// SPDX-License-Identifier: GPL-2.0-or-later
//
// This process becomes another program, with the words and the environment that it is given.
#pragma once

#include <string>
#include <vector>

namespace qmgmt::rpc {

// words[0] is the program's path and what it sees as its own name. Returns only when it cannot;
// errno says why.
void replace_process(std::vector<std::string> words, std::vector<std::string> variables);

} // namespace qmgmt::rpc

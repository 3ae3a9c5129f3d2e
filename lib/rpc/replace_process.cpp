// SPDX-License-Identifier: GPL-2.0-or-later

#include "rpc/replace_process.hpp"

#include <unistd.h>

namespace qmgmt::rpc {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words)
{
    std::vector<char*> found;
    found.reserve(words.size() + 1);
    for (std::string& word : words)
        found.push_back(word.data());
    found.push_back(nullptr);
    return found;
}

} // namespace

void replace_process(std::vector<std::string> words, std::vector<std::string> variables)
{
    const std::string program = words.front();
    ::execve(program.c_str(), pointers(words).data(), pointers(variables).data());
}

} // namespace qmgmt::rpc

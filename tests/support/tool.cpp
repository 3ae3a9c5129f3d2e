// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/tool.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/wait.h>

namespace qmgmt::test {

ToolResult run_tool(const std::string& script, const std::string& input)
{
    char pattern[] = "/tmp/qmgmt-tool.XXXXXX";
    if (::mkdtemp(pattern) == nullptr)
        throw std::runtime_error{"mkdtemp"};
    const std::filesystem::path place{pattern};
    {
        std::ofstream in{place / "in", std::ios::binary};
        in << input;
    }
    const std::string command = "cd " + place.string() + " && { " + script + "\n} 2>&1";
    const int status = std::system(command.c_str()); // NOLINT: a shell is what is wanted
    ToolResult result;
    {
        std::ifstream out{place / "out", std::ios::binary};
        result.out.assign(std::istreambuf_iterator<char>{out}, {});
    }
    std::filesystem::remove_all(place);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return result;
}

} // namespace qmgmt::test

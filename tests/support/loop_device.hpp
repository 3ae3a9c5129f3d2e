// SPDX-License-Identifier: GPL-2.0-or-later
//
// Real loop devices, made and let go by losetup.
#pragma once

#include "base/fd.hpp"
#include "support/file_systems.hpp"

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace qmgmt::test {

// The loop device of a file, let go at the end; its path is empty where there is none to be had.
class Loop {
public:
    explicit Loop(const std::string& file)
    {
        const std::string command = "losetup --find --show '" + file + "' 2>/dev/null";
        if (FILE* pipe = ::popen(command.c_str(), "r")) {
            std::array<char, 64> line{};
            if (std::fgets(line.data(), line.size(), pipe) != nullptr)
                path_ = line.data();
            ::pclose(pipe);
        }
        while (path_.ends_with('\n'))
            path_.pop_back();
    }
    Loop(const Loop&) = delete;
    ~Loop()
    {
        if (!path_.empty())
            run({"losetup", "--detach", path_});
    }

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] off_t size() const
    {
        const Fd fd{::open(path_.c_str(), O_RDONLY | O_CLOEXEC)};
        return ::lseek(fd.get(), 0, SEEK_END);
    }

private:
    std::string path_;
};

} // namespace qmgmt::test

// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/lock_holder.hpp"

#include "base/fd.hpp"
#include "base/spawner.hpp"

#include <algorithm>
#include <dirent.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::string_view nobody_known = "another process";

// The program of a process by its command line, without its directory.
std::string program_of(const std::string& pid)
{
    std::string line = read_small_file("/proc/" + pid + "/cmdline", 4096);
    line.resize(std::min(line.size(), line.find('\0')));
    if (const auto slash = line.rfind('/'); slash != std::string::npos)
        line.erase(0, slash + 1);
    return line.empty() ? "process" : line;
}

// Does the process hold a lock on the inode? Its descriptors say so in /proc/PID/fdinfo.
bool holds_lock(const std::string& pid, const std::string& inode)
{
    const std::string directory = "/proc/" + pid + "/fdinfo";
    DIR* listing = ::opendir(directory.c_str());
    if (listing == nullptr)
        return false;
    bool found = false;
    while (const dirent* entry = ::readdir(listing)) {
        if (entry->d_name[0] == '.')
            continue;
        const std::string info = read_small_file(directory + "/" + entry->d_name, 4096);
        if (info.find("lock:") != std::string::npos && info.find(inode) != std::string::npos) {
            found = true;
            break;
        }
    }
    ::closedir(listing);
    return found;
}

} // namespace

std::string find_lock_holder(ino_t file, pid_t except)
{
    const std::string inode = ":" + std::to_string(file) + " ";
    std::string holder{nobody_known};
    DIR* processes = ::opendir("/proc");
    if (processes == nullptr)
        return holder;
    const std::string left_out = std::to_string(except);
    while (const dirent* entry = ::readdir(processes)) {
        const std::string pid = entry->d_name;
        if (pid.find_first_not_of("0123456789") != std::string::npos || pid == left_out)
            continue;
        if (holds_lock(pid, inode)) {
            holder = program_of(pid) + " (pid " + pid + ")";
            break;
        }
    }
    ::closedir(processes);
    return holder;
}

std::string lock_holder(int fd)
{
    struct stat status {};
    if (::fstat(fd, &status) != 0)
        return std::string{nobody_known};
    if (spawner::is_there())
        return spawner::lock_holder(status.st_ino);
    return find_lock_holder(status.st_ino, ::getpid());
}

} // namespace qmgmt

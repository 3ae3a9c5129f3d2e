// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/file_systems.hpp"

#include "base/fd.hpp"
#include "storage/directory/sparse_copy.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <sched.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace qmgmt::test {

namespace {

std::string errno_text(const std::string& what)
{
    return what + ": " + std::strerror(errno);
}

class Scratch {
public:
    Scratch()
    {
        char pattern[] = "/tmp/qm.XXXXXX";
        if (::mkdtemp(pattern) == nullptr)
            throw std::runtime_error{errno_text("mkdtemp")};
        path_ = pattern;
        ::setenv("QUBES_MGMT_ROOT", pattern, 1);
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
            why_not_ = errno_text("no mount namespace");
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch()
    {
        for (const auto& [path, mounted] : mounts_)
            if (mounted)
                ::umount2(path.c_str(), MNT_DETACH);
        run({"rm", "-rf", "--one-file-system", path_});
    }

    // Why nothing can be mounted; empty when it can.
    [[nodiscard]] const std::string& why_not() const { return why_not_; }
    [[nodiscard]] const std::string& path() const { return path_; }

    bool mount_loop(const std::string& type, const std::string& path)
    {
        const auto known = mounts_.find(path);
        if (known != mounts_.end())
            return known->second;
        const auto image = path + ".fs";
        bool& mounted = mounts_[path];
        mounted = false;
        if (!why_not_.empty())
            return false;
        mounted = ::mkdir(path.c_str(), 0755) == 0 && run({"truncate", "-s", "2G", image}) &&
                  run({"mkfs." + type, "-q", image}) &&
                  run({"mount", "-o", "loop", "-t", type, image, path});
        return mounted;
    }

    bool mount_memory(const std::string& path, const std::string& size)
    {
        if (!why_not_.empty() ||
            ::mount("none", path.c_str(), "tmpfs", 0, ("size=" + size).c_str()) != 0)
            return false;
        mounts_[path] = true;
        return true;
    }

private:
    std::string path_;
    std::string why_not_;
    std::map<std::string, bool, std::greater<>> mounts_; // the innermost first
};

Scratch& scratch()
{
    static Scratch instance;
    return instance;
}

} // namespace

const std::string& scratch_root()
{
    return scratch().path();
}

std::string on_disk(const std::string& dir_path)
{
    return scratch_root() + dir_path;
}

std::optional<std::string> new_pool_on(const std::string& file_system)
{
    static int count = 0;
    const std::string base = "/" + file_system;
    if (file_system == "plain")
        ::mkdir(on_disk(base).c_str(), 0755);
    else if (!scratch().mount_loop(file_system, on_disk(base))) {
        WARN("skipped: cannot mount " << file_system << " here " << scratch().why_not());
        return std::nullopt;
    }
    const auto pool = base + "/p" + std::to_string(++count);
    if (::mkdir(on_disk(pool).c_str(), 0755) != 0)
        throw std::runtime_error{errno_text(pool)};
    return pool;
}

bool can_share(const std::string& directory)
{
    const Fd source{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    const Fd target{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    return source && target && write_all(source.get(), "x") && reflink(source.get(), target.get());
}

bool mount_memory(const std::string& directory, const std::string& size)
{
    if (scratch().mount_memory(directory, size))
        return true;
    WARN("skipped: cannot mount a tmpfs here " << scratch().why_not());
    return false;
}

bool run(const std::vector<std::string>& command)
{
    std::vector<char*> argv;
    for (const auto& word : command)
        argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_t child = 0;
    posix_spawn_file_actions_t quiet;
    ::posix_spawn_file_actions_init(&quiet);
    ::posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    const int failed = ::posix_spawnp(&child, argv[0], &quiet, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&quiet);
    if (failed != 0)
        return false;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace qmgmt::test

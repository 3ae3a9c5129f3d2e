// SPDX-License-Identifier: GPL-2.0-or-later

#include "fault/trace.hpp"

#include "base/fd.hpp"
#include "support/scratch.hpp"

#include <climits>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <optional>
#include <regex>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace qmgmt::test {
namespace {

using Arguments = const std::uint64_t (&)[6];

std::string read_link(const std::string& path)
{
    std::array<char, PATH_MAX> target{};
    const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
    return length < 0 ? "" : std::string{target.data(), static_cast<std::size_t>(length)};
}

// What a system call does, and to what; nothing when it changes nothing of ours.
class Observer {
public:
    Observer(pid_t pid, const ScratchRoot& root) : pid_{pid}, root_{root} {}

    [[nodiscard]] std::optional<std::string> step(std::uint64_t number, Arguments words) const
    {
        switch (number) {
        case SYS_open:
            return (words[1] & O_CREAT) != 0 ? named("create", at(AT_FDCWD, words[0]))
                                             : std::nullopt;
        case SYS_openat:
            return (words[2] & O_CREAT) != 0 ? named("create", at(words[0], words[1]))
                                             : std::nullopt;
        case SYS_write:
        case SYS_pwrite64: return named("write", of(words[0]));
        case SYS_io_submit: return named("write", of(first_target(words[2])));
        case SYS_ftruncate: return named("truncate", of(words[0]));
        case SYS_fallocate: return named("allocate", of(words[0]));
        case SYS_fsync:
        case SYS_fdatasync: return named("fsync", of(words[0]));
        case SYS_fchmod: return named("chmod", of(words[0]));
        case SYS_fchown: return named("chown", of(words[0]));
        case SYS_fsetxattr: return named("setxattr", of(words[0]));
        case SYS_copy_file_range: return named("copy", of(words[2]));
        case SYS_ioctl: return words[1] == FICLONE ? named("reflink", of(words[0])) : std::nullopt;
        case SYS_fcntl: return is_lock(words[1]) ? named("lock", of(words[0])) : std::nullopt;
        case SYS_chmod: return named("chmod", at(AT_FDCWD, words[0]));
        case SYS_fchmodat: return named("chmod", at(words[0], words[1]));
        case SYS_utimensat: return named("touch", at(words[0], words[1]));
        case SYS_rename: return named("rename", at(AT_FDCWD, words[0]));
        case SYS_renameat:
        case SYS_renameat2: return named("rename", at(words[0], words[1]));
        case SYS_link: return named("link", at(AT_FDCWD, words[1]));
        case SYS_linkat: return named("link", at(words[2], words[3]));
        case SYS_unlink: return named("unlink", at(AT_FDCWD, words[0]));
        case SYS_unlinkat: return named("unlink", at(words[0], words[1]));
        case SYS_mkdir: return named("mkdir", at(AT_FDCWD, words[0]));
        case SYS_mkdirat: return named("mkdir", at(words[0], words[1]));
        case SYS_rmdir: return named("rmdir", at(AT_FDCWD, words[0]));
        default: return std::nullopt;
        }
    }

private:
    static bool is_lock(std::uint64_t command)
    {
        return command == F_OFD_SETLK || command == F_OFD_SETLKW || command == F_SETLK ||
               command == F_SETLKW;
    }

    [[nodiscard]] std::string of(std::uint64_t fd) const
    {
        return read_link("/proc/" + std::to_string(pid_) + "/fd/" +
                         std::to_string(static_cast<int>(fd)));
    }

    [[nodiscard]] std::string at(std::uint64_t directory, std::uint64_t address) const
    {
        const std::string path = text(address);
        if (path.starts_with('/'))
            return path;
        const int fd = static_cast<int>(directory);
        return (fd == AT_FDCWD ? read_link("/proc/" + std::to_string(pid_) + "/cwd")
                               : of(directory)) +
               "/" + path;
    }

    // A string of the process, by pages: the next one may not be there.
    [[nodiscard]] std::string text(std::uint64_t address) const
    {
        constexpr std::size_t page = 4096;
        std::string found;
        while (found.size() < PATH_MAX) {
            std::array<char, page> bytes{};
            const std::size_t wanted = page - address % page;
            iovec to{bytes.data(), wanted};
            iovec from{reinterpret_cast<void*>(address), wanted}; // NOLINT: of another process
            if (::process_vm_readv(pid_, &to, 1, &from, 1, 0) != static_cast<ssize_t>(wanted))
                break;
            const std::string_view piece{bytes.data(), wanted};
            const auto end = piece.find('\0');
            found += piece.substr(0, end);
            if (end != std::string_view::npos)
                break;
            address += wanted;
        }
        return found;
    }

    // Of the first request in a list for io_submit.
    [[nodiscard]] std::uint64_t first_target(std::uint64_t list) const
    {
        std::uint64_t address = 0;
        iocb request{};
        for (const auto& [from, into] : {std::pair{&list, iovec{&address, sizeof address}},
                                         std::pair{&address, iovec{&request, sizeof request}}}) {
            iovec there{reinterpret_cast<void*>(*from), into.iov_len}; // NOLINT: of another process
            if (::process_vm_readv(pid_, &into, 1, &there, 1, 0) !=
                static_cast<ssize_t>(into.iov_len))
                throw std::system_error{errno, std::generic_category(), "io_submit"};
        }
        return request.aio_fildes;
    }

    // Names of temporary files and numbers of segments differ from run to run; what is done to one
    // volume, or to one key of a qube's table, is done to each.
    [[nodiscard]] std::optional<std::string> named(std::string_view verb, std::string path) const
    {
        static const std::array<std::pair<std::regex, const char*>, 7> varying{
            std::pair{std::regex{"~[A-Za-z0-9]+"}, "~"},
            std::pair{std::regex{"seg-[0-9a-f]+"}, "SEGMENT"},
            std::pair{
                std::regex{
                    "/(appvms|vm-templates)/unborn/(root|private|volatile)((-[a-z]+)?\\.img)"},
                "/QUBE/VOLUME$3"},
            std::pair{std::regex{"/(run|stop)/[0-9a-f]{8}-[0-9a-f-]{27}"}, "/$1/UUID"},
            std::pair{std::regex{"/qdb/[0-9a-f]{8}-[0-9a-f-]{27}/.+"}, "/qdb/UUID/KEY"},
            std::pair{std::regex{"/clone/[A-Za-z0-9]{32}"}, "/clone/TOKEN"},
            std::pair{std::regex{"@[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+Z"}, "@TIME"},
        };
        if (!path.starts_with(root_.path() + "/"))
            return std::nullopt;
        path.erase(0, root_.path().size());
        for (const auto& [what, instead] : varying)
            path = std::regex_replace(path, what, instead);
        return std::string{verb} + " " + path;
    }

    pid_t pid_;
    const ScratchRoot& root_;
};

Fd memory_file(const std::string& bytes)
{
    Fd fd{::memfd_create("traced", MFD_CLOEXEC)};
    if (!fd ||
        ::pwrite(fd.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        throw std::system_error{errno, std::generic_category(), "memfd"};
    return fd;
}

std::vector<char*> pointers(std::vector<std::string>& words)
{
    std::vector<char*> found;
    for (std::string& word : words)
        found.push_back(word.data());
    found.push_back(nullptr);
    return found;
}

pid_t start_traced(const Command& command, int output)
{
    std::vector<std::string> words = command.words;
    std::vector<std::string> variables;
    for (const auto& [name, value] : command.environment)
        variables.push_back(name + "=" + value);
    const auto argv = pointers(words);
    const auto envp = pointers(variables);
    const Fd input = memory_file(command.input);
    const pid_t pid = ::fork();
    if (pid < 0)
        throw std::system_error{errno, std::generic_category(), "fork"};
    if (pid == 0) {
        ::dup2(input.get(), 0);
        ::dup2(output, 1);
        ::dup2(output, 2);
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        ::execve(command.program.c_str(), argv.data(), envp.data());
        ::_exit(127);
    }
    return pid;
}

int ended_as(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string content_of(const Fd& file)
{
    std::string text(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)), '\0');
    if (::pread(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        throw std::system_error{errno, std::generic_category(), "memfd"};
    return text;
}

// Changes the registers of a process that is stopped at a system call (x86-64).
template<typename Change>
void change_registers(pid_t pid, Change change)
{
    user_regs_struct registers{};
    if (::ptrace(PTRACE_GETREGS, pid, nullptr, &registers) != 0)
        throw std::system_error{errno, std::generic_category(), "ptrace"};
    change(registers);
    if (::ptrace(PTRACE_SETREGS, pid, nullptr, &registers) != 0)
        throw std::system_error{errno, std::generic_category(), "ptrace"};
}

int error_of(std::string_view step)
{
    for (const std::string_view verb : {"create", "write", "truncate", "allocate", "copy", "mkdir",
                                        "link", "rename", "setxattr"}) {
        if (step.starts_with(verb))
            return ENOSPC;
    }
    return EIO;
}

// What happens at the step of number `at`, and on which side of it.
struct Disturbance {
    enum class Kind { none, kill, fail } kind = Kind::none;
    std::size_t at = 0;
    When when = When::before;

    // The process is stopped on this side of that step.
    void happen(pid_t pid, bool entered, std::string_view step, Trace& found) const
    {
        if (kind == Kind::fail) {
            if (entered) // something harmless instead, which no filter refuses
                change_registers(pid, [](auto& registers) { registers.orig_rax = SYS_getpid; });
            else
                change_registers(pid, [&](auto& registers) {
                    registers.rax = static_cast<unsigned long long>(-error_of(step));
                });
            found.error = error_of(step);
            found.hit = true;
        } else if (kind == Kind::kill && entered == (when == When::before)) {
            ::kill(pid, SIGKILL);
            found.hit = true;
        }
    }
};

Trace follow(const ScratchRoot& root, const Command& command, const Disturbance& disturbance)
{
    const Fd output = memory_file("");
    const pid_t pid = start_traced(command, output.get());
    const Observer observer{pid, root};
    Trace found;
    int status = 0;
    ::waitpid(pid, &status, 0); // stopped by its execve
    if (!WIFSTOPPED(status))
        throw std::runtime_error{"cannot trace " + command.program};
    ::ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    bool in_step = false;
    long signal = 0;
    for (;;) {
        ::ptrace(PTRACE_SYSCALL, pid, nullptr, signal);
        if (::waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
            break;
        signal = 0;
        if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
            signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
            continue;
        }
        __ptrace_syscall_info info{};
        ::ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
        const bool entered = info.op == PTRACE_SYSCALL_INFO_ENTRY;
        if (entered) {
            auto step = observer.step(info.entry.nr, info.entry.args);
            in_step = step.has_value();
            if (in_step)
                found.steps.push_back(*std::move(step));
        }
        if (in_step && found.steps.size() == disturbance.at + 1)
            disturbance.happen(pid, entered, found.steps.back(), found);
        if (!entered)
            in_step = false;
    }
    found.status = ended_as(status);
    found.said = content_of(output);
    return found;
}

} // namespace

Trace trace(const ScratchRoot& root, const Command& command)
{
    return follow(root, command, {});
}

Trace kill_at(const ScratchRoot& root, const Command& command, std::size_t at, When when)
{
    return follow(root, command, {Disturbance::Kind::kill, at, when});
}

Trace fail_at(const ScratchRoot& root, const Command& command, std::size_t at)
{
    return follow(root, command, {Disturbance::Kind::fail, at});
}

} // namespace qmgmt::test

// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/fd.hpp"
#include "confine/confine.hpp"
#include "support/catch.hpp"
#include "support/in_child.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <linux/fs.h>
#include <linux/random.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

using namespace qmgmt;
using qmgmt::test::in_child;

namespace {

namespace fs = std::filesystem;

struct Tree {
    Tree()
    {
        std::array<char, 16> name{"/tmp/qm.XXXXXX"};
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error{"no scratch directory"};
        path = name.data();
        for (const char* const directory : {"/read", "/write", "/write/sub", "/none"}) {
            fs::create_directory(path + directory);
            std::ofstream{path + directory + "/file"} << "text\n";
        }
    }
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;
    ~Tree()
    {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }

    [[nodiscard]] int open(const char* below, int flags) const
    {
        const Fd fd{::open((path + below).c_str(), flags | O_CLOEXEC, 0600)};
        return fd ? 0 : errno;
    }

    std::string path;
};

bool no_landlock()
{
    if (landlock_version() > 0)
        return false;
    std::puts("this kernel has no Landlock: what it restricts is not tested");
    return true;
}

// The errno of a raw system call after a filter; 0 for success.
int filtered(bool unix_sockets, const std::function<long()>& call)
{
    return in_child([&] {
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (!filter_syscalls({.unix_sockets = unix_sockets}))
            return 201;
        return call() < 0 ? errno : 0;
    });
}

constexpr int killed = 128 + SIGSYS;

} // namespace

TEST_CASE("landlock: what was not granted cannot be opened, what was can")
{
    if (no_landlock())
        return;
    const Tree tree;
    const auto confined = [&](const std::function<int()>& body) {
        return in_child([&] {
            Rights rights;
            rights.may_read(tree.path + "/read");
            rights.may_write(tree.path + "/write");
            rights.may_read(tree.path + "/not-there");
            confine(rights);
            return body();
        });
    };
    CHECK(confined([&] { return tree.open("/read/file", O_RDONLY); }) == 0);
    CHECK(confined([&] { return tree.open("/read/file", O_WRONLY); }) == EACCES);
    CHECK(confined([&] { return tree.open("/read/new", O_WRONLY | O_CREAT); }) == EACCES);
    CHECK(confined([&] { return tree.open("/none/file", O_RDONLY); }) == EACCES);
    CHECK(confined([&] { return tree.open("/none", O_RDONLY | O_DIRECTORY); }) == EACCES);
    CHECK(confined([&] { return tree.open("/write/file", O_RDWR | O_TRUNC); }) == 0);
    CHECK(confined([&] { return tree.open("/write/sub/new", O_WRONLY | O_CREAT); }) == 0);
    const auto moved = [&](const char* from, const char* to) {
        return confined([&] {
            return ::rename((tree.path + from).c_str(), (tree.path + to).c_str()) == 0 ? 0 : errno;
        });
    };
    CHECK(moved("/write/file", "/write/other") == 0);
    CHECK(moved("/write/other", "/none/other") != 0);
    CHECK(moved("/none/file", "/write/stolen") != 0);
    if (landlock_version() >= 2)
        CHECK(moved("/write/other", "/write/sub/other") == 0);
}

TEST_CASE("landlock: what is open stays open")
{
    if (no_landlock())
        return;
    const Tree tree;
    CHECK(in_child([&] {
              const Fd before{::open((tree.path + "/none/file").c_str(), O_RDONLY | O_CLOEXEC)};
              confine({});
              return read_at(before.get(), 0, 100) == "text\n" ? 0 : 1;
          }) == 0);
}

TEST_CASE("landlock: a device answers more than reads and writes to whoever may control it")
{
    constexpr int in_version = 5; // before, ioctl is not restricted
    if (landlock_version() < in_version) {
        std::puts("this kernel's Landlock lets everybody control devices: not tested");
        return;
    }
    const auto entropy_by = [](Access access) {
        return in_child([&] {
            ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            const PathRight right{"/dev/urandom", access};
            restrict_files({&right, 1});
            const Fd device{::open("/dev/urandom", O_RDWR | O_CLOEXEC)};
            int bits = 0;
            return device && ::ioctl(device.get(), RNDGETENTCNT, &bits) == 0 ? 0 : errno;
        });
    };
    CHECK(entropy_by(Access::control) == 0);
    CHECK(entropy_by(Access::write) == EACCES);
    CHECK(entropy_by(Access::read) == EACCES);
}

TEST_CASE("filter: ordinary work goes on")
{
    CHECK(filtered(false, [] { return ::getpid(); }) == 0);
    CHECK(filtered(false, [] { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }) == 0);
    CHECK(filtered(false, [] { return ::kill(::getppid(), 0); }) == 0);
    CHECK(filtered(false, [] { return ::raise(SIGURG); }) == 0);
    CHECK(filtered(false, [] { return ::isatty(0) >= 0 ? 0 : -1; }) == 0);
    CHECK(filtered(true, [] { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }) == 0);
    // An abort still dumps its words and ends by its own signal.
    CHECK(filtered(false, []() -> long { std::abort(); }) == 128 + SIGABRT);
}

TEST_CASE("filter: what no call does is refused")
{
    const auto refuses = [](const std::function<long()>& call) {
        return filtered(true, call) == EPERM;
    };
    CHECK(refuses([] { return ::fork(); }));
    CHECK(refuses([]() -> long { return ::vfork(); }));
    CHECK(refuses([] { return ::execl("/bin/true", "true", nullptr); }));
    CHECK(refuses([] { return ::syscall(SYS_execveat, 0, "", nullptr, nullptr, 0); }));
    CHECK(refuses([] { return ::syscall(SYS_clone3, nullptr, 0); }));
    CHECK(refuses([] { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }));
    CHECK(refuses([] { return ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0); }));
    CHECK(refuses([] { return ::kill(::getppid(), SIGCONT); }));
    CHECK(refuses([] { return ::syscall(SYS_tgkill, ::getppid(), ::getppid(), SIGCONT); }));
    CHECK(refuses([] { return ::ioctl(0, TIOCSTI, "x"); }));
    CHECK(refuses([] { return ::setuid(0); }));
    CHECK(refuses([] { return ::mknod("/tmp/qm.node", S_IFIFO, 0); }));
    CHECK(filtered(false, [] { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }) ==
          EPERM);
}

TEST_CASE("filter: Xen's device is for those that ask for it")
{
    const auto asks = [](bool may, unsigned long request) {
        return in_child([&] {
            ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            if (!filter_syscalls({.hypercalls = may}))
                return 201;
            return ::ioctl(-1, request, nullptr) == 0 ? 0 : errno;
        });
    };
    constexpr unsigned long hypercall = 0x305000;   // IOCTL_PRIVCMD_HYPERCALL
    constexpr unsigned long map_foreign = 0x205004; // IOCTL_PRIVCMD_MMAPBATCH_V2
    CHECK(asks(false, hypercall) == EPERM);
    CHECK(asks(true, hypercall) == EBADF); // the kernel looked
    CHECK(asks(true, 0x105005) == EBADF);  // IOCTL_PRIVCMD_DM_OP
    CHECK(asks(true, 0x50ff) == EBADF);    // IOCTL_PRIVCMD_UNIMPLEMENTED
    CHECK(asks(true, map_foreign) == EPERM);
    CHECK(asks(true, TIOCSTI) == EPERM);
}

TEST_CASE("filter: threads are for those that ask for them, processes for nobody")
{
    const auto outcome = [](bool may) {
        return in_child([may] {
            ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            if (!filter_syscalls({.threads = may}))
                return 201;
            int answer = 0;
            try {
                std::thread{[&answer] { answer = 1; }}.join();
            } catch (const std::system_error&) {
                answer = 2;
            }
            const pid_t child = ::fork();
            if (child == 0)
                ::_exit(0);
            return child < 0 && errno == EPERM ? answer : 50;
        });
    };
    CHECK(outcome(true) == 1);
    CHECK(outcome(false) == 2);
}

TEST_CASE("filter: asynchronous writes are for those that ask for them")
{
    const auto asks = [](bool may) {
        return in_child([&] {
            ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            if (!filter_syscalls({.aio = may}))
                return 201;
            unsigned long context = 0;
            return ::syscall(SYS_io_setup, 1, &context) == 0 ? 0 : errno;
        });
    };
    CHECK(asks(true) == 0);
    CHECK(asks(false) == EPERM);
}

TEST_CASE("filter: locking memory and going last are for those that ask for them")
{
    const auto asks = [](bool may, const std::function<long()>& call) {
        return in_child([&] {
            ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            if (!filter_syscalls({.background = may}))
                return 201;
            return call() == 0 ? 0 : errno;
        });
    };
    const auto lock = []() -> long {
        void* page =
            ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return ::mlock(page, 4096);
    };
    const auto nice = []() -> long { return ::setpriority(PRIO_PROCESS, 0, 10); };
    CHECK(asks(true, lock) == 0);
    CHECK(asks(false, lock) == EPERM);
    CHECK(asks(true, nice) == 0);
    CHECK(asks(false, nice) == EPERM);
}

TEST_CASE("confine: only who asks for it tells another process to end")
{
    const auto outcome = [](bool may) {
        const pid_t other = ::fork();
        if (other == 0) {
            ::pause();
            ::_exit(0);
        }
        const int refusal = in_child([&] {
            Rights rights;
            rights.syscalls.signals = may;
            confine(rights);
            const Fd process{static_cast<int>(::syscall(SYS_pidfd_open, other, 0))};
            if (!process)
                return errno;
            return ::syscall(SYS_pidfd_send_signal, process.get(), SIGUSR1, nullptr, 0) == 0
                       ? 0
                       : errno;
        });
        if (refusal != 0)
            ::kill(other, SIGKILL);
        int status = 0;
        ::waitpid(other, &status, 0);
        return refusal == 0 && WTERMSIG(status) != SIGUSR1 ? 50 : refusal;
    };
    CHECK(outcome(true) == 0);
    CHECK(outcome(false) == EPERM);
}

TEST_CASE("filter: what only an attacker does ends the process")
{
    const auto kills = [](const std::function<long()>& call) {
        return filtered(true, call) == killed;
    };
    CHECK(kills([] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }));
    CHECK(kills([] { return ::mount("none", "/tmp", "tmpfs", 0, nullptr); }));
    CHECK(kills([] { return ::syscall(SYS_bpf, 0, nullptr, 0); }));
    CHECK(kills([] { return ::syscall(SYS_init_module, nullptr, 0, ""); }));
    CHECK(kills([] { return ::syscall(SYS_keyctl, 0, 0, 0, 0, 0); }));
    CHECK(kills([] { return ::syscall(SYS_kexec_load, 0, 0, nullptr, 0); }));
    CHECK(kills([] { return ::unshare(CLONE_NEWUSER); }));
    CHECK(kills([] { return ::syscall(SYS_io_uring_setup, 1, nullptr); }));
#ifdef __x86_64__
    CHECK(kills([] { return ::syscall(0x40000000 + SYS_getpid); })); // x32
    CHECK(kills([]() -> long {
        long result = 20; // getpid of the 32-bit set
        asm volatile("int $0x80" : "+a"(result) : : "memory");
        return result;
    }));
#endif
}

TEST_CASE("filter: a system call that is not known yet is not there")
{
    CHECK(filtered(true, [] { return ::syscall(1000); }) == ENOSYS);
}

TEST_CASE("limits: set for good, and never raised")
{
    CHECK(in_child([] {
              const struct rlimit low {
                  64, 64
              };
              ::setrlimit(RLIMIT_NOFILE, &low);
              limit_resources({});
              struct rlimit files {};
              struct rlimit core {};
              struct rlimit seconds {};
              ::getrlimit(RLIMIT_NOFILE, &files);
              ::getrlimit(RLIMIT_CORE, &core);
              ::getrlimit(RLIMIT_CPU, &seconds);
              return files.rlim_max == 64 && core.rlim_max == 0 && seconds.rlim_cur == 60 ? 0 : 1;
          }) == 0);
    CHECK(in_child([] {
              limit_resources({});
              return ::mmap(nullptr, std::size_t{600} << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
                            -1, 0) == MAP_FAILED
                         ? errno
                         : 0;
          }) == ENOMEM);
}

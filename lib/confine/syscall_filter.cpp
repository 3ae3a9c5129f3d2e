// SPDX-License-Identifier: GPL-2.0-or-later

#include "confine/syscall_filter.hpp"

#include "base/error.hpp"
#include "confine/syscall_table.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <span>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace qmgmt {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
constexpr std::uint32_t end_of_numbers = 0x40000000; // from here: x32, the other set of numbers
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t end_of_numbers = 0x80000000;
#else
#error "the numbers of this machine's system calls are not known here"
#endif

enum class Verdict {
    allow,
    refuse, // EPERM
    absent, // ENOSYS
    kill,
    aio,        // when asked for
    background, // likewise
    signals,    // likewise
    thread_by,  // ENOSYS where threads are allowed: what it makes stands where no filter can look
    // By an argument:
    thread,
    socket_domain,
    signal_number,
    own_process,
    no_process,
    ioctl_request,
};

constexpr std::uint32_t refused = SECCOMP_RET_ERRNO | EPERM;

// From this number on, up to the next row.
struct Row {
    std::uint32_t first;
    Verdict verdict;
};

constexpr std::size_t special_count = 22;
constexpr std::size_t named_count =
    std::size(allowed_syscalls) + std::size(absurd_syscalls) + special_count;

// The rows of the whole table, in order, equal neighbours as one. Made by the compiler.
struct Table {
    std::array<Row, named_count * 2 + 3> rows{};
    std::size_t count = 0;

    constexpr void add(std::uint32_t first, Verdict verdict)
    {
        if (count > 0 && rows[count - 1].first == first) // nothing lies between two neighbours
            --count;
        if (count == 0 || rows[count - 1].verdict != verdict)
            rows[count++] = {first, verdict};
    }
};

constexpr Table make_table()
{
    std::array<Row, named_count> named{};
    std::size_t filled = 0;
    for (const long number : allowed_syscalls)
        named[filled++] = {static_cast<std::uint32_t>(number), Verdict::allow};
    for (const long number : absurd_syscalls)
        named[filled++] = {static_cast<std::uint32_t>(number), Verdict::kill};
    named[filled++] = {SYS_socket, Verdict::socket_domain};
    named[filled++] = {SYS_socketpair, Verdict::socket_domain};
    named[filled++] = {SYS_kill, Verdict::signal_number};
    named[filled++] = {SYS_tgkill, Verdict::own_process};
    named[filled++] = {SYS_prlimit64, Verdict::no_process};
    named[filled++] = {SYS_ioctl, Verdict::ioctl_request};
    named[filled++] = {SYS_clone, Verdict::thread};
    named[filled++] = {SYS_clone3, Verdict::thread_by};
    for (const long number : {SYS_io_setup, SYS_io_submit, SYS_io_getevents, SYS_io_destroy})
        named[filled++] = {static_cast<std::uint32_t>(number), Verdict::aio};
    for (const long number : {SYS_mlock, SYS_mlock2, SYS_munlock, SYS_setpriority, SYS_getpriority,
                              SYS_sched_setscheduler, SYS_sched_getscheduler, SYS_ioprio_set})
        named[filled++] = {static_cast<std::uint32_t>(number), Verdict::background};
    for (const long number : {SYS_pidfd_open, SYS_pidfd_send_signal})
        named[filled++] = {static_cast<std::uint32_t>(number), Verdict::signals};
    std::ranges::sort(named, {}, &Row::first);

    Table table;
    table.add(0, Verdict::refuse);
    for (const Row& row : named) {
        table.add(row.first, row.verdict);
        table.add(row.first + 1, Verdict::refuse);
    }
    table.add(newest_known_syscall + 1, Verdict::absent);
    table.add(end_of_numbers, Verdict::kill);
    return table;
}

constexpr Table table = make_table();

// What is asked of an open file beyond reading and writing: of a terminal, of an image, of a
// volume.
constexpr std::uint32_t ioctl_requests[] = {
    TCGETS,     0x802c542a /* TCGETS2 */, TIOCGWINSZ, FIONREAD, FIONBIO, FICLONE, FICLONERANGE,
    BLKDISCARD, LOOP_SET_CAPACITY,        0x8100127d /* BLKZNAME: which dataset a zvol is of */};

// Of Xen's device: a hypercall, which may be anything, so that the others add nothing: one for
// device models alone, and one that no kernel knows. libxenctrl asks for these to see what this
// kernel offers. Its header is not everywhere.
constexpr std::uint32_t hypercall_requests[] = {_IOC(_IOC_NONE, 'P', 0, 6 * sizeof(std::uint64_t)),
                                                _IOC(_IOC_NONE, 'P', 5, 2 * sizeof(std::uint64_t)),
                                                _IOC(_IOC_NONE, 'P', 255, 0)};

class Program {
public:
    explicit Program(const SyscallRights& rights) : rights_{rights}
    {
        load(offsetof(struct seccomp_data, arch));
        code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0));
        answer(SECCOMP_RET_KILL_PROCESS);
        load(offsetof(struct seccomp_data, nr));
        search({table.rows.data(), table.count});
    }

    [[nodiscard]] struct sock_fprog prepared()
    {
        return {static_cast<unsigned short>(code_.size()), code_.data()};
    }

private:
    // A binary search: the number costs as many comparisons as the logarithm of the table.
    void search(std::span<const Row> rows)
    {
        if (rows.size() == 1)
            return decide(rows.front().verdict);
        const auto lower = rows.first(rows.size() / 2);
        const auto upper = rows.subspan(rows.size() / 2);
        const std::size_t branch = code_.size();
        code_.push_back({});
        search(lower);
        const std::size_t over = code_.size() - branch - 1;
        if (over > 255)
            throw Error{failure::internal, "cannot give up rights", "a jump is too long"};
        code_[branch] = BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, upper.front().first,
                                 static_cast<std::uint8_t>(over), 0);
        search(upper);
    }

    void decide(Verdict verdict)
    {
        switch (verdict) {
        case Verdict::allow: return answer(SECCOMP_RET_ALLOW);
        case Verdict::refuse: return answer(refused);
        case Verdict::absent: return answer(SECCOMP_RET_ERRNO | ENOSYS);
        case Verdict::kill: return answer(SECCOMP_RET_KILL_PROCESS);
        case Verdict::thread_by:
            return answer(rights_.threads ? SECCOMP_RET_ERRNO | ENOSYS : refused);
        case Verdict::thread: return decide_thread();
        case Verdict::aio: return answer(rights_.aio ? SECCOMP_RET_ALLOW : refused);
        case Verdict::background: return answer(rights_.background ? SECCOMP_RET_ALLOW : refused);
        case Verdict::signals: return answer(rights_.signals ? SECCOMP_RET_ALLOW : refused);
        case Verdict::socket_domain:
            return rights_.unix_sockets ? only(0, AF_UNIX) : answer(refused);
        case Verdict::signal_number: return only(1, 0); // whether a process is there
        case Verdict::own_process: return only(0, static_cast<std::uint32_t>(::getpid()));
        case Verdict::no_process: return only(0, 0); // the caller itself
        case Verdict::ioctl_request:
            load_argument(1);
            allow_each(ioctl_requests);
            if (rights_.hypercalls)
                allow_each(hypercall_requests);
            return answer(refused);
        }
    }

    // The kernel makes no process of what shares the caller's.
    void decide_thread()
    {
        if (rights_.threads) {
            load_argument(0);
            code_.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1));
            answer(SECCOMP_RET_ALLOW);
        }
        answer(refused);
    }

    // Of what is loaded.
    void allow_each(std::span<const std::uint32_t> values)
    {
        for (const std::uint32_t value : values) {
            code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
            answer(SECCOMP_RET_ALLOW);
        }
    }

    void only(std::size_t argument, std::uint32_t value)
    {
        load_argument(argument);
        code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
        answer(SECCOMP_RET_ALLOW);
        answer(refused);
    }

    void load(std::size_t offset)
    {
        code_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
    }

    // The lower half, first on the machines we know: the kernel takes these arguments as 32 bits.
    void load_argument(std::size_t number)
    {
        load(offsetof(struct seccomp_data, args) + number * sizeof(std::uint64_t));
    }

    void answer(std::uint32_t value) { code_.push_back(BPF_STMT(BPF_RET | BPF_K, value)); }

    SyscallRights rights_;
    std::vector<struct sock_filter> code_;
};

} // namespace

bool filter_syscalls(const SyscallRights& rights)
{
    Program program{rights};
    const struct sock_fprog prepared = program.prepared();
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &prepared) == 0)
        return true;
    if (errno != ENOSYS && errno != EINVAL)
        throw_errno(failure::internal, "cannot give up rights", "seccomp");
    return false;
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// seccomp: the system calls this process may make from now on. What every call uses is allowed.
// What no call uses fails with EPERM, so that the error is reported as one: programs, processes and
// threads, other sockets, signals to others, device control. What only an attacker asks for
// (tracing, mounting, modules, keys, other instruction sets) ends the process with SIGSYS. The
// kernel logs each refusal in the audit log. System calls newer than this list do not exist here
// (ENOSYS): the C library then does without.
#pragma once

namespace qmgmt {

struct SyscallRights {
    bool unix_sockets = false; // may make sockets, of the Unix kind
    bool aio = false;          // may write while it goes on (io_submit(2))
    bool hypercalls = false;   // may ask Xen, through its device for privileged commands
    bool threads = false;      // may make threads, and still no processes
    bool background = false;   // may keep memory from being swapped, and let others go first
    bool signals = false;      // may signal the process behind a descriptor (pidfd_open(2))
};

// Filters this process and what it starts. False when the kernel has no filters: that is no error.
// Needs no-new-privileges. Throws Error{internal}.
bool filter_syscalls(const SyscallRights& rights);

} // namespace qmgmt

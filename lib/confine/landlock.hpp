// SPDX-License-Identifier: GPL-2.0-or-later
//
// Landlock: the files this process may open from now on. What is open stays open; asking whether a
// file is there and what it is like (stat, access) is not restricted, nor is connecting to a
// listening socket in the file system.
#pragma once

#include <span>
#include <string>

namespace qmgmt {

enum class Access {
    read,    // files and listings
    write,   // read, and change, make, link, rename, remove files and directories
    control, // a device: read, write, and what its driver offers besides (ioctl)
};

// A file, or a directory with all below it.
struct PathRight {
    std::string path;
    Access access;
};

// Confines this process, and what it starts, to `rights`. No program can be executed, no TCP port
// used, no process outside signalled unless `signals`, no abstract socket outside reached, as far
// as the kernel knows how. Paths that are not there are skipped. False when the kernel has no
// Landlock: that is no error. Needs no-new-privileges. Throws Error{internal}.
bool restrict_files(std::span<const PathRight> rights, bool signals = false);

// The version of Landlock's interface that this kernel has; 0 without.
[[nodiscard]] int landlock_version();

} // namespace qmgmt

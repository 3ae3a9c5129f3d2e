// SPDX-License-Identifier: GPL-2.0-or-later
//
// Maps a page of a PV domain, as a device model would, and keeps it until it is killed: so long the
// domain can be destroyed, but does not go away.   usage: hold-page ID FRAME
// Prints a line once it has it.

#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

extern "C" {
#include <xenforeignmemory.h>
}

int main(int argc, char** argv)
{
    if (argc != 3)
        return 2;
    xenforeignmemory_handle* memory = xenforeignmemory_open(nullptr, 0);
    const xen_pfn_t frame = std::strtoul(argv[2], nullptr, 10);
    int failed = 0;
    if (memory == nullptr || xenforeignmemory_map(memory, static_cast<unsigned>(std::atoi(argv[1])),
                                                  PROT_READ, 1, &frame, &failed) == nullptr)
        return 1;
    std::puts("held");
    std::fflush(stdout);
    for (;;)
        ::pause();
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Prints how many processes and threads a program starts.   usage: children PROGRAM [ARGUMENT...]

#include "../support/children.hpp"

#include <cstdio>

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    const qmgmt::test::Started started = qmgmt::test::count_children(argv[1], argv + 1, ::environ);
    if (started.status != 0)
        return 1;
    std::printf("%d\n", started.children);
}

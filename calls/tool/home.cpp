// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-home: the home of dom0's user as a tar, for archives. Runs as that user, started by
// the calls of backups; by hand it does no harm.
//   measure HOME             prints how many bytes it takes
//   pack HOME NAME           the tar to standard output
//   unpack DIRECTORY LIMIT   a new directory from the tar on standard input, of at most LIMIT bytes

#include "backup/home/home_program.hpp"

int main(int argc, char** argv)
{
    return qmgmt::run_home_program(argc, argv);
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What an edit must cost on this disk whoever makes it: write a file of the size of FILE, flush it,
 * rename it over FILE, flush the directory.   usage: durable FILE */

#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    char temporary[4096];
    char parent[4096];
    struct stat status;
    if (argc != 2 || stat(argv[1], &status) != 0)
        return 2;
    snprintf(temporary, sizeof temporary, "%s~bench", argv[1]);
    snprintf(parent, sizeof parent, "%s", argv[1]);
    char* bytes = malloc((size_t)status.st_size);
    int from = open(argv[1], O_RDONLY);
    int to = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0660);
    if (bytes == NULL || read(from, bytes, (size_t)status.st_size) != status.st_size ||
        write(to, bytes, (size_t)status.st_size) != status.st_size || fsync(to) != 0 ||
        rename(temporary, argv[1]) != 0)
        return 1;
    int directory = open(dirname(parent), O_RDONLY | O_DIRECTORY);
    return fsync(directory) == 0 ? 0 : 1;
}

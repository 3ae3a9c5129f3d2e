/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The headers of libxl and libxenstore. They do not say by themselves that they are C; and libxl's
 * signatures follow whatever is installed unless a version of its interface is named. */
#pragma once

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define LIBXL_API_VERSION 0x041400

extern "C" {
#include <libxl.h>
#include <libxl_utils.h>
#include <xenstore.h>
}

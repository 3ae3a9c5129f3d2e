/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libxl's header, as of one version of its interface: without a number the signatures would follow
 * whatever is installed. */
#pragma once

#define LIBXL_API_VERSION 0x041400

#include <libxl.h>
#include <libxl_utils.h>

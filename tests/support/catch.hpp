// SPDX-License-Identifier: GPL-2.0-or-later
//
// Catch2 is version 2 in Debian 12 and 3 in Fedora: the tests use only what both have, from here.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

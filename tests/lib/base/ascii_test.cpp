// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/ascii.hpp"
#include "support/catch.hpp"

using namespace qmgmt;

TEST_CASE("ascii: what is not printable is replaced, byte for byte", "[base]")
{
    CHECK(printable("plain ~ text", 100) == "plain ~ text");
    CHECK(printable("a\nb\r\x1b[2J\x7f\t", 100) == "a_b__[2J__");
    CHECK(printable("\xc3\xbc", 100) == "__");
    CHECK(printable(std::string_view{"a\0b", 3}, 100) == "a_b");
}

TEST_CASE("ascii: text is cut at the limit", "[base]")
{
    CHECK(printable("abcdef", 3) == "abc");
    CHECK(printable("abc", 3) == "abc");
    CHECK(printable("abc", 0).empty());
}

TEST_CASE("ascii: a word has neither blanks nor control characters", "[base]")
{
    CHECK(is_printable_word("sys-net"));
    CHECK_FALSE(is_printable_word(""));
    CHECK_FALSE(is_printable_word("two words"));
    CHECK_FALSE(is_printable_word("line\n"));
    CHECK_FALSE(is_printable_word("\x7f"));
}

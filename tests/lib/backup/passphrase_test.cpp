// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/fault.hpp"
#include "backup/passphrase.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <string>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

std::optional<BackupFault> fault_of_parsing(const std::string& text)
{
    return backup_fault_of([&] { static_cast<void>(Passphrase::parse(text)); });
}

} // namespace

TEST_CASE("backup.md 73: a passphrase is UTF-8 of at most 1024 bytes without control characters",
          "[backup]")
{
    CHECK(Passphrase::parse(std::string(1024, 'x')).bytes() == std::string(1024, 'x'));
    CHECK(Passphrase::parse(" a'b\"c$d!e\\ ").bytes() == " a'b\"c$d!e\\ ");
    CHECK(fault_of_parsing(std::string(1025, 'x')) == BackupFault::passphrase_too_long);
    CHECK(fault_of_parsing("") == BackupFault::passphrase_invalid);
    for (const char* const control : {"\x03", "\x1f", "\x7f", "\n", "\t", "\x1b"})
        CHECK(fault_of_parsing(std::string{"ab"} + control + "c") ==
              BackupFault::passphrase_invalid);
    CHECK(fault_of_parsing(std::string("a\0b", 3)) == BackupFault::passphrase_invalid);
}

TEST_CASE("passphrase: UTF-8 in its shortest form, and no surrogates", "[backup]")
{
    for (const char* const good :
         {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x94\x91", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
        CHECK(Passphrase::parse(good).bytes() == good);
    for (const char* const bad :
         {"\xff", "\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\x80",
          "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82", "\xc3\x28"})
        CHECK(fault_of_parsing(bad) == BackupFault::passphrase_invalid);
}

TEST_CASE("passphrase: a member's is bound to backup and name, and scrypt cuts nothing off",
          "[backup]")
{
    const Passphrase pass = Passphrase::parse("correct horse");
    CHECK(pass.for_member("20260101T000000-42", "vm7/private.img.000").bytes() ==
          "20260101T000000-42!vm7/private.img.000!correct horse");
    CHECK(pass.for_header().bytes() == "backup-header!correct horse");
    const std::string name(2047 - std::string{"id!!correct horse"}.size(), 'n');
    CHECK(pass.for_member("id", name).bytes().size() == 2047);
    CHECK(backup_fault_of([&] { static_cast<void>(pass.for_member("id", name + "n")); }) ==
          BackupFault::passphrase_too_long);
}

TEST_CASE("secret: its room is fixed, moving takes it along", "[backup]")
{
    Secret one{8};
    one.append("1234");
    one.append("");
    const char* const where = one.data();
    Secret other{std::move(one)};
    CHECK(other.data() == where);
    CHECK(other.bytes() == "1234");
    CHECK(failure_of([&] { other.append("56789"); }) == Failure::internal);
    CHECK(failure_of([&] { other.set_size(9); }) == Failure::internal);
    other.append("5678");
    CHECK(other.bytes() == "12345678");
    other.clear();
    CHECK(other.bytes().empty());
    CHECK(std::string_view{where, 8} == std::string_view{"\0\0\0\0\0\0\0\0", 8});
    other = Secret{0};
    CHECK(other.room() == 0);
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/fault.hpp"
#include "backup/restore/request.hpp"
#include "backup/restore/restore_input.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <optional>
#include <unistd.h>

using namespace qmgmt;
using qmgmt::test::backup_fault_of;

namespace {

std::optional<BackupFault> refusal(std::string_view lines, const RestorePolicy& permitted = {})
{
    return backup_fault_of([&] { static_cast<void>(RestoreRequest::parse(lines, permitted)); });
}

// The writing end of a pipe is closed: all that comes is there.
class Sent {
public:
    explicit Sent(std::string_view bytes)
    {
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        REQUIRE(::fcntl(ends[1], F_SETPIPE_SZ, 1 << 18) > 0);
        REQUIRE(write_all(ends[1], bytes));
        ::close(ends[1]);
        stream_.emplace(Fd{ends[0]});
    }

    StreamInput& stream() { return *stream_; }

private:
    std::optional<StreamInput> stream_;
};

std::string rest_of(RestoreInput& input)
{
    std::string bytes(70'000, '\0');
    bytes.resize(input.read(bytes.data(), bytes.size()));
    return bytes;
}

} // namespace

TEST_CASE("restore request: without a line everything is restored, carefully", "[backup]")
{
    const auto request = RestoreRequest::parse("", {});
    CHECK_FALSE(request.verify_only);
    CHECK_FALSE(request.include);
    CHECK(request.exclude.empty());
    CHECK(request.renames.empty());
    CHECK(request.on_conflict == RestoreRequest::OnConflict::fail);
    CHECK(request.on_missing_template == RestoreRequest::OnMissingTemplate::fail);
    CHECK(request.on_missing_netvm == RestoreRequest::OnMissingNetvm::none);
    CHECK_FALSE(request.keep_good);
    CHECK_FALSE(request.pool);
    CHECK_FALSE(request.dom0_home);
    CHECK_FALSE(request.ignore_size_limit);
}

TEST_CASE("restore request: every option is read", "[backup]")
{
    RestorePolicy permitted;
    permitted.dom0_home = permitted.allow_default_netvm = permitted.ignore_size_limit = true;
    const auto request = RestoreRequest::parse("verify-only=yes\n"
                                               "include=work,personal\n"
                                               "exclude=vault\n"
                                               "rename=work:work-old,personal:me\n"
                                               "on-conflict=rename\n"
                                               "on-missing-template=default\n"
                                               "on-missing-netvm=default\n"
                                               "on-error=keep-good\n"
                                               "pool=vm-pool\n"
                                               "dom0-home=yes\n"
                                               "ignore-username=yes\n"
                                               "ignore-size-limit=yes\n",
                                               permitted);
    CHECK(request.verify_only);
    CHECK(request.include == std::set<std::string>{"personal", "work"});
    CHECK(request.exclude == std::set<std::string>{"vault"});
    CHECK(request.renames ==
          std::map<std::string, std::string>{{"personal", "me"}, {"work", "work-old"}});
    CHECK(request.on_conflict == RestoreRequest::OnConflict::rename);
    CHECK(request.on_missing_template == RestoreRequest::OnMissingTemplate::by_default);
    CHECK(request.on_missing_netvm == RestoreRequest::OnMissingNetvm::by_default);
    CHECK(request.keep_good);
    CHECK(request.pool == "vm-pool");
    CHECK(request.dom0_home);
    CHECK(request.ignore_username);
    CHECK(request.ignore_size_limit);
}

TEST_CASE("backup.md 79: options that nobody knows, that have no end, are too long or are not "
          "permitted are refused",
          "[backup]")
{
    for (const char* lines : {"colour=blue\n",
                              "include\n",
                              "include=work",
                              "=\n",
                              "include=\n",
                              "include=work,\n",
                              "include=work,work\n",
                              "include=a b\n",
                              "include=dom0\n",
                              "include=../x\n",
                              "rename=work\n",
                              "rename=work:\n",
                              "rename=work:a,personal:a\n",
                              "rename=work:a,work:b\n",
                              "rename=work:-a\n",
                              "on-conflict=overwrite\n",
                              "on-error=ignore\n",
                              "verify-only=YES\n",
                              "verify-only=yes\nverify-only=no\n",
                              "pool=a/b\n",
                              "pool=\n",
                              "dom0-home=maybe\n",
                              "verify-only=yes\r\n"}) {
        INFO(lines);
        CHECK(refusal(lines) == BackupFault::bad_request);
    }
    const std::string many = "exclude=" + std::string(most_preamble, 'a') + "\n";
    CHECK(refusal(many) == BackupFault::bad_request);

    SECTION("an option may only narrow what the profile permits")
    {
        for (const char* lines :
             {"dom0-home=yes\n", "ignore-size-limit=yes\n", "on-missing-netvm=default\n"}) {
            INFO(lines);
            CHECK(refusal(lines) == BackupFault::bad_request);
        }
        for (const char* lines :
             {"dom0-home=no\n", "ignore-size-limit=no\n", "on-missing-netvm=none\n"}) {
            INFO(lines);
            CHECK_FALSE(refusal(lines));
        }
    }
    SECTION("the empty line that ends them is missing")
    {
        Sent sent{"mgmt-restore 1\nverify-only=yes\n"};
        RestoreInput input{sent.stream()};
        CHECK(backup_fault_of([&] { static_cast<void>(input.untrusted_preamble()); }) ==
              BackupFault::bad_request);
    }
    SECTION("65 KiB of them")
    {
        Sent sent{"mgmt-restore 1\nexclude=" + std::string(most_preamble, 'a') + "\n\n"};
        RestoreInput input{sent.stream()};
        CHECK(backup_fault_of([&] { static_cast<void>(input.untrusted_preamble()); }) ==
              BackupFault::bad_request);
    }
}

TEST_CASE("restore input: the options end where the archive begins", "[backup]")
{
    SECTION("with options")
    {
        Sent sent{"mgmt-restore 1\nverify-only=yes\non-error=abort\n\nbackup-header\n\nx"};
        RestoreInput input{sent.stream()};
        CHECK(input.untrusted_preamble() == "verify-only=yes\non-error=abort\n");
        CHECK(rest_of(input) == "backup-header\n\nx");
    }
    SECTION("with none of them")
    {
        Sent sent{"mgmt-restore 1\n\nbackup-header"};
        RestoreInput input{sent.stream()};
        CHECK(input.untrusted_preamble().empty());
        CHECK(rest_of(input) == "backup-header");
    }
    SECTION("an archive alone")
    {
        Sent sent{"backup-header and so on"};
        RestoreInput input{sent.stream()};
        CHECK(input.untrusted_preamble().empty());
        char first[4];
        CHECK(input.read(first, sizeof first) == 4);
        CHECK(std::string_view{first, 4} == "back");
        CHECK(rest_of(input) == "up-header and so on");
    }
    SECTION("nothing at all, and less than the first line")
    {
        for (const char* bytes : {"", "mgmt-rest"}) {
            Sent sent{bytes};
            RestoreInput input{sent.stream()};
            CHECK(input.untrusted_preamble().empty());
            CHECK(rest_of(input) == bytes);
        }
    }
    SECTION("longer than the profile permits")
    {
        Sent sent{"0123456789012345678901234567890"};
        RestoreInput input{sent.stream(), 30};
        CHECK(input.untrusted_preamble().empty());
        CHECK(backup_fault_of([&] { rest_of(input); }) == BackupFault::size_limit);
    }
}

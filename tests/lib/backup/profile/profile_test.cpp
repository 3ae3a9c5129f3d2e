// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/fault.hpp"
#include "backup/profile/profile.hpp"
#include "backup/profile/yaml.hpp"
#include "support/catch.hpp"

#include <fstream>
#include <functional>
#include <optional>
#include <regex>
#include <string>

using namespace qmgmt;

namespace {

const ProfileId nightly = ProfileId::parse("nightly");

constexpr std::string_view least = "destination_vm: dom0\n"
                                   "destination_path: /var/backups\n"
                                   "passphrase_text: correct horse battery\n";

std::string least_and(std::string_view more)
{
    return std::string{least} + std::string{more};
}

Profile profile_with(std::string_view more)
{
    return parse_profile(nightly, least_and(more));
}

struct Refusal {
    BackupFault fault;
    std::string text;
};

std::optional<Refusal> refusal_of(const std::function<void()>& body)
{
    try {
        body();
    } catch (const BackupError& error) {
        return Refusal{error.fault(), error.text()};
    }
    return std::nullopt;
}

// Refused as a profile that makes no sense; the line, or 0 where the text names none.
int refused_at(const std::string& text)
{
    const auto refusal = refusal_of([&] { static_cast<void>(parse_profile(nightly, text)); });
    INFO(text);
    REQUIRE(refusal);
    CHECK(refusal->fault == BackupFault::config_invalid);
    INFO(refusal->text);
    constexpr std::string_view start = "config-invalid: line ";
    return refusal->text.starts_with(start) ? std::stoi(refusal->text.substr(start.size())) : 0;
}

int refused_with(std::string_view more)
{
    return refused_at(least_and(more));
}

BackupFault fault_with_passphrase(const std::string& passphrase)
{
    const auto refusal = refusal_of([&] {
        static_cast<void>(parse_profile(nightly, "destination_vm: dom0\n"
                                                 "destination_path: /b\n"
                                                 "passphrase_text: " +
                                                     passphrase + "\n"));
    });
    return refusal ? refusal->fault : BackupFault::internal;
}

} // namespace

TEST_CASE("profile: what is not said has its default")
{
    const Profile profile = profile_with("");
    CHECK(profile.id == nightly);
    CHECK(profile.include == Include::tagged);
    CHECK(profile.included.empty());
    CHECK(profile.excluded.empty());
    CHECK(profile.running == RunningQube::last_committed);
    CHECK_FALSE(profile.skip_unchanged);
    CHECK(profile.dom0_home);
    CHECK(profile.local());
    CHECK(profile.destination_path == "/var/backups");
    CHECK(profile.autostart_destination);
    CHECK(profile.stall_timeout.count() == 0);
    CHECK(profile.verify);
    CHECK(profile.keep == 0);
    CHECK(profile.passphrase.text->bytes() == "correct horse battery");
    CHECK(profile.passphrase.qube.empty());
    CHECK(profile.compression == Compression::gzip);
    CHECK(profile.compression_level == 4);
    CHECK(profile.cost == KdfCost{});
    CHECK(profile.kdf_limits.memory == std::uint64_t{4096} << 20);
    CHECK_FALSE(profile.low_memory);
    CHECK_FALSE(profile.all_metadata);
    CHECK_FALSE(profile.mask_username);
    CHECK_FALSE(profile.restore.enabled);
    CHECK_FALSE(profile.restore.all_devices);
    CHECK_FALSE(profile.restore.all_properties);
    CHECK_FALSE(profile.restore.max_bytes);
    CHECK_FALSE(profile.restore.passphrase.given());
}

TEST_CASE("profile: every key is read")
{
    const Profile profile = parse_profile(nightly, R"(# by hand
include:
  - work
  - "@tag:red"
  - $type:AppVM
exclude: [vault, '@type:DispVM']
destination_vm: sys-usb
destination_path: /mnt/disk; and what the qube makes of it
passphrase_vm: vault
compression: zstd
compression_level: 19
kdf_logn: 20
running: live-snapshot
metadata: all
skip_unchanged: Yes
verify: off
keep: 7
dom0_home: NO
autostart_destination: false
memory: low
kdf_limit_mib: 8192
stall_timeout: 600
mask_username: true
restore:
  enabled: true
  dom0_home: true
  allow_default_netvm: on
  ignore_size_limit: true
  devices: all
  properties: all
  max_bytes: 1099511627776
  passphrase_text: "0123 another one"
)");
    CHECK(profile.include == Include::listed);
    CHECK(profile.included == std::vector<Selector>{{Selector::Kind::name, "work"},
                                                    {Selector::Kind::tag, "red"},
                                                    {Selector::Kind::type, "AppVM"}});
    CHECK(profile.excluded ==
          std::vector<Selector>{{Selector::Kind::name, "vault"}, {Selector::Kind::type, "DispVM"}});
    CHECK(profile.included[2].text() == "@type:AppVM");
    CHECK(profile.destination_vm == "sys-usb");
    CHECK(profile.destination_path == "/mnt/disk; and what the qube makes of it");
    CHECK(profile.passphrase.qube == "vault");
    CHECK_FALSE(profile.passphrase.text);
    CHECK(profile.compression == Compression::zstd);
    CHECK(profile.compression_level == 19);
    CHECK(profile.cost.log_n == 20);
    CHECK(profile.running == RunningQube::live_snapshot);
    CHECK(profile.all_metadata);
    CHECK(profile.skip_unchanged);
    CHECK_FALSE(profile.verify);
    CHECK(profile.keep == 7);
    CHECK_FALSE(profile.dom0_home);
    CHECK_FALSE(profile.autostart_destination);
    CHECK(profile.low_memory);
    CHECK(profile.kdf_limits.memory == std::uint64_t{8192} << 20);
    CHECK(profile.stall_timeout.count() == 600);
    CHECK(profile.mask_username);
    CHECK(profile.restore.enabled);
    CHECK(profile.restore.dom0_home);
    CHECK(profile.restore.allow_default_netvm);
    CHECK(profile.restore.ignore_size_limit);
    CHECK(profile.restore.all_devices);
    CHECK(profile.restore.all_properties);
    CHECK(profile.restore.max_bytes == std::uint64_t{1} << 40);
    CHECK(profile.restore.passphrase.text->bytes() == "0123 another one");
}

TEST_CASE("profile: compression is a choice among few, never a program")
{
    const auto compression = [](const std::string& value) {
        return profile_with("compression: " + value + "\n").compression;
    };
    CHECK(compression("true") == Compression::gzip);
    CHECK(compression("yes") == Compression::gzip);
    CHECK(compression("False") == Compression::none);
    CHECK(compression("none") == Compression::none);
    CHECK(compression("pigz") == Compression::gzip);
    CHECK(compression("'zstd'") == Compression::zstd);
    CHECK(profile_with("compression: zstd\n").compression_level == 3);
    for (const char* value :
         {"\"sh -c id\"", "bzip2", "xz", "lz4", "'gzip -1'", "/bin/gzip", "'yes'", "1"})
        CHECK(refused_with("compression: " + std::string{value} + "\n") == 4);
    CHECK(refused_with("compression_level: 10\n") == 4);
    CHECK(refused_with("compression: zstd\ncompression_level: 20\n") == 5);
    CHECK(refused_with("compression_level: 0\n") == 4);
}

TEST_CASE("backup.md 74: a profile that is not all sense is refused, with the line")
{
    CHECK(refused_at("") == 0);
    CHECK(refused_at("# nothing\n") == 0);
    CHECK(refused_at("destination_vm: dom0\npassphrase_text: correct horse\n") == 0);
    CHECK(refused_at("destination_path: /b\npassphrase_text: correct horse\n") == 0);
    CHECK(refused_at("destination_vm: dom0\ndestination_path: /b\n") == 0);
    CHECK(refused_with("exlude: [work]\n") == 4);
    CHECK(refused_with("keep: 1\nverify: true\nkeep: 2\n") == 6);
    CHECK(refused_with("restore: {enabled: true, enabled: false}\n") == 4);
    CHECK(refused_at("- a\n- list\n") == 1);
    CHECK(refused_at("a word\n") == 1);
    CHECK(refused_at("a: &a [lol]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n") == 1);
    CHECK(refused_with("include: [*a]\n") == 4);
    CHECK(refused_with("include: !!python/object [work]\n") == 4);
    CHECK(refused_with("keep: !!int 3\n") == 4);
    CHECK(refused_with("include: [[[[[[work]]]]]]\n") == 4);
    CHECK(refused_with("---\nkeep: 1\n") != 0);
    CHECK(refused_with("keep: [\n") != 0);
    CHECK(refused_with("? [a]\n: b\n") == 4);
    CHECK(refused_with("include: work\n") == 4);
    CHECK(refused_with("include:\n  - work\n  - two words\n") == 6);
    CHECK(refused_with("include: ['@type:RemoteVM']\n") == 4);
    CHECK(refused_with("include: ['@tag:']\n") == 4);
    CHECK(refused_with("include: [null]\n") == 4);
    CHECK(refused_with("kdf_logn: 13\n") == 4);
    CHECK(refused_with("kdf_logn: 21\n") == 4);
    CHECK(refused_with("kdf_logn: 0x10\n") == 4);
    CHECK(refused_with("kdf_logn: '17'\n") == 4);
    CHECK(refused_with("keep: -1\n") == 4);
    CHECK(refused_with("keep: 007\n") == 4);
    CHECK(refused_with("verify: 1\n") == 4);
    CHECK(refused_with("verify: 'yes'\n") == 4);
    CHECK(refused_with("running: now\n") == 4);
    CHECK(refused_with("restore: true\n") == 4);
    CHECK(refused_with("restore:\n  propertys: all\n") == 5);
    CHECK(refused_with("passphrase_vm: vault\n") == 4);
    CHECK(refused_with("restore:\n  passphrase_vm: dom0\n") == 5);
    CHECK(refused_at(std::string(most_profile + 1, '#')) == 0);
    for (const char* path :
         {"relative", "/", "//b", "/a/../b", "/a/./b", "'/a\\nb'", "\"/a\\tb\"", "''"}) {
        INFO(path);
        const bool quoted_newline = std::string_view{path}.find('\\') != std::string_view::npos;
        const std::string text = std::string{"destination_vm: dom0\ndestination_path: "} + path +
                                 "\npassphrase_text: correct horse\n";
        if (quoted_newline && path[0] == '\'')
            continue; // in single quotes that is no line end
        CHECK(refused_at(text) == 2);
    }
}

TEST_CASE("profile: an unknown key is named, what else stands there is not")
{
    const auto refusal = refusal_of([] { static_cast<void>(profile_with("exlude: [secret]\n")); });
    REQUIRE(refusal);
    CHECK(refusal->text == "config-invalid: line 4: unknown key 'exlude'");
    const auto other =
        refusal_of([] { static_cast<void>(profile_with("\"Correct Horse\": [secret]\n")); });
    REQUIRE(other);
    CHECK(other->text == "config-invalid: line 4: unknown key");
}

TEST_CASE("backup.md 74: only a plain word is the name of a profile")
{
    for (const char* id : {"../x", "a/b", ".", "", "-a", "_a", "a.b", "a b", "\xc3\xa4",
                           "a123456789a123456789a123456789a123456789x"}) {
        INFO(id);
        const auto refusal = refusal_of([&] { static_cast<void>(ProfileId::parse(id)); });
        REQUIRE(refusal);
        CHECK(refusal->fault == BackupFault::bad_request);
    }
    const std::string longest = "a123456789a123456789a123456789a123456789";
    CHECK(ProfileId::parse(longest).text() == longest);
    CHECK(ProfileId::parse("0_-Z").tag() == "backup-0_-Z");
}

TEST_CASE(
    "backup.md 73: a passphrase in a profile is a text of visible ends, of at most 1024 bytes")
{
    CHECK(fault_with_passphrase(std::string(1024, 'x')) == BackupFault::internal); // none
    CHECK(fault_with_passphrase(std::string(1025, 'x')) == BackupFault::passphrase_too_long);
    CHECK(fault_with_passphrase("\"a\\x03b\"") == BackupFault::passphrase_invalid);
    CHECK(fault_with_passphrase("\"a\\u0085b\"") == BackupFault::internal); // UTF-8
    CHECK(fault_with_passphrase("'" + std::string{"\xff\xfe"} + "'") != BackupFault::internal);
    CHECK(fault_with_passphrase("' leading'") == BackupFault::passphrase_whitespace);
    CHECK(fault_with_passphrase("\"trailing\\t\"") == BackupFault::passphrase_whitespace);
    CHECK(fault_with_passphrase("''") == BackupFault::passphrase_invalid);
    CHECK(profile_with("restore: {passphrase_text: \"p\xc3\xa4ss ! $ word\"}\n")
              .restore.passphrase.text->bytes() == "p\xc3\xa4ss ! $ word");
    for (const char* typed :
         {"12345", "0123", "0x1f", "1_000", "1:30", "1.5", "-7", "+.inf", ".nan", "1e3", "yes",
          "No", "ON", "null", "~", "2001-12-14", "2001-12-14 21:59:43", "y", "true"}) {
        INFO(typed);
        CHECK(fault_with_passphrase(typed) == BackupFault::config_invalid);
        CHECK(fault_with_passphrase("'" + std::string{typed} + "'") == BackupFault::internal);
    }
    for (const char* plain : {"yesterday", "nullify", "12 monkeys", "e1", "-dash", "a1", "~user"}) {
        INFO(plain);
        CHECK(fault_with_passphrase(plain) == BackupFault::internal);
    }
}

TEST_CASE("profile: the example says every key, and what it has unless it is said")
{
    std::ifstream file{QMGMT_TEST_EXAMPLE};
    std::string as_it_is;
    std::string all_of_it; // what is behind `#`, too, but for the second way to a passphrase
    const std::regex remark{"#|# [^ ].*"};
    for (std::string line; std::getline(file, line);) {
        as_it_is += line + "\n";
        if (line.starts_with("#passphrase_text") || std::regex_match(line, remark))
            continue;
        all_of_it += (line.starts_with('#') ? line.substr(1) : line) + "\n";
    }
    const Profile profile = parse_profile(nightly, as_it_is);
    CHECK(profile.destination_path == "/var/lib/backups");
    CHECK(profile.include == Include::tagged);
    INFO(all_of_it);
    const Profile said = parse_profile(nightly, all_of_it);
    CHECK(said.included.size() == 3);
    CHECK(said.running == profile.running);
    CHECK(said.skip_unchanged == profile.skip_unchanged);
    CHECK(said.dom0_home == profile.dom0_home);
    CHECK(said.mask_username == profile.mask_username);
    CHECK(said.all_metadata == profile.all_metadata);
    CHECK(said.compression == profile.compression);
    CHECK(said.compression_level == profile.compression_level);
    CHECK(said.cost == profile.cost);
    CHECK(said.kdf_limits.memory == profile.kdf_limits.memory);
    CHECK(said.low_memory == profile.low_memory);
    CHECK(said.verify == profile.verify);
    CHECK(said.keep == profile.keep);
    CHECK(said.autostart_destination == profile.autostart_destination);
    CHECK(said.stall_timeout == profile.stall_timeout);
    CHECK(said.restore.max_bytes);
    CHECK(said.restore.passphrase.qube == "work");
    CHECK(said.restore.enabled == profile.restore.enabled);
    CHECK(said.restore.all_devices == profile.restore.all_devices);
    CHECK(said.restore.all_properties == profile.restore.all_properties);
    for (const char* key :
         {"include", "exclude", "running", "skip_unchanged", "dom0_home", "mask_username",
          "metadata", "compression", "compression_level", "kdf_logn", "memory", "verify", "keep",
          "autostart_destination", "stall_timeout", "kdf_limit_mib", "restore"})
        CHECK(all_of_it.find("\n" + std::string{key} + ":") != std::string::npos);
}

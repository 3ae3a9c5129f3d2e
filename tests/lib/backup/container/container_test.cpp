// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/cipher.hpp"
#include "backup/container/container_key.hpp"
#include "lib/backup/container/secrets.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"
#include "support/tool.hpp"

#include <set>
#include <string>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

std::string from_hex(std::string_view hex)
{
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
        bytes += static_cast<char>(std::stoi(std::string{hex.substr(at, 2)}, nullptr, 16));
    return bytes;
}

// Bytes without a pattern, the same each time.
std::string bytes(std::size_t size)
{
    std::string made(size, '\0');
    std::uint32_t state = 1;
    for (char& byte : made) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24);
    }
    return made;
}

constexpr std::string_view right = "correct horse";
const ContainerSubject subject{"vm7/private.img.001"};

std::string sealed(std::string_view plain)
{
    return seal(ContainerKey::make(secret_of(right), cheap), plain);
}

std::optional<BackupFault> fault_of_opening(const std::string& container,
                                            std::string_view passphrase = right,
                                            const ContainerSubject& about = subject)
{
    return backup_fault_of(
        [&] { static_cast<void>(unseal(container, secret_of(passphrase), {}, about)); });
}

} // namespace

TEST_CASE("backup.md 1: a container byte for byte, and back", "[backup]")
{
    KdfSalt salt{};
    for (std::size_t i = 0; i < salt.size(); ++i)
        salt[i] = static_cast<char>(i);
    const std::string plain = "hello, qubes-mgmt\n";
    const std::string string = "20260101T000000-42!vm7/private.img.000!correct horse";
    const ContainerKey key = ContainerKey::make(secret_of(string), {10, 8, 1}, salt);
    CHECK(std::string{key.cipher_key()} + std::string{key.mac_key()} ==
          from_hex("7bc652ce1f2a9706157dc07af1530549ec039adf9b34d9b3cbfd0d9684e740544df7ddc8d4de153"
                   "3218c556e500041884ad4ed3afbcd8e7666f7765c101ee9b1"));
    const std::string container = seal(key, plain);
    CHECK(container ==
          std::string{"scrypt\0\x0a\0\0\0\x08\0\0\0\x01", 16} +
              std::string(salt.data(), salt.size()) +
              from_hex("da46ceb5d5738b6fc865e137d56ab589"
                       "d4112db0d65f20b94fe9b19273a17ed38adc862b259108bc3600de94bbceb8c9"
                       "545b843b8187efeafa9a38e4d56c090ec365"
                       "4ae6802358bf86907e75296d7521260420477418eedb64cd32d793ae9da9ad4b"));
    CHECK(unseal(container, secret_of(string), {}, subject) == plain);
    CHECK(run_tool("echo '" + string + "' | scrypt dec -P -f in out", container).out == plain);
}

TEST_CASE("backup.md 2: what scrypt makes by its own defaults opens, or is too expensive",
          "[backup]")
{
    const std::string plain = bytes(1000);
    // Its defaults, with a hundredth of its time.
    const ToolResult made = run_tool("echo 'correct horse' | scrypt enc -P -t 0.05 in out", plain);
    REQUIRE(made.status == 0);
    CHECK(unseal(made.out, secret_of(right), {}, subject) == plain);
    CHECK(backup_fault_of([&] {
              static_cast<void>(unseal(made.out, secret_of(right), {1 << 19}, subject));
          }) == BackupFault::kdf_too_expensive);

    const ToolResult other =
        run_tool("echo 'correct horse' | scrypt enc -P --logN 11 -r 3 -p 5 in out", plain);
    REQUIRE(other.status == 0);
    CHECK(unseal(other.out, secret_of(right), {}, subject) == plain);
}

TEST_CASE("backup.md 3: scrypt opens what we make", "[backup]")
{
    const std::string plain = bytes(100'001);
    const std::string container = seal(ContainerKey::make(secret_of(right), {14, 8, 1}), plain);
    const ToolResult opened = run_tool("echo 'correct horse' | scrypt dec -P -f in out", container);
    CHECK(opened.status == 0);
    CHECK(opened.out == plain);
    CHECK(
        run_tool("echo 'correct horsf' | scrypt dec -P -f in out 2>/dev/null", container).status !=
        0);
    const ToolResult info = run_tool("scrypt info in >out 2>&1", container);
    CHECK(info.out.find("N = 16384; r = 8; p = 1") != std::string::npos);
}

TEST_CASE("backup.md 4: nothing is a container of 128 bytes, both ways", "[backup]")
{
    const std::string container = sealed("");
    CHECK(container.size() == 128);
    CHECK(unseal(container, secret_of(right), {}, subject).empty());
    CHECK(run_tool("echo 'correct horse' | scrypt dec -P -f in out", container).status == 0);
    const ToolResult made =
        run_tool("echo 'correct horse' | scrypt enc -P --logN 10 -r 8 -p 1 in out", "");
    REQUIRE(made.out.size() == 128);
    CHECK(unseal(made.out, secret_of(right), {}, subject).empty());
}

TEST_CASE("backup.md 7 8: a changed salt is damage, and with a new checksum another passphrase",
          "[backup]")
{
    const std::string good = sealed("content");
    std::string changed = good;
    changed[20] = static_cast<char>(changed[20] ^ 0x10);
    CHECK(fault_of_opening(changed) == BackupFault::member_corrupt);

    ContainerHead head = ContainerHead::parse(good.substr(0, container_head_size), subject);
    head.salt[4] = static_cast<char>(head.salt[4] ^ 0x10);
    const std::string careful = head.text() + good.substr(container_head_text_size);
    CHECK(fault_of_opening(careful) == BackupFault::member_corrupt);
    const ContainerSubject first{"backup-header.hmac", BackupFault::wrong_passphrase};
    CHECK(fault_of_opening(careful, right, first) == BackupFault::wrong_passphrase);
    CHECK(fault_of_opening(changed, right, first) == BackupFault::member_corrupt);
    CHECK(fault_of_opening(good, "other horse", first) == BackupFault::wrong_passphrase);
    CHECK(fault_of_opening(good, "other horse") == BackupFault::member_corrupt);
}

TEST_CASE("backup.md 9 10: one bit of content or of its HMAC, and nothing comes out", "[backup]")
{
    const std::string good = sealed(bytes(300));
    for (std::size_t at = 0; at < good.size(); at += at < 128 ? 1 : 37) {
        std::string changed = good;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        CHECK(fault_of_opening(changed) == BackupFault::member_corrupt);
    }
    std::string last = good;
    last.back() = static_cast<char>(last.back() ^ 0x80);
    CHECK(fault_of_opening(last) == BackupFault::member_corrupt);
    for (const std::size_t size : {0U, 95U, 96U, 127U, 128U, 400U})
        CHECK(fault_of_opening(good.substr(0, size)) == BackupFault::member_corrupt);
    CHECK(fault_of_opening(good + "x") == BackupFault::member_corrupt);
    try {
        static_cast<void>(unseal(last, secret_of(right), {}, subject));
    } catch (const BackupError& error) {
        CHECK(error.text() == "member-corrupt: 'vm7/private.img.001' is damaged");
    }
}

TEST_CASE("container: before the HMAC was compared nothing is decrypted", "[backup]")
{
    const ContainerKey key = ContainerKey::make(secret_of(right), cheap);
    const std::string container = seal(key, "content");
    const std::string body = container.substr(container_head_size, 7);
    std::string into(body.size(), '\0');
    Decryptor decryptor{key, subject};
    CHECK(backup_fault_of([&] { decryptor.decrypt(body, into.data()); }) == BackupFault::internal);
    decryptor.authenticate(body);
    CHECK(backup_fault_of([&] { decryptor.decrypt(body, into.data()); }) == BackupFault::internal);
    CHECK(backup_fault_of([&] { decryptor.compare(std::string(32, 'x')); }) ==
          BackupFault::member_corrupt);
    CHECK(backup_fault_of([&] { decryptor.decrypt(body, into.data()); }) == BackupFault::internal);
    CHECK(into == std::string(body.size(), '\0'));
}

TEST_CASE("container: pieces of any size, in place or not, are the same as all at once", "[backup]")
{
    const ContainerKey key = ContainerKey::make(secret_of(right), cheap);
    for (const std::size_t size : {1U, 15U, 16U, 17U, 16383U, 16384U, 16385U, 70'001U}) {
        const std::string plain = bytes(size);
        const std::string whole = seal(key, plain);
        for (const std::size_t piece : {1U, 7U, 16U, 4096U, 16384U, 100'000U}) {
            if (size / piece > 20'000)
                continue;
            std::string in_place = plain;
            Encryptor encryptor{key};
            for (std::size_t at = 0; at < size; at += piece)
                encryptor.encrypt(std::string_view{in_place}.substr(at, piece),
                                  in_place.data() + at);
            const HmacValue mac = encryptor.finish();
            CHECK(std::string{key.head()} + in_place + std::string(mac.data(), mac.size()) ==
                  whole);

            Decryptor decryptor{key, subject};
            for (std::size_t at = 0; at < size; at += piece)
                decryptor.authenticate(std::string_view{in_place}.substr(at, piece));
            decryptor.compare({mac.data(), mac.size()});
            for (std::size_t at = 0; at < size; at += piece)
                decryptor.decrypt(std::string_view{in_place}.substr(at, piece),
                                  in_place.data() + at);
            CHECK(in_place == plain);
        }
    }
}

TEST_CASE("container: no two have one salt", "[backup]")
{
    std::set<std::string> heads;
    for (int i = 0; i < 8; ++i)
        heads.emplace(ContainerKey::make(secret_of(right), cheap).head());
    CHECK(heads.size() == 8);
}

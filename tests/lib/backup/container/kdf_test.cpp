// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/available_memory.hpp"
#include "backup/container/cipher.hpp"
#include "backup/container/container_key.hpp"
#include "backup/container/kdf.hpp"
#include "backup/container/libcrypto.hpp"
#include "base/fd.hpp"
#include "lib/backup/container/secrets.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"

#include <string>
#include <sys/resource.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const ContainerSubject subject{"vm7/private.img.000"};

// The most KiB that this process ever had.
long most_resident()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

std::string text_of_refusal(const KdfCost& cost, const KdfLimits& limits = {})
{
    try {
        check_cost(cost, limits);
    } catch (const BackupError& error) {
        CHECK(error.fault() == BackupFault::kdf_too_expensive);
        return error.text();
    }
    return "accepted";
}

std::optional<BackupFault> fault_of_head(const KdfCost& cost)
{
    const std::string head = ContainerHead{cost, {}}.text() + std::string(32, 'x');
    return backup_fault_of(
        [&] { static_cast<void>(ContainerKey::open(head, secret_of("x"), {}, subject)); });
}

} // namespace

TEST_CASE("backup.md 5: a cost beyond all limits takes neither memory nor time", "[backup]")
{
    // What this library and process take at their first use is not what is looked for.
    CHECK(fault_of_head(cheap) == BackupFault::member_corrupt);
    const long before = most_resident();
    for (const unsigned log_n : {63U, 0U, 25U, 255U, 9U}) {
        CHECK(fault_of_head({log_n, 8, 1}) == BackupFault::kdf_too_expensive);
        std::string head = ContainerHead{cheap, {}}.text() + std::string(32, 'x');
        head[7] = static_cast<char>(log_n);
        CHECK(backup_fault_of([&] {
                  static_cast<void>(ContainerKey::open(head, secret_of("x"), {}, subject));
              }) == BackupFault::member_corrupt);
    }
    CHECK(fault_of_head({24, 32, 1}) == BackupFault::kdf_too_expensive);
    CHECK(fault_of_head({20, 8, 64}) == BackupFault::kdf_too_expensive);
    CHECK(most_resident() - before < 1024);
}

TEST_CASE("backup.md 6: blocks and lanes of nothing, or of 2^31", "[backup]")
{
    for (const std::uint32_t absurd : {0U, 33U, 0x80000000U, 0xffffffffU})
        CHECK(fault_of_head({10, absurd, 1}) == BackupFault::kdf_too_expensive);
    for (const std::uint32_t absurd : {0U, 65U, 0x80000000U, 0xffffffffU})
        CHECK(fault_of_head({10, 8, absurd}) == BackupFault::kdf_too_expensive);
}

TEST_CASE("kdf: a refusal names the numbers, and limits are what they say", "[backup]")
{
    CHECK(text_of_refusal({63, 8, 1}) ==
          "kdf-too-expensive: a key of the archive takes logN=63 r=8 p=1, and only logN 10 to 24, "
          "r 1 to 32 and p 1 to 64 are accepted");
    CHECK(text_of_refusal({17, 8, 1}, {std::uint64_t{128} << 20}) == "accepted");
    CHECK(text_of_refusal({17, 8, 1}, {(std::uint64_t{128} << 20) - 1}) ==
          "kdf-too-expensive: a key of the archive takes logN=17 r=8 p=1, which is 128 MiB of "
          "memory, and 127 MiB may be used");
    CHECK(text_of_refusal({21, 1, 64}, {std::uint64_t{1} << 40}) == "accepted");
    CHECK(text_of_refusal({22, 1, 64}, {std::uint64_t{1} << 40}) ==
          "kdf-too-expensive: a key of the archive takes logN=22 r=1 p=64, and N*r*p is at most "
          "2^27");
    CHECK(text_of_refusal({24, 32, 64}).size() <= 200);
}

TEST_CASE("kdf: the vectors of RFC 7914", "[backup]")
{
    const auto hex = [](std::string_view bytes) {
        std::string text;
        for (const char byte : bytes) {
            text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
            text += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
        }
        return text;
    };
    CHECK(hex(derive_key("password", "NaCl", {10, 8, 16}).bytes()) ==
          "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
          "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
    CHECK(hex(derive_key("pleaseletmein", "SodiumChloride", {14, 8, 1}).bytes()) ==
          "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
          "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887");
    CHECK(backup_fault_of([] {
              static_cast<void>(derive_key("x", "y", {25, 8, 1}));
          }) == BackupFault::internal);
}

TEST_CASE("kdf: memory that is not there is said in MiB", "[backup]")
{
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_AS, &before) == 0);
    const rlimit little{std::uint64_t{1} << 30, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_AS, &little) == 0);
    std::string text;
    try {
        static_cast<void>(derive_key("x", "y", {20, 8, 1}));
    } catch (const BackupError& error) {
        text = error.text();
    }
    REQUIRE(::setrlimit(RLIMIT_AS, &before) == 0);
    CHECK(text == "no-memory: there are not 1024 MiB of memory to derive a key");
}

TEST_CASE("kdf: the memory of a usual key is kept for the next, more is given back", "[backup]")
{
    constexpr std::uint64_t usual = std::uint64_t{128} << 20;
    static_cast<void>(derive_key("x", "y", {17, 8, 1}));
    CHECK(memory_kept_for_keys() >= usual);
    CHECK(memory_kept_for_keys() < 2 * usual);
    static_cast<void>(derive_key("x", "y", {19, 8, 1}));
    CHECK(memory_kept_for_keys() == 0);
}

TEST_CASE("kdf: what is available is what the kernel says", "[backup]")
{
    CHECK(mem_available("MemTotal:       8000 kB\nMemAvailable:   1234 kB\n") == 1234 * 1024);
    CHECK(mem_available("MemTotal: 8000 kB\n") == std::nullopt);
    CHECK(mem_available("MemTotal: 8\nMemAvailable: x kB\n") == std::nullopt);
    CHECK(mem_available("MemTotal: 8\nMemAvailable: 18446744073709551615 kB\n") == std::nullopt);
    CHECK(mem_available("MemTotal: 8\nMemAvailable:") == std::nullopt);
    CHECK(available_memory() > (std::uint64_t{16} << 20));
}

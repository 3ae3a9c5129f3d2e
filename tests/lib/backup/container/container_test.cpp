// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/cipher.hpp"
#include "backup/container/container_key.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"

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

Secret secret(std::string_view text)
{
    Secret made{text.size()};
    made.append(text);
    return made;
}

constexpr std::string_view vector_string = "20260101T000000-42!vm7/private.img.000!correct horse";

} // namespace

TEST_CASE("backup.md 1: a container byte for byte, and back", "[backup]")
{
    KdfSalt salt{};
    for (std::size_t i = 0; i < salt.size(); ++i)
        salt[i] = static_cast<char>(i);
    const std::string plain = "hello, qubes-mgmt\n";
    const ContainerKey key = ContainerKey::make(secret(vector_string), {10, 8, 1}, salt);
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
    CHECK(unseal(container, secret(vector_string), {}, {"x"}) == plain);
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/kdf.hpp"

#include "backup/container/available_memory.hpp"
#include "backup/container/libcrypto.hpp"
#include "backup/fault.hpp"

#include <algorithm>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string>

namespace qmgmt {
namespace {

constexpr unsigned least_log_n = 10;
constexpr unsigned most_log_n = 24;
constexpr std::uint32_t most_r = 32;
constexpr std::uint32_t most_p = 64;
// N r p of 16 times what scrypt(1) takes on a host with 8 GiB.
constexpr std::uint64_t most_work = std::uint64_t{1} << 27;

std::string in_mib(std::uint64_t bytes)
{
    return std::to_string(bytes >> 20) + " MiB";
}

std::string numbers(const KdfCost& cost)
{
    return "logN=" + std::to_string(cost.log_n) + " r=" + std::to_string(cost.r) +
           " p=" + std::to_string(cost.p);
}

bool within_format(const KdfCost& cost) noexcept
{
    return cost.log_n >= 1 && cost.log_n <= most_log_n && cost.r >= 1 && cost.r <= most_r &&
           cost.p >= 1 && cost.p <= most_p;
}

} // namespace

std::uint64_t kdf_memory(const KdfCost& cost) noexcept
{
    const std::uint64_t block = std::uint64_t{128} * cost.r;
    return block * ((std::uint64_t{1} << std::min(cost.log_n, most_log_n)) + 2) + block * cost.p;
}

void check_cost(const KdfCost& untrusted, const KdfLimits& limits)
{
    if (!within_format(untrusted) || untrusted.log_n < least_log_n)
        throw BackupError{BackupFault::kdf_too_expensive,
                          "a key of the archive takes " + numbers(untrusted) +
                              ", and only logN 10 to 24, r 1 to 32 and p 1 to 64 are accepted"};
    const std::uint64_t work = (std::uint64_t{untrusted.r} * untrusted.p) << untrusted.log_n;
    if (work > most_work)
        throw BackupError{BackupFault::kdf_too_expensive, "a key of the archive takes " +
                                                              numbers(untrusted) +
                                                              ", and N*r*p is at most 2^27"};
    const std::uint64_t memory = (std::uint64_t{128} * untrusted.r) << untrusted.log_n;
    const std::uint64_t allowed =
        std::min(limits.memory, (available_memory() + memory_kept_for_keys()) / 2);
    if (memory > allowed)
        throw BackupError{BackupFault::kdf_too_expensive, "a key of the archive takes " +
                                                              numbers(untrusted) + ", which is " +
                                                              in_mib(memory) + " of memory, and " +
                                                              in_mib(allowed) + " may be used"};
}

Secret derive_key(std::string_view passphrase, std::string_view salt, const KdfCost& cost)
{
    if (!within_format(cost))
        throw BackupError{BackupFault::internal, "no key can be derived at " + numbers(cost)};
    use_libcrypto();
    Secret key{derived_key_size};
    const std::uint64_t memory = kdf_memory(cost);
    // libcrypto's own cap is 32 MiB; the MiB is for what it counts beside the blocks.
    const std::uint64_t cap = memory + (std::uint64_t{1} << 20);
    if (EVP_PBE_scrypt(passphrase.data(), passphrase.size(),
                       reinterpret_cast<const unsigned char*>(salt.data()), salt.size(),
                       std::uint64_t{1} << cost.log_n, cost.r, cost.p, cap,
                       reinterpret_cast<unsigned char*>(key.data()), derived_key_size) != 1) {
        // What fails within the limits is the one allocation.
        throw BackupError{BackupFault::no_memory,
                          "there are not " + in_mib(memory) + " of memory to derive a key",
                          libcrypto_error("EVP_PBE_scrypt")};
    }
    key.set_size(derived_key_size);
    return key;
}

} // namespace qmgmt

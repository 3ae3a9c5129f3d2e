// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/opening.hpp"

#include "backup/archive/limits.hpp"
#include "backup/archive/outer/member_name.hpp"
#include "backup/container/cipher.hpp"
#include "backup/fault.hpp"

#include <openssl/crypto.h>
#include <string>

namespace qmgmt {
namespace {

// What a container of scrypt(1) begins with, its version with it.
constexpr std::string_view container_magic{"scrypt\0", 7};

std::string read_member(OuterReader& outer, std::uint64_t most, const char* what)
{
    if (outer.left() > most)
        throw BackupError{BackupFault::size_limit, std::string{what} + " is too large"};
    std::string untrusted(static_cast<std::size_t>(outer.left()), '\0');
    outer.read(untrusted.data(), untrusted.size());
    return untrusted;
}

[[noreturn]] void unproved(const char* why)
{
    throw BackupError{BackupFault::header_unauthenticated, why};
}

} // namespace

BackupHeader open_archive(OuterReader& outer, const Passphrase& passphrase, const KdfLimits& limits)
{
    auto member = outer.next();
    if (!member || member->untrusted_name != header_member)
        throw BackupError{BackupFault::not_a_backup, "this does not begin as a backup does"};
    const std::string untrusted_header = read_member(outer, most_header, "the header");

    member = outer.next();
    // Older formats have no such proof, or one that proves little: they are not asked for it.
    if (!member || member->untrusted_name != header_proof_member)
        unproved("the proof of the header is missing");
    const std::string untrusted_proof =
        read_member(outer, most_header_proof, "the proof of the header");
    if (untrusted_proof.size() < container_overhead ||
        !untrusted_proof.starts_with(container_magic))
        unproved("the proof of the header is of another kind");
    const std::string proof =
        unseal(untrusted_proof, passphrase.for_header(), limits,
               {std::string{header_proof_member}, BackupFault::wrong_passphrase});
    if (proof.size() != untrusted_header.size() ||
        CRYPTO_memcmp(proof.data(), untrusted_header.data(), proof.size()) != 0)
        unproved("the header was changed");
    return BackupHeader::parse(proof);
}

} // namespace qmgmt

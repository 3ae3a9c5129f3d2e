// SPDX-License-Identifier: GPL-2.0-or-later
//
// libcrypto, made ready before its first use, and its errors.
#pragma once

#include <cstddef>
#include <string>

namespace qmgmt {

// Without the host's openssl.cnf: what a backup is made with does not depend on it, and a confined
// call may not read it. Throws BackupError{internal}.
void use_libcrypto();

// Bytes that were taken to derive a key and are kept for the next one: whoever asks how much memory
// is available must count them in.
[[nodiscard]] std::size_t memory_kept_for_keys() noexcept;

// For a log: `what`, and the reason of this thread's last error, which is taken.
[[nodiscard]] std::string libcrypto_error(const std::string& what);
// The function `what` of libcrypto has failed where it cannot: throws BackupError{internal}.
[[noreturn]] void fail_libcrypto(const char* what);

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// libcrypto, made ready before its first use, and its errors.
#pragma once

#include <string>

namespace qmgmt {

// Without the host's openssl.cnf: what a backup is made with does not depend on it, and a confined
// call may not read it. Throws BackupError{internal}.
void use_libcrypto();

// For a log: `what`, and the reason of this thread's last error, which is taken.
[[nodiscard]] std::string libcrypto_error(const std::string& what);

} // namespace qmgmt

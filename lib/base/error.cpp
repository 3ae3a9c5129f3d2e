// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/error.hpp"

#include <cerrno>
#include <cstring>

namespace qmgmt {

void throw_errno(FailureType type, std::string text, std::string where)
{
    const int code = errno;
    if (code == ENOSPC || code == EDQUOT)
        type = failure::no_space;
    else if (code == ENOMEM)
        type = failure::no_memory;
    throw Error{type, std::move(text), std::move(where) + ": " + std::strerror(code)};
}

} // namespace qmgmt

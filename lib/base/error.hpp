// SPDX-License-Identifier: GPL-2.0-or-later
//
// The one exception of the library. `text` is for the caller: a verb phrase, the object in quotes,
// the reason; no path, no errno, no qube that the caller could not list. `detail` is for the log
// alone.
#pragma once

#include "base/failure.hpp"

#include <exception>
#include <string>
#include <utility>

namespace qmgmt {

class Error : public std::exception {
public:
    explicit Error(FailureType type, std::string text, std::string detail = {})
        : type_{type}, text_{std::move(text)}, detail_{std::move(detail)}
    {
    }

    [[nodiscard]] FailureType type() const noexcept { return type_; }
    [[nodiscard]] Failure kind() const noexcept { return type_.kind; }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

private:
    FailureType type_;
    std::string text_;
    std::string detail_;
};

// Throws `type` with `text` and, for the log, `where` and the text of the present errno. Out of
// space, memory and quota become `no_space` or `no_memory` whatever `type` says.
[[noreturn]] void throw_errno(FailureType type, std::string text, std::string where);

} // namespace qmgmt

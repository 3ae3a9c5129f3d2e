// SPDX-License-Identifier: GPL-2.0-or-later
//
// What kind of failure a piece of code ends in.
#pragma once

#include "base/error.hpp"

#include <optional>

namespace qmgmt::test {

template<typename Body>
std::optional<Failure> failure_of(Body&& body)
{
    try {
        body();
    } catch (const Error& error) {
        return error.kind();
    }
    return std::nullopt;
}

template<typename Body>
std::string_view exception_of(Body&& body)
{
    try {
        body();
    } catch (const Error& error) {
        return error.type().exception;
    }
    return "nothing thrown";
}

} // namespace qmgmt::test

// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a call answers. Nothing is written before success is certain, but by a stream.
#pragma once

#include "base/failure.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qmgmt {

class Reply {
public:
    Reply() = default; // nothing
    explicit Reply(std::string bytes) : bytes_{std::move(bytes)} {}
    // A report that is written although the call then fails: what a check found.
    Reply(std::string bytes, Failure kind, std::string text)
        : bytes_{std::move(bytes)}, failure_{kind}, text_{std::move(text)}
    {
    }

    // Everything has been written already, as it came up; it failed in the end, or did not.
    static Reply streamed()
    {
        Reply reply;
        reply.streamed_ = true;
        return reply;
    }
    static Reply streamed(Failure kind, std::string text)
    {
        Reply reply{"", kind, std::move(text)};
        reply.streamed_ = true;
        return reply;
    }

    // What did not go as asked though the call succeeds, a line of its own.
    void warn(std::string text) { warnings_.push_back(std::move(text)); }

    [[nodiscard]] bool is_streamed() const noexcept { return streamed_; }
    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::optional<Failure> failure() const noexcept { return failure_; }
    [[nodiscard]] const std::string& failure_text() const noexcept { return text_; }
    [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

private:
    std::string bytes_;
    bool streamed_ = false;
    std::optional<Failure> failure_;
    std::string text_;
    std::vector<std::string> warnings_;
};

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// The two ends of an archive: where its bytes go to, and where they come from.
#pragma once

#include <cstddef>
#include <string_view>

namespace qmgmt {

class ByteSink {
public:
    ByteSink() = default;
    ByteSink(const ByteSink&) = delete;
    ByteSink& operator=(const ByteSink&) = delete;
    virtual ~ByteSink() = default;

    // All of them, in order. Throws Error; after that nothing more is written.
    virtual void write(std::string_view bytes) = 0;
};

class ByteSource {
public:
    ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    virtual ~ByteSource() = default;

    // Fills `into`; fewer than `room` bytes only at the end. Throws Error{cancelled},
    // Error{timeout}, Error{failed}.
    [[nodiscard]] virtual std::size_t read(char* into, std::size_t room) = 0;
};

} // namespace qmgmt

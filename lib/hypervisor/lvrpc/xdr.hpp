// SPDX-License-Identifier: GPL-2.0-or-later
//
// XDR (RFC 4506) as far as libvirt's messages use it: big-endian words, opaque bytes padded to
// four. What is read is not trusted: nothing is believed beyond the bytes that are there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qmgmt::lvrpc {

// After the first thing that does not fit, `good` is false and every answer is 0 or empty.
class XdrReader {
public:
    explicit XdrReader(std::string_view bytes) : left_{bytes} {}

    [[nodiscard]] std::uint32_t word();
    [[nodiscard]] std::int32_t integer() { return static_cast<std::int32_t>(word()); }
    // `size` bytes and their padding.
    [[nodiscard]] std::string_view opaque(std::size_t size);
    [[nodiscard]] std::string_view string();
    // How many entries follow, each of at least `least` bytes.
    [[nodiscard]] std::size_t count(std::size_t least);

    void fail()
    {
        good_ = false;
        left_ = {};
    }
    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool at_end() const { return good_ && left_.empty(); }

private:
    std::string_view left_;
    bool good_ = true;
};

class XdrWriter {
public:
    XdrWriter& word(std::uint32_t value);
    XdrWriter& opaque(std::string_view bytes); // as many as the reader knows
    XdrWriter& string(std::string_view value);
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

} // namespace qmgmt::lvrpc

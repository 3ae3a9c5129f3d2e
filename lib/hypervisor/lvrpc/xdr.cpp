// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/lvrpc/xdr.hpp"

namespace qmgmt::lvrpc {
namespace {

constexpr std::size_t padded(std::size_t size)
{
    return (size + 3) / 4 * 4;
}

} // namespace

std::uint32_t XdrReader::word()
{
    std::uint32_t value = 0;
    for (const char c : opaque(4))
        value = value << 8U | static_cast<unsigned char>(c);
    return value;
}

std::string_view XdrReader::opaque(std::size_t size)
{
    if (size > left_.size() || padded(size) > left_.size()) {
        fail();
        return {};
    }
    const std::string_view bytes = left_.substr(0, size);
    left_.remove_prefix(padded(size));
    return bytes;
}

std::string_view XdrReader::string()
{
    return opaque(word());
}

std::size_t XdrReader::count(std::size_t least)
{
    const std::size_t entries = word();
    if (entries > left_.size() / least) {
        fail();
        return 0;
    }
    return entries;
}

XdrWriter& XdrWriter::word(std::uint32_t value)
{
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        bytes_ += static_cast<char>(value >> shift & 0xffU);
    return *this;
}

XdrWriter& XdrWriter::opaque(std::string_view bytes)
{
    bytes_ += bytes;
    bytes_.resize(padded(bytes_.size()));
    return *this;
}

XdrWriter& XdrWriter::string(std::string_view value)
{
    return word(static_cast<std::uint32_t>(value.size())).opaque(value);
}

} // namespace qmgmt::lvrpc

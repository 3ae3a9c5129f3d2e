// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/chunk_reader.hpp"

#include <algorithm>
#include <array>

namespace qmgmt {
namespace {

constexpr std::size_t piece_size = 1U << 18;

} // namespace

AuthenticChunk read_chunk(OuterReader& outer, const std::string& bound, const Secret& passphrase,
                          const KdfLimits& limits, ChunkBuffer& buffer, Flow& flow)
{
    const ContainerSubject subject{.name = bound};
    std::array<char, container_head_size> untrusted_head{};
    outer.read(untrusted_head.data(), untrusted_head.size());
    const ContainerKey key = ContainerKey::open({untrusted_head.data(), untrusted_head.size()},
                                                passphrase, limits, subject);
    AuthenticChunk chunk{&buffer, static_cast<std::size_t>(outer.left()) - container_mac_size,
                         Decryptor{key, subject}};
    for (std::size_t at = 0; at < chunk.size;) {
        flow.check();
        const std::size_t length = std::min(piece_size, chunk.size - at);
        outer.read(buffer.data() + at, length);
        chunk.decryptor.authenticate({buffer.data() + at, length});
        at += length;
    }
    std::array<char, container_mac_size> untrusted_mac{};
    outer.read(untrusted_mac.data(), untrusted_mac.size());
    chunk.decryptor.compare({untrusted_mac.data(), untrusted_mac.size()});
    return chunk;
}

} // namespace qmgmt

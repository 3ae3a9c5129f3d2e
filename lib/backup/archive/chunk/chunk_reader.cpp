// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/chunk/chunk_reader.hpp"

#include <algorithm>
#include <array>
#include <future>
#include <utility>

namespace qmgmt {
namespace {

constexpr std::size_t piece_size = 1U << 18;

// Asks between them whether to go on.
template<typename Body>
void for_pieces(std::size_t size, Flow& flow, Body body)
{
    for (std::size_t at = 0; at < size; at += piece_size) {
        flow.check();
        body(at, std::min(piece_size, size - at));
    }
}

} // namespace

AuthenticChunk read_chunk(OuterReader& outer, const std::string& bound, Secret passphrase,
                          const KdfLimits& limits, KeyThreads& keys, ChunkBuffer& buffer,
                          Flow& flow)
{
    const ContainerSubject subject{.name = bound};
    std::string untrusted_head(container_head_size, '\0');
    outer.read(untrusted_head.data(), untrusted_head.size());
    std::future<ContainerKey> key = keys.run(
        KeyThreads::Task{[untrusted_head, secret = std::move(passphrase), limits, subject] {
            return ContainerKey::open(untrusted_head, secret, limits, subject);
        }});

    const std::size_t size = static_cast<std::size_t>(outer.left()) - container_mac_size;
    for_pieces(size, flow,
               [&](std::size_t at, std::size_t length) { outer.read(buffer.data() + at, length); });
    std::array<char, container_mac_size> untrusted_mac{};
    outer.read(untrusted_mac.data(), untrusted_mac.size());

    AuthenticChunk chunk{&buffer, size, Decryptor{key.get(), subject}};
    for_pieces(size, flow, [&](std::size_t at, std::size_t length) {
        chunk.decryptor.authenticate({buffer.data() + at, length});
    });
    chunk.decryptor.compare({untrusted_mac.data(), untrusted_mac.size()});
    return chunk;
}

} // namespace qmgmt

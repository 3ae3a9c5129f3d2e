// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/chunk/chunk_sealer.hpp"
#include "lib/backup/container/secrets.hpp"
#include "support/catch.hpp"

#include <string>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::size_t chunk_size = 4096;
const std::string clear = "what nobody may read";

} // namespace

TEST_CASE("chunk sealer: nothing in the clear leaves it, and none is in a file before", "[backup]")
{
    const auto place = GENERATE(ChunkPlace::memory, ChunkPlace::file);
    const Passphrase passphrase = Passphrase::parse("correct horse");
    KeyMaker keys{passphrase, "id", cheap};
    ChunkBuffer buffer{chunk_size + container_overhead, place};
    const auto held = [&] { return std::string_view{buffer.data(), buffer.room()}; };

    std::string plain;
    unsigned chunks = 0;
    ChunkSealer sealer{"vm1/private.img", chunk_size, keys, [&] { return &buffer; },
                       [&](const SealedChunk& chunk) {
                           const std::string_view sealed{chunk.buffer->data(), chunk.size};
                           CHECK(sealed.find(clear) == std::string_view::npos);
                           const std::string name = chunk.name.bound();
                           plain += unseal(sealed, passphrase.for_member("id", name), {}, {name});
                           ++chunks;
                       }};
    std::string content;
    for (const std::size_t blank : {0U, 100U, 4000U, 4096U, 1U, 3583U, 9000U}) {
        const std::string piece = clear + std::string(blank, ' ');
        content += piece;
        sealer.write(piece);
        if (place == ChunkPlace::file)
            CHECK(held().find(clear) == std::string_view::npos);
    }
    sealer.finish();
    CHECK(plain == content);
    CHECK(chunks == (content.size() + chunk_size - 1) / chunk_size);
    CHECK(sealer.chunks() == chunks);
    CHECK(sealer.stored() == content.size());
}

TEST_CASE("chunk sealer: a last chunk that is just full has no successor, and nothing is a chunk",
          "[backup]")
{
    const Passphrase passphrase = Passphrase::parse("correct horse");
    KeyMaker keys{passphrase, "id", cheap};
    ChunkBuffer buffer{chunk_size + container_overhead};
    for (const std::size_t size : {std::size_t{0}, chunk_size, 2 * chunk_size}) {
        ChunkSealer sealer{"vm1/private.img", chunk_size, keys, [&] { return &buffer; },
                           [](const SealedChunk&) {}};
        sealer.write(std::string(size, 'x'));
        sealer.finish();
        CHECK(sealer.chunks() == std::max<std::size_t>(1, size / chunk_size));
    }
}

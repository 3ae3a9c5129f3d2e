// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/chunk/file_writer.hpp"

#include "backup/archive/chunk/chunk_sealer.hpp"
#include "backup/archive/digest.hpp"
#include "backup/archive/limits.hpp"
#include "backup/fault.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// From the compressor to the cipher.
constexpr std::size_t piece_size = 1U << 18;
constexpr std::size_t most_pieces = 8;

// Puts small pieces together, so that the threads are not woken for each of them.
class Gather {
public:
    explicit Gather(FlowQueue<std::string>& queue) : queue_{queue} {}

    void write(std::string_view bytes)
    {
        while (!bytes.empty()) {
            if (piece_.empty())
                piece_.reserve(piece_size);
            const std::string_view part = bytes.substr(0, piece_size - piece_.size());
            piece_.append(part);
            bytes.remove_prefix(part.size());
            if (piece_.size() == piece_size)
                flush();
        }
    }

    void flush()
    {
        if (!piece_.empty())
            queue_.put(std::move(piece_));
        piece_ = {};
    }

private:
    FlowQueue<std::string>& queue_;
    std::string piece_;
};

std::size_t buffer_room(std::size_t chunk_size)
{
    return std::max({chunk_size, most_metadata_chunk, most_manifest_chunk}) + container_overhead;
}

} // namespace

FileWriter::FileWriter(const ArchiveSettings& settings, const Passphrase& passphrase,
                       OuterWriter& outer)
    : chunk_size_{settings.chunk_size}, outer_{outer}, keys_{passphrase, settings.backup_id,
                                                             settings.cost}
{
    for (auto& buffer : buffers_)
        buffer = std::make_unique<ChunkBuffer>(
            buffer_room(chunk_size_), settings.low_memory ? ChunkPlace::file : ChunkPlace::memory);
    compressor_ = make_compressor(
        {.compression = settings.compression, .level = settings.level, .workers = settings.workers},
        [this](std::string_view bytes) { compressed_(bytes); });
}

ManifestFile FileWriter::write(const std::string& name, const TarInput& input,
                               const std::function<void()>& look)
{
    return write(name, input, look, chunk_size_, false);
}

ManifestFile FileWriter::write_whole(const std::string& name, const TarInput& input,
                                     const std::function<void()>& look, std::size_t most)
{
    return write(name, input, look, most, true);
}

void FileWriter::compress(const TarInput& input, Flow& flow, const TarOutput& out,
                          ManifestFile& file)
{
    Digest digest;
    compressed_ = out;
    input([&](std::string_view bytes) {
        flow.check();
        digest.update(bytes);
        compressor_->write(bytes);
    });
    compressor_->finish();
    file.tar_sha256 = digest.hex();
}

ManifestFile FileWriter::write(const std::string& name, const TarInput& input,
                               const std::function<void()>& look, std::size_t chunk_size,
                               bool one_chunk)
{
    ManifestFile file;
    file.name = name;
    Flow flow;
    FlowQueue<std::string> pieces{flow, most_pieces};
    FlowQueue<ChunkBuffer*> free{flow, buffers_.size()};
    FlowQueue<SealedChunk> sealed{flow, buffers_.size()};
    for (const auto& buffer : buffers_)
        free.put(buffer.get());
    {
        const std::jthread reading = flow.start([&] {
            Gather gather{pieces};
            compress(
                input, flow, [&](std::string_view bytes) { gather.write(bytes); }, file);
            gather.flush();
            pieces.close();
        });
        const std::jthread sealing = flow.start([&] {
            ChunkSealer sealer{name, chunk_size, keys_, [&] { return *free.take(); },
                               [&](SealedChunk chunk) { sealed.put(std::move(chunk)); }};
            while (const auto piece = pieces.take()) {
                sealer.write(*piece);
                if (one_chunk && sealer.chunks() > 1)
                    throw BackupError{BackupFault::size_limit, "'" + name + "' is too large"};
            }
            sealer.finish();
            file.chunks = sealer.chunks();
            file.stored = sealer.stored();
            sealed.close();
        });
        const FlowEnd end{flow};
        try {
            while (const auto chunk = sealed.take(look)) {
                outer_.member(chunk->name.outer(), {chunk->buffer->data(), chunk->size});
                look();
                free.put(chunk->buffer);
            }
        } catch (const Flow::Stopped&) {
            flow.stop(); // by an error, which is thrown below
        } catch (...) {
            flow.fail(std::current_exception());
        }
    }
    flow.rethrow();
    return file;
}

} // namespace qmgmt

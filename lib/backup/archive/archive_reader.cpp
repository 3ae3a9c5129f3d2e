// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/archive_reader.hpp"

#include "backup/archive/chunk/chunk_buffer.hpp"
#include "backup/archive/chunk/chunk_reader.hpp"
#include "backup/archive/chunk/file_stream.hpp"
#include "backup/archive/chunk/flow.hpp"
#include "backup/archive/inner/inner_reader.hpp"
#include "backup/archive/limits.hpp"
#include "backup/archive/manifest.hpp"
#include "backup/archive/opening.hpp"
#include "backup/archive/outer/member_order.hpp"
#include "backup/archive/outer/outer_reader.hpp"
#include "backup/fault.hpp"

#include <array>
#include <exception>
#include <limits>
#include <utility>
#include <vector>

namespace qmgmt {
namespace {

// What a decompressed file may be more than its content: the tar around it.
constexpr std::uint64_t tar_allowance = std::uint64_t{1} << 20;
constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

[[noreturn]] void misused(const char* how)
{
    throw Error{failure::internal, "an archive is read in disorder", how};
}

// A small file, in memory.
class TextReceiver final : public FileReceiver {
public:
    explicit TextReceiver(std::size_t limit) : limit_{limit} {}

    void begin(const ArchivedFile& file) override
    {
        if (file.size > limit_)
            throw BackupError{BackupFault::size_limit, "'" + file.name + "' is too large"};
        text_.assign(static_cast<std::size_t>(file.size), '\0');
    }
    void content(std::uint64_t offset, std::string_view bytes) override
    {
        text_.replace(static_cast<std::size_t>(offset), bytes.size(), bytes);
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::size_t limit_;
    std::string text_;
};

} // namespace

class ArchiveReader::Work {
public:
    Work(ByteSource& source, const Passphrase& passphrase, KdfLimits limits)
        : passphrase_{passphrase}, limits_{limits}, outer_{source}, header_{open_archive(
                                                                        outer_, passphrase, limits)}
    {
    }

    [[nodiscard]] const BackupHeader& header() const noexcept { return header_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return outer_.bytes(); }

    void limit(ByteLimit bytes, std::uint64_t members) { order_.limit(std::move(bytes), members); }

    std::string metadata()
    {
        if (pending_ || !order_.seen().empty())
            misused("the metadata is read twice");
        advance();
        if (!pending_)
            throw BackupError{BackupFault::truncated_archive, "the archive ends too early"};
        TextReceiver receiver{most_metadata};
        read_file(receiver, most_metadata + tar_allowance, InnerEnd::more_follows);
        return receiver.take();
    }

    std::optional<std::string> next()
    {
        if (order_.seen().empty())
            misused("the metadata was not read");
        pass_over();
        if (!pending_ || pending_->file == manifest_file)
            return std::nullopt;
        fresh_ = true;
        present_ = pending_->file;
        return present_;
    }

    void take(FileReceiver& receiver)
    {
        at_beginning();
        read_file(receiver, no_limit, InnerEnd::one_file);
        receiver.end();
    }

    void take_tar(ByteSink& tar, std::uint64_t limit)
    {
        at_beginning();
        read_stream(limit, [&tar](FileStream& stream) {
            std::vector<char> piece(std::size_t{1} << 18);
            std::size_t got = 0;
            do {
                got = stream.read(piece.data(), piece.size());
                tar.write({piece.data(), got});
            } while (got == piece.size());
            return stream.bytes();
        });
    }

    void skip()
    {
        at_beginning();
        pass_over();
    }

    void finish()
    {
        if (order_.seen().empty())
            misused("the metadata was not read");
        pass_over();
        if (pending_ && pending_->file != manifest_file)
            misused("files are left");
        if (!pending_) {
            if (header_.manifest)
                throw BackupError{BackupFault::incomplete_archive, "its manifest is missing"};
            return;
        }
        TextReceiver receiver{most_manifest};
        read_manifest(receiver);
        check_complete(Manifest::parse(receiver.take()), header_.id, order_.seen(),
                       order_.members());
    }

private:
    // A file that `next` named and nobody has looked at.
    void at_beginning()
    {
        if (!std::exchange(fresh_, false))
            misused("there is no file to take");
    }

    // To the next member. What is wrong with the archive itself stays wrong.
    void advance()
    {
        if (broken_)
            std::rethrow_exception(broken_);
        try {
            pending_.reset();
            if (const auto member = outer_.next())
                pending_ = order_.accept(*member);
        } catch (...) {
            broken_ = std::current_exception();
            throw;
        }
    }

    // To the next file.
    void pass_over()
    {
        if (broken_)
            std::rethrow_exception(broken_);
        while (pending_ && pending_->file == present_)
            advance();
    }

    void read_file(FileReceiver& receiver, std::uint64_t limit, InnerEnd end)
    {
        present_ = pending_->file;
        read_stream(limit, [&](FileStream& stream) {
            return unpack_inner(stream, present_, receiver, end).size;
        });
    }

    // `consume` reads all of the stream and says how large the file in it is.
    template<typename Consume>
    void read_stream(std::uint64_t limit, Consume consume)
    {
        const std::size_t number = order_.seen().size() - 1; // others may have come afterwards
        std::uint64_t size = 0;
        std::string digest;
        run(limit, [&](FileStream& stream) {
            size = consume(stream);
            digest = stream.finish();
        });
        order_.complete(number, size, digest);
    }

    void read_manifest(FileReceiver& receiver)
    {
        present_ = manifest_file;
        run(most_manifest + tar_allowance, [&](FileStream& stream) {
            static_cast<void>(unpack_inner(stream, present_, receiver));
            static_cast<void>(stream.finish());
        });
    }

    // The chunks of the present file are read and authenticated on one thread, and made a stream
    // again on this one.
    template<typename Consume>
    void run(std::uint64_t limit, Consume consume)
    {
        for (auto& buffer : buffers_) {
            if (!buffer)
                buffer = std::make_unique<ChunkBuffer>(archive_chunk_size);
        }
        Flow flow;
        FlowQueue<ChunkBuffer*> free{flow, buffers_.size()};
        FlowQueue<AuthenticChunk> ready{flow, buffers_.size()};
        for (const auto& buffer : buffers_)
            free.put(buffer.get());
        {
            const std::jthread fetching = flow.start([&] {
                while (pending_ && pending_->file == present_) {
                    const std::string bound = pending_->bound();
                    ready.put(read_chunk(outer_, bound, passphrase_.for_member(header_.id, bound),
                                         limits_, keys_, *free.take().value(), flow));
                    advance();
                }
                ready.close();
            });
            const FlowEnd end{flow};
            try {
                FileStream stream{header_.compression, limit, [&] { return ready.take(); },
                                  [&](ChunkBuffer* buffer) { free.put(buffer); }};
                consume(stream);
            } catch (const Flow::Stopped&) {
                flow.stop(); // by what went wrong with a chunk, which is thrown below
            } catch (...) {
                flow.fail(std::current_exception());
            }
        }
        flow.rethrow();
    }

    const Passphrase& passphrase_;
    KdfLimits limits_;
    OuterReader outer_;
    BackupHeader header_;
    MemberOrder order_;
    std::optional<MemberName> pending_; // whose content has not been read, or not to its end
    std::string present_;               // the file that was named last
    bool fresh_ = false;                // nobody has looked at it
    std::exception_ptr broken_;
    KeyThreads keys_{1};
    std::array<std::unique_ptr<ChunkBuffer>, 2> buffers_;
};

ArchiveReader::ArchiveReader(ByteSource& source, const Passphrase& passphrase, KdfLimits limits)
    : work_{std::make_unique<Work>(source, passphrase, limits)}
{
}

ArchiveReader::~ArchiveReader() = default;

const BackupHeader& ArchiveReader::header() const
{
    return work_->header();
}

std::string ArchiveReader::metadata()
{
    return work_->metadata();
}

void ArchiveReader::limit(ByteLimit bytes, std::uint64_t members)
{
    work_->limit(std::move(bytes), members);
}

std::optional<std::string> ArchiveReader::next()
{
    return work_->next();
}

void ArchiveReader::take(FileReceiver& receiver)
{
    work_->take(receiver);
}

void ArchiveReader::take_tar(ByteSink& tar, std::uint64_t limit)
{
    work_->take_tar(tar, limit);
}

void ArchiveReader::skip()
{
    work_->skip();
}

void ArchiveReader::finish()
{
    work_->finish();
}

std::uint64_t ArchiveReader::bytes() const
{
    return work_->bytes();
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/libarchive_decompressor.hpp"

#include "backup/fault.hpp"

#include <cerrno>
#include <string>
#include <utility>

namespace qmgmt {
namespace {

int filter_code(Compression compression) noexcept
{
    switch (compression) {
    case Compression::bzip2: return ARCHIVE_FILTER_BZIP2;
    case Compression::xz: return ARCHIVE_FILTER_XZ;
    case Compression::lzma: return ARCHIVE_FILTER_LZMA;
    case Compression::none:
    case Compression::gzip:
    case Compression::zstd: break;
    }
    return ARCHIVE_FILTER_NONE;
}

} // namespace

LibarchiveDecompressor::LibarchiveDecompressor(Compression compression, CompressedInput input)
    : input_{std::move(input)}, reader_{archive_read_new()}
{
    if (!reader_)
        throw BackupError{BackupFault::no_memory, "there is not enough memory to decompress"};
    // Named and not guessed: content that looks compressed itself stays as it is. A filter that
    // libarchive was built without would be a program that it starts, which is refused here.
    if (archive_read_append_filter(reader_.get(), filter_code(compression)) != ARCHIVE_OK)
        throw BackupError{BackupFault::bad_compression_filter,
                          "this build does not read the compression of the archive",
                          archive_error_string(reader_.get())};
    if (archive_read_support_format_raw(reader_.get()) != ARCHIVE_OK ||
        archive_read_support_format_empty(reader_.get()) != ARCHIVE_OK)
        fail();
}

la_ssize_t LibarchiveDecompressor::give(archive* reader, void* self, const void** buffer)
{
    // libarchive is C: nothing may be thrown through it.
    auto& me = *static_cast<LibarchiveDecompressor*>(self);
    try {
        const std::string_view piece = me.input_ended_ ? std::string_view{} : me.input_();
        me.input_ended_ = piece.empty();
        me.given_ += piece.size();
        *buffer = piece.data();
        return static_cast<la_ssize_t>(piece.size());
    } catch (...) {
        me.input_failure_ = std::current_exception();
        archive_set_error(reader, EIO, "the input failed");
        return ARCHIVE_FATAL;
    }
}

void LibarchiveDecompressor::open()
{
    opened_ = true;
    archive_entry* entry = nullptr;
    if (archive_read_open(reader_.get(), this, nullptr, give, nullptr) != ARCHIVE_OK)
        fail();
    const int result = archive_read_next_header(reader_.get(), &entry);
    if (result == ARCHIVE_EOF)
        check_end(); // a stream of nothing
    else if (result != ARCHIVE_OK)
        fail();
}

std::size_t LibarchiveDecompressor::read(char* into, std::size_t room)
{
    if (!opened_)
        open();
    std::size_t done = 0;
    while (done < room && !ended_) {
        const la_ssize_t got = archive_read_data(reader_.get(), into + done, room - done);
        if (got < 0)
            fail();
        if (got == 0)
            check_end();
        done += static_cast<std::size_t>(got);
    }
    return done;
}

void LibarchiveDecompressor::check_end()
{
    ended_ = true;
    // libarchive stops at what does not continue the stream, and says nothing.
    const la_int64_t taken = archive_filter_bytes(reader_.get(), -1);
    if (given_ == 0 || taken < 0 || static_cast<std::uint64_t>(taken) != given_ ||
        (!input_ended_ && !input_().empty()))
        throw BackupError{BackupFault::decompress, "the compressed content is damaged",
                          "followed by something else, or nothing at all"};
}

void LibarchiveDecompressor::fail()
{
    if (input_failure_)
        std::rethrow_exception(std::exchange(input_failure_, nullptr));
    const char* const why = archive_error_string(reader_.get());
    const bool memory = archive_errno(reader_.get()) == ENOMEM;
    throw BackupError{memory ? BackupFault::no_memory : BackupFault::decompress,
                      memory ? "there is not enough memory to decompress"
                             : "the compressed content is damaged",
                      why == nullptr ? "libarchive" : why};
}

} // namespace qmgmt

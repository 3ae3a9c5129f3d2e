// SPDX-License-Identifier: GPL-2.0-or-later
//
// What we read and never write: bzip2, xz and lzma, by libarchive, which asks nobody what else a
// stream could be.
#pragma once

#include "backup/compression/decompressor.hpp"
#include "base/released_by.hpp"

#include <archive.h>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>

namespace qmgmt {

class LibarchiveDecompressor final : public ByteSource {
public:
    LibarchiveDecompressor(Compression compression, CompressedInput input);

    [[nodiscard]] std::size_t read(char* into, std::size_t room) override;

private:
    static la_ssize_t give(archive* reader, void* self, const void** buffer);

    void open();
    void check_end();
    // Throws what the input threw, where it did.
    [[noreturn]] void fail();

    CompressedInput input_;
    std::exception_ptr input_failure_;
    std::uint64_t given_ = 0; // bytes of the input
    bool input_ended_ = false;
    std::unique_ptr<archive, ReleasedBy<archive_read_free>> reader_;
    bool opened_ = false;
    bool ended_ = false;
};

} // namespace qmgmt

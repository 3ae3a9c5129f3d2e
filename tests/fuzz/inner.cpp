// SPDX-License-Identifier: GPL-2.0-or-later
//
// backup.md 80: the tar around one file: its headers, records and lists of regions.

#include "backup/archive/inner/inner_reader.hpp"
#include "backup/fault.hpp"
#include "fuzz/tar_input.hpp"
#include "fuzz/target.hpp"

#include <optional>

using namespace qmgmt;

namespace {

constexpr std::string_view name = "vm7/private.img";

// What a receiver may rely on.
class Strict final : public FileReceiver {
public:
    void begin(const ArchivedFile& file) override
    {
        fuzz::require(!file_ && file.name == name && file.stored <= file.size);
        file_ = file;
    }
    void content(std::uint64_t offset, std::string_view bytes) override
    {
        fuzz::require(file_.has_value() && !bytes.empty() && bytes.size() <= 1 << 20);
        fuzz::require(offset >= end_ && bytes.size() <= file_->size - offset);
        end_ = offset + bytes.size();
        came_ += bytes.size();
    }
    void check_whole(const ArchivedFile& file) const
    {
        fuzz::require(file_ && file.size == file_->size && came_ == file_->stored);
    }

private:
    std::optional<ArchivedFile> file_;
    std::uint64_t end_ = 0;
    std::uint64_t came_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size > 1 << 16)
        return 0;
    fuzz::TarInput tar{data, size};
    Strict receiver;
    const InnerEnd end =
        size > 0 && (data[0] & 2) != 0 ? InnerEnd::more_follows : InnerEnd::one_file;
    try {
        const ArchivedFile file = unpack_inner(tar, name, receiver, end);
        receiver.check_whole(file);
        fuzz::require(tar.left() == 0);
    } catch (const BackupError& error) {
        fuzz::require(error.fault() == BackupFault::inner_tar ||
                      error.fault() == BackupFault::size_limit ||
                      error.fault() == BackupFault::truncated_archive);
        fuzz::require(error.text().size() <= 200);
    }
    return 0;
}

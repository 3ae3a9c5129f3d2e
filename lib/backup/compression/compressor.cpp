// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/compressor.hpp"

#include "backup/compression/gzip_compressor.hpp"
#include "backup/compression/zstd_compressor.hpp"
#include "backup/fault.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace qmgmt {
namespace {

constexpr unsigned most_workers = 4;

class NoCompressor final : public Compressor {
public:
    explicit NoCompressor(Output output) : output_{std::move(output)} {}

    void write(std::string_view bytes) override
    {
        if (!bytes.empty())
            output_(bytes);
    }
    void finish() override {}

private:
    Output output_;
};

} // namespace

std::unique_ptr<Compressor> make_compressor(const CompressorSettings& settings,
                                            Compressor::Output output)
{
    const unsigned workers =
        settings.workers != 0 ? settings.workers
                              : std::clamp(std::thread::hardware_concurrency(), 1U, most_workers);
    switch (settings.compression) {
    case Compression::none: return std::make_unique<NoCompressor>(std::move(output));
    case Compression::gzip:
        return std::make_unique<GzipCompressor>(settings.level, workers, std::move(output));
    case Compression::zstd:
        return std::make_unique<ZstdCompressor>(settings.level, workers, std::move(output));
    case Compression::bzip2:
    case Compression::xz:
    case Compression::lzma: break;
    }
    throw BackupError{BackupFault::internal, "archives are not written in this compression"};
}

} // namespace qmgmt

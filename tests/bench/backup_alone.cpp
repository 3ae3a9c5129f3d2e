// SPDX-License-Identifier: GPL-2.0-or-later
//
// One stage of a backup with nothing beside it, in memory, for a clock to be held against:
//   backup-alone compress gzip|zstd|none LEVEL IMAGE   the data of an image through our compressor
//   backup-alone seal BYTES     so many bytes into containers of 100 MiB, a key for each, one
//   thread

#include "backup/archive/inner/inner_writer.hpp"
#include "backup/compression/compressor.hpp"
#include "backup/container/cipher.hpp"
#include "backup/container/kdf.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <vector>

using namespace qmgmt;

namespace {

constexpr std::uint64_t chunk_size = std::uint64_t{100} << 20;
constexpr KdfCost usual_cost{};

void compress(const std::string& how, int level, const char* image)
{
    const Compression compression = how == "gzip"   ? Compression::gzip
                                    : how == "zstd" ? Compression::zstd
                                                    : Compression::none;
    const Fd file{::open(image, O_RDONLY | O_CLOEXEC)};
    struct stat facts {};
    if (!file || ::fstat(file.get(), &facts) != 0)
        throw std::runtime_error{"the image cannot be opened"};
    const auto compressor =
        make_compressor({.compression = compression, .level = level}, [](std::string_view) {});
    std::atomic<std::uint64_t> done = 0;
    pack_image(
        "image", file.get(), static_cast<std::uint64_t>(facts.st_size),
        [&](std::string_view bytes) { compressor->write(bytes); }, done);
    compressor->finish();
}

void seal(std::uint64_t bytes)
{
    const std::string content(std::size_t{1} << 18, 'x');
    std::vector<char> chunk(chunk_size);
    while (bytes > 0) {
        Secret secret{4};
        secret.append("pass");
        Encryptor encryptor{ContainerKey::make(secret, usual_cost)};
        const std::uint64_t end = std::min(bytes, chunk_size);
        for (std::uint64_t at = 0; at < end; at += content.size())
            encryptor.encrypt(
                std::string_view{content}.substr(
                    0, static_cast<std::size_t>(std::min<std::uint64_t>(content.size(), end - at))),
                chunk.data() + at);
        static_cast<void>(encryptor.finish());
        bytes -= end;
    }
}

} // namespace

int main(int argc, char** argv)
{
    const std::vector<std::string> words{argv + 1, argv + argc};
    try {
        if (words.size() == 4 && words[0] == "compress")
            compress(words[1], std::stoi(words[2]), argv[4]);
        else if (words.size() == 2 && words[0] == "seal")
            seal(std::stoull(words[1]));
        else
            return 2;
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.text().c_str());
        return 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}

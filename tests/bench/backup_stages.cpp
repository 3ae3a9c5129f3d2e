// SPDX-License-Identifier: GPL-2.0-or-later
//
// What each stage of a backup costs beside the others: compressing, cipher and HMAC, deriving a
// key. Bytes a second as ratios to zlib, level 4, one thread, and what is left of the content.
//   usage: backup-stages FILE   (whose first 256 MiB are compressed)

#include "backup/compression/compressor.hpp"
#include "backup/compression/decompressor.hpp"
#include "backup/container/cipher.hpp"
#include "base/error.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>

using namespace qmgmt;

namespace {

constexpr std::size_t most_content = std::size_t{256} << 20;
constexpr int rounds = 3;

double seconds(const std::function<void()>& work)
{
    double least = 1e9;
    for (int i = 0; i < rounds; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        least = std::min(least, took.count());
    }
    return least;
}

Secret secret()
{
    Secret made{4};
    made.append("pass");
    return made;
}

std::string compressed(const CompressorSettings& settings, const std::string& content)
{
    std::string stored;
    stored.reserve(content.size() + content.size() / 100);
    const auto compressor =
        make_compressor(settings, [&](std::string_view bytes) { stored += bytes; });
    compressor->write(content);
    compressor->finish();
    return stored;
}

class Table {
public:
    Table(double base, std::size_t size) : base_{base}, size_{static_cast<double>(size)} {}

    void row(const char* what, double took, std::size_t left) const
    {
        std::printf("%-46s     %8.2f %8.3f\n", what, base_ / took,
                    static_cast<double>(left) / size_);
    }
    void row(const char* what, double took) const
    {
        std::printf("%-46s     %8.2f\n", what, base_ / took);
    }

private:
    double base_;
    double size_;
};

void measure(const std::string& content)
{
    std::string stored;
    const auto decompress = [&](Compression compression) {
        return seconds([&] {
            std::size_t at = 0;
            const auto stream = make_decompressor(compression, [&]() -> std::string_view {
                const std::string_view next = std::string_view{stored}.substr(at, 1 << 18);
                at += next.size();
                return next;
            });
            std::string into(std::size_t{1} << 20, '\0');
            while (stream->read(into.data(), into.size()) == into.size())
                continue;
        });
    };

    const double base = seconds([&] { stored = compressed({Compression::gzip, 4, 1}, content); });
    const Table table{base, content.size()};
    const auto compress = [&](const char* what, const CompressorSettings& settings) {
        const double took = seconds([&] { stored = compressed(settings, content); });
        table.row(what, took, stored.size());
    };
    std::printf("%-46s     %8s %8s\n", "", "x gzip", "left");
    table.row("gzip 4, 1 worker", base, stored.size());
    compress("gzip 4, 2 workers", {Compression::gzip, 4, 2});
    if (std::thread::hardware_concurrency() >= 4)
        compress("gzip 4, 4 workers", {Compression::gzip, 4, 4});
    compress("gzip 1, 2 workers", {Compression::gzip, 1, 2});
    table.row("gunzip", decompress(Compression::gzip));
    compress("zstd 3, 1 worker", {Compression::zstd, 3, 1});
    compress("zstd 3, 2 workers", {Compression::zstd, 3, 2});
    table.row("unzstd", decompress(Compression::zstd));

    const ContainerKey key = ContainerKey::make(secret(), {10, 8, 1});
    std::string chunk = content;
    HmacValue mac{};
    table.row("AES-256-CTR",
              seconds([&] { CounterMode{key.cipher_key()}.apply(chunk, chunk.data()); }));
    table.row("HMAC-SHA256", seconds([&] {
                  Hmac hmac{key.mac_key()};
                  hmac.update(chunk);
                  mac = hmac.value();
              }));
    table.row("both, a container", seconds([&] {
                  Encryptor encryptor{key};
                  encryptor.encrypt(chunk, chunk.data());
                  mac = encryptor.finish();
              }));

    std::printf(
        "-- a key, as a share of the time that 100 MiB take to compress (gzip 4, 1 worker)\n");
    const double chunk_takes = base * (100 << 20) / static_cast<double>(content.size());
    for (const unsigned log_n : {14U, 17U, 18U, 20U}) {
        const double took = seconds([&] {
            static_cast<void>(derive_key("pass", "salt", {log_n, 8, 1}));
        });
        std::printf("logN %-41u     %8.3f\n", log_n, took / chunk_takes);
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2)
        return 2;
    std::ifstream file{argv[1], std::ios::binary};
    std::string content(most_content, '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(file.gcount()));
    if (content.empty()) {
        std::fputs("nothing to compress\n", stderr);
        return 2;
    }
    try {
        measure(content);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.text().c_str());
        return 1;
    }
    return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// gzip members of 1 MiB of input each, one after the other: each can be made for itself, by any of
// the workers, and gzip(1) reads them as one stream.
#pragma once

#include "backup/compression/compressor.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace qmgmt {

class GzipCompressor final : public Compressor {
public:
    static constexpr std::size_t member_input = std::size_t{1} << 20;

    GzipCompressor(int level, unsigned workers, Output output);
    ~GzipCompressor() override;

    void write(std::string_view bytes) override;
    void finish() override;

private:
    class Deflater; // zlib's state, one a thread

    // What becomes one member of the stream. The caller's thread fills and empties it, a worker has
    // it between.
    struct Member {
        std::string input;
        std::string output;
        bool made = false;
        int result = 0; // of zlib
    };
    using Owned = std::unique_ptr<Member>;

    [[nodiscard]] Owned empty_member();
    void hand_over();
    // Waits for the first one.
    void give_out_first();
    [[nodiscard]] bool first_is_made();
    void put_out(Owned member);
    void work();

    const int level_;
    const unsigned workers_;
    const Output output_;
    std::unique_ptr<Deflater> own_; // for a stream that is too short for workers
    std::size_t room_ = 0;          // of a member's output, however little it can be compressed
    std::vector<Owned> free_;       // their room is used again
    Owned filling_;
    bool handed_over_ = false; // something of this stream

    std::mutex mutex_; // of what workers look at
    std::deque<Owned> in_order_;
    std::size_t begun_ = 0; // so many of in_order_, its first, have been given to workers
    bool ends_ = false;
    std::condition_variable work_to_do_;
    std::condition_variable member_made_;
    std::vector<std::jthread> threads_;
};

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writes to one file that go on while the next data comes in: direct ones, past the page cache, by
// the kernel's asynchronous I/O (io_submit(2)). Where the file or the machine has not both, each
// write is done when `write` returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace qmgmt {

class WriteQueue {
public:
    // Of an open file, which it uses and does not close. `piece_size` is a multiple of 4096.
    WriteQueue(int fd, std::size_t piece_size);
    WriteQueue(const WriteQueue&) = delete;
    WriteQueue& operator=(const WriteQueue&) = delete;
    // Waits for what is on its way.
    ~WriteQueue();

    // Room for one piece, aligned for direct writes and used by no write that is on its way: where
    // all are, waits for one. The same until something of it was given to `write`.
    [[nodiscard]] char* buffer();

    // Begins to write some of `buffer`, which the caller leaves alone from then on, to `at`, a
    // multiple of 4096. A length that is no such multiple, or a file that takes no direct writes,
    // is written through the page cache. False: this or an earlier write failed, errno says why.
    [[nodiscard]] bool write(std::string_view bytes, std::uint64_t at);
    // Waits for all of them. False as above.
    [[nodiscard]] bool finish();

    // Bytes that have been written.
    [[nodiscard]] std::uint64_t written() const noexcept { return written_; }
    // Whether the next write goes past the page cache.
    [[nodiscard]] bool is_direct() const noexcept { return direct_; }
    // Whether it goes on while the caller does.
    [[nodiscard]] bool is_asynchronous() const noexcept { return direct_ && context_ != 0; }

private:
    struct Free {
        void operator()(char* memory) const noexcept;
    };
    struct Piece {
        std::unique_ptr<char, Free> memory;
        unsigned writes = 0; // of it that are on their way
    };
    struct Write {
        std::string_view bytes;
        std::uint64_t at = 0;
        std::size_t piece = 0;
    };

    [[nodiscard]] bool start(std::string_view bytes, std::uint64_t at);
    void write_now(std::string_view bytes, std::uint64_t at);
    void collect();
    void complete(const Write& write, std::int64_t result);
    void all_idle();
    void set_direct(bool direct) noexcept;
    [[nodiscard]] bool succeeded() const noexcept;

    int fd_;
    std::vector<Piece> pieces_;
    std::size_t current_ = 0;
    std::vector<Write> writes_;
    std::vector<std::size_t> idle_; // of `writes_`
    unsigned long context_ = 0;     // of the kernel; 0: none
    bool direct_ = false;
    std::uint64_t written_ = 0;
    int error_ = 0; // the first
};

} // namespace qmgmt

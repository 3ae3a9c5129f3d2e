// SPDX-License-Identifier: GPL-2.0-or-later
//
// The writing end of an import: past the page cache where the target can do that, zeros left out,
// and never so much that the pool has no room left for its running qubes.
#pragma once

#include "storage/pool.hpp"
#include "storage/stream/write_queue.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qmgmt {

class StreamTarget {
public:
    // `purpose` ("cannot import 'pool:vid'") begins the text of every error. The pool is asked for
    // room whenever `room_step` more bytes were written; before, that is the caller's to do.
    StreamTarget(Import& import, Pool& pool, std::string purpose,
                 std::uint64_t room_step = std::uint64_t{1} << 30);

    // How much a piece should have: a multiple of every alignment there is.
    [[nodiscard]] std::size_t piece_size() const noexcept { return piece_size_; }
    // Room for one piece. It is another after `write`, which goes on while the next is filled.
    [[nodiscard]] char* buffer() { return queue_.buffer(); }

    // `bytes`, of `buffer`, begin at `at` of the target, a multiple of `piece_size`. Only the last
    // piece of the data may be shorter. Throws Error{no_space}, Error{storage}, maybe of an earlier
    // piece.
    void write(std::string_view bytes, std::uint64_t at);
    // What ends at `end` will fit: where the size of the data is not known beforehand.
    void make_room(std::uint64_t end);
    // The data has `size` bytes, and all of it is on the disk.
    void finish(std::uint64_t size);

    // Bytes that have been written, without the zeros that were left out.
    [[nodiscard]] std::uint64_t written() const noexcept { return queue_.written(); }

private:
    void write_run(std::string_view bytes, std::uint64_t at);
    void allocate(std::uint64_t at, std::uint64_t size);
    void push_out(std::uint64_t end);
    void push(std::uint64_t begin, std::uint64_t end, unsigned how) const;
    void check_room();
    [[noreturn]] void fail() const;

    Import& import_;
    Pool& pool_;
    std::string purpose_;
    std::uint64_t room_step_;
    std::size_t granule_;
    std::size_t piece_size_;
    WriteQueue queue_;
    bool is_file_ = false;
    bool can_allocate_ = false;
    std::uint64_t room_ = 0;   // of a device
    std::uint64_t given_ = 0;  // to the queue
    std::uint64_t next_check_; // of room, by `given_`
    std::uint64_t window_ = 0; // where what is pushed out next begins
    std::uint64_t waited_ = 0; // up to here it is on the disk
};

} // namespace qmgmt

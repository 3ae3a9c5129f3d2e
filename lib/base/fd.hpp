// SPDX-License-Identifier: GPL-2.0-or-later
//
// A file descriptor with one owner. Every descriptor this library opens is close-on-exec.
#pragma once

#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace qmgmt {

class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) noexcept : fd_{fd} {}
    Fd(Fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Fd& operator=(Fd&& other) noexcept
    {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { reset(); }

    [[nodiscard]] int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

    void reset() noexcept
    {
        if (fd_ >= 0)
            ::close(std::exchange(fd_, -1));
    }

private:
    int fd_ = -1;
};

// Writes all of `bytes`, however many calls it takes. Returns false with errno set when it cannot.
[[nodiscard]] bool write_all(int fd, std::string_view bytes) noexcept;

// Reads from `offset` until `length` bytes or the end of the file; what was read is shorter only at
// its end. Throws Error{failed} when reading fails.
[[nodiscard]] std::string read_at(int fd, std::size_t offset, std::size_t length);

// The whole of a small file of ours, at most `limit` bytes; empty when it does not exist or cannot
// be read.
[[nodiscard]] std::string read_small_file(const std::string& path, std::size_t limit = 65536);

} // namespace qmgmt

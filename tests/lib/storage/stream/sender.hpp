// SPDX-License-Identifier: GPL-2.0-or-later
//
// The other end of a pipe, served by a thread of its own.
#pragma once

#include "base/fd.hpp"

#include <functional>
#include <string_view>
#include <thread>

namespace qmgmt::test {

class Sender {
public:
    // `work` gets the writing end, which is closed when it returns.
    explicit Sender(std::function<void(int fd)> work);
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;
    ~Sender();

    [[nodiscard]] Fd reading_end() { return std::move(reading_); }

private:
    Fd reading_;
    std::thread thread_;
};

// False when nobody reads any more.
bool send(int fd, std::string_view bytes);
bool send_zeros(int fd, std::size_t length);

} // namespace qmgmt::test

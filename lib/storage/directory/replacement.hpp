// SPDX-License-Identifier: GPL-2.0-or-later
//
// A file that is written under a temporary name and takes its final name only when it is complete
// and on the disk.
#pragma once

#include "base/fd.hpp"

#include <string>

namespace qmgmt {

class Replacement {
public:
    // A new, empty file beside `name` in `directory`, which must outlive this. False with errno set
    // when it cannot be made.
    Replacement(int directory, std::string name);
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;
    // Unless it was finished, nothing is left of it.
    ~Replacement();

    explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

    // Replaces what had the name. Returns false with errno set.
    [[nodiscard]] bool finish() noexcept;

private:
    int directory_;
    std::string name_;
    std::string temporary_;
    Fd fd_;
    bool named_ = false;
};

} // namespace qmgmt

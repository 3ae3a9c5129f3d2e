// SPDX-License-Identifier: GPL-2.0-or-later

#include "rpc/progress.hpp"

#include "base/fd.hpp"
#include "rpc/shell_loader.hpp"

#include <unistd.h>

namespace qmgmt::rpc {
namespace {

constexpr std::chrono::milliseconds pace{250};

} // namespace

ProgressLine::ProgressLine(const Request& request, std::optional<std::uint64_t> total)
    : wanted_{!request.remote && ::isatty(STDERR_FILENO) == 1}, total_{total}
{
}

ProgressLine::~ProgressLine()
{
    if (!shown_)
        return;
    show();
    static_cast<void>(write_all(STDERR_FILENO, "\n"));
}

void ProgressLine::reached(std::uint64_t done)
{
    done_ = done;
    if (!wanted_ || Clock::now() < next_)
        return;
    next_ = Clock::now() + pace;
    shown_ = true;
    show();
}

// Over the line before, the rest of which is erased.
void ProgressLine::show()
{
    const std::string line = "\r" + progress_line(done_, total_, Clock::now() - begin_) + "\x1b[K";
    static_cast<void>(write_all(STDERR_FILENO, line));
}

} // namespace qmgmt::rpc

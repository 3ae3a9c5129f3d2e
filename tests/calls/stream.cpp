// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/stream.hpp"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

namespace qmgmt::test {

Streaming::Streaming(Command command)
{
    ::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw std::runtime_error{"pipe2"};
    const Fd reading{ends[0]};
    pipe_ = Fd{ends[1]};
    command.input_from = reading.get();
    process_ = std::make_unique<Process>(std::move(command));
}

bool Streaming::send(std::string_view bytes) const
{
    while (!bytes.empty()) {
        const ssize_t sent = ::write(pipe_.get(), bytes.data(), bytes.size());
        if (sent < 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool Streaming::send_zeros(std::size_t length) const
{
    const std::string zeros(std::size_t{1} << 20, '\0');
    for (; length > 0; length -= std::min(length, zeros.size()))
        if (!send(std::string_view{zeros}.substr(0, length)))
            return false;
    return true;
}

Outcome Streaming::finish()
{
    end();
    return process_->finish();
}

Outcome stream_to(const ScratchRoot& root, const Ask& ask, std::string_view data)
{
    Streaming call{remote_command(root, ask)};
    static_cast<void>(call.send(data)); // a call that stops reading says why
    return call.finish();
}

Outcome file_to(const ScratchRoot& root, const Ask& ask, const std::string& path)
{
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file)
        throw std::runtime_error{path};
    Command command = remote_command(root, ask);
    command.input_from = file.get();
    return run(std::move(command));
}

} // namespace qmgmt::test

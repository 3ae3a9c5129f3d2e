// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/piped_program.hpp"

#include "base/child.hpp"
#include "base/error.hpp"
#include "base/spawner.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace qmgmt {
namespace {

struct Pipe {
    Fd reader;
    Fd writer;
};

enum class Ours { reader, writer };

// The program's end waits, as programs expect; ours never does.
Pipe make_pipe(Ours ours, const std::string& program)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw_errno(failure::failed, "cannot start a program", program);
    Pipe pipe{Fd{ends[0]}, Fd{ends[1]}};
    ::fcntl((ours == Ours::reader ? pipe.reader : pipe.writer).get(), F_SETFL, O_NONBLOCK);
    return pipe;
}

} // namespace

PipedProgram::PipedProgram(const std::vector<std::string>& words, bool as_user_of_qubes)
{
    Pipe input = make_pipe(Ours::writer, words.front());
    Pipe output = make_pipe(Ours::reader, words.front());
    Pipe errors = make_pipe(Ours::reader, words.front());
    const StandardEnds ends{input.reader.get(), output.writer.get(), errors.writer.get()};
    if (spawner::is_there()) {
        auto started = spawner::start_piped(words, ends, as_user_of_qubes);
        number_ = started.number;
        ending_ = std::move(started.ending);
    } else {
        pid_ = start_program(words, {}, ends, as_user_of_qubes);
        ending_ = Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
        if (!ending_) {
            reap(true);
            throw Error{failure::no_memory, "cannot start a program", words.front()};
        }
    }
    input_ = std::move(input.writer);
    output_ = std::move(output.reader);
    errors_ = std::move(errors.reader);
}

PipedProgram::~PipedProgram()
{
    if (!ending_)
        return;
    try {
        reap(true);
    } catch (const Error&) {
        return; // the helper has gone, and has killed it before
    }
}

int PipedProgram::status()
{
    ending_.reset();
    return reap(false);
}

int PipedProgram::reap(bool kill)
{
    if (pid_ < 0)
        return spawner::end_piped(number_, kill);
    if (kill)
        ::kill(-pid_, SIGKILL);
    return await_program(pid_);
}

} // namespace qmgmt

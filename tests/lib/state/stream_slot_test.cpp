// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/error.hpp"
#include "state/caller_slot.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

#include <array>
#include <csignal>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace qmgmt;
using qmgmt::test::Root;

namespace {

bool has_room(const std::string& caller)
{
    try {
        take_stream_slot(caller);
        return true;
    } catch (const Error& error) {
        return error.kind() != Failure::busy;
    }
}

// Processes that hold a slot each until this goes.
class Holders {
public:
    // False when one has found no room.
    bool add(const std::string& caller)
    {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0)
            return false;
        const pid_t child = ::fork();
        if (child == 0) {
            const char answer = has_room(caller) ? 'y' : 'n';
            if (::write(ends[1], &answer, 1) != 1)
                ::_exit(1);
            ::close(ends[1]);
            for (;;)
                ::pause();
        }
        children_.push_back(child);
        char answer = 'n';
        const bool told = ::read(ends[0], &answer, 1) == 1;
        ::close(ends[0]);
        ::close(ends[1]);
        return told && answer == 'y';
    }

    void end_one()
    {
        ::kill(children_.back(), SIGKILL);
        ::waitpid(children_.back(), nullptr, 0);
        children_.pop_back();
    }

    ~Holders()
    {
        while (!children_.empty())
            end_one();
    }

private:
    std::vector<pid_t> children_;
};

} // namespace

TEST_CASE("stream slots: eight of one qube, sixty-four of all, and dom0 has its own", "[state]")
{
    const Root root;
    CHECK(root.run([] {
        Holders holders;
        for (int qube = 0; qube < streams_at_once / streams_of_a_qube; ++qube) {
            const std::string name = "q" + std::to_string(qube);
            for (int i = 0; i < streams_of_a_qube; ++i) {
                if (!holders.add(name))
                    return false;
            }
            if (has_room(name))
                return false;
        }
        if (has_room("another") || !has_room("dom0"))
            return false;
        holders.end_one();
        return has_room("another");
    }));
}

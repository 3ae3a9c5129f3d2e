// SPDX-License-Identifier: GPL-2.0-or-later
//
// A stand-in for the memory balancer of Qubes OS:   balancer SOCKET ANSWER
// Prints what it is asked, a line each, until it is killed.

#include "support/fake_balancer.hpp"

#include <cstdio>
#include <unistd.h>

int main(int argc, char** argv)
{
    if (argc != 3)
        return 2;
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const qmgmt::test::FakeBalancer balancer{argv[1], std::string{argv[2]} + "\n"};
    for (std::size_t printed = 0;; ::usleep(10'000)) {
        const auto questions = balancer.questions();
        for (; printed < questions.size(); ++printed)
            std::fputs(questions[printed].c_str(), stdout);
    }
}

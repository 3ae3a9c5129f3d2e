// SPDX-License-Identifier: GPL-2.0-or-later
//
// Several processes change the same policy file at once. Each adds a line to what it has read, and
// does so again when its token tells that it came too late: no line is lost, and whoever reads
// meanwhile sees a whole file.

#include "calls/policy_world.hpp"

#include <atomic>
#include <iostream>
#include <set>
#include <sstream>
#include <thread>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr unsigned writers = 4;
constexpr unsigned lines_each = 8;
constexpr unsigned most_tries = 1000;

struct Shown {
    std::string token;
    std::string content;
};

Shown show(const PolicyHost& host)
{
    const Outcome outcome = run_call(host.root, {"dom0", "policy.Get", "30-user"});
    const auto end = outcome.out.find('\n');
    if (outcome.status != 0 || end == std::string::npos)
        return {};
    return {outcome.out.substr(0, end), outcome.out.substr(end + 1)};
}

std::string line_of(unsigned writer, unsigned line)
{
    return "mgmt.vm.Start +w" + std::to_string(writer) + "-" + std::to_string(line) +
           " mgr work deny\n";
}

struct Diary {
    unsigned added = 0;
    unsigned late = 0;
    unsigned odd = 0; // neither success nor too late
};

Diary add_lines(const PolicyHost& host, unsigned writer)
{
    Diary diary;
    for (unsigned tries = 0; diary.added < lines_each && tries < most_tries; ++tries) {
        const Shown shown = show(host);
        const Outcome outcome = run_call(
            host.root, {"dom0", "policy.Replace", "30-user",
                        shown.token + "\n" + shown.content + line_of(writer, diary.added)});
        if (outcome.status == 0)
            ++diary.added;
        else if (outcome.status == static_cast<int>(Failure::wrong_state))
            ++diary.late;
        else
            ++diary.odd;
    }
    return diary;
}

bool is_whole(const std::string& content)
{
    return content.starts_with(PolicyHost::user_policy) && content.ends_with(" mgr work deny\n");
}

} // namespace

TEST_CASE("policy: of several who add a line at once, none loses another's")
{
    const PolicyHost host;
    std::atomic<bool> finished{false};
    unsigned broken = 0;
    unsigned read = 0;
    std::thread reader{[&] {
        while (!finished) {
            const std::string content = host.policy("30-user.policy");
            ++read;
            if (content != PolicyHost::user_policy && !is_whole(content))
                ++broken;
        }
    }};
    std::vector<Diary> diaries(writers);
    std::vector<std::thread> threads;
    for (unsigned writer = 0; writer < writers; ++writer)
        threads.emplace_back([&, writer] { diaries.at(writer) = add_lines(host, writer); });
    for (std::thread& thread : threads)
        thread.join();
    finished = true;
    reader.join();

    std::set<std::string> lines;
    std::istringstream text{host.policy("30-user.policy")};
    unsigned count = 0;
    for (std::string line; std::getline(text, line); ++count)
        lines.insert(line + "\n");
    CHECK(count == 1 + writers * lines_each);
    unsigned late = 0;
    for (unsigned writer = 0; writer < writers; ++writer) {
        CHECK(diaries.at(writer).added == lines_each);
        CHECK(diaries.at(writer).odd == 0);
        late += diaries.at(writer).late;
        for (unsigned line = 0; line < lines_each; ++line)
            CHECK(lines.contains(line_of(writer, line)));
    }
    CHECK(broken == 0);
    CHECK(read > 0);
    CHECK(host.files().size() == 4); // and nothing beside them
    std::cout << late << " came too late, " << read << " reads\n";
}

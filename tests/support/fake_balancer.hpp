// SPDX-License-Identifier: GPL-2.0-or-later
//
// A memory balancer at a socket: it notes what it is asked, gives one answer, and sees when the
// asker lets go.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace qmgmt::test {

class FakeBalancer {
public:
    // `answer` goes out byte for byte, nothing when it is empty; `let_go` is called, by a thread of
    // this object, when a connection that was answered is closed at the other end.
    FakeBalancer(const std::string& path, std::string answer, std::function<void()> let_go = {});
    FakeBalancer(const FakeBalancer&) = delete;
    FakeBalancer& operator=(const FakeBalancer&) = delete;
    ~FakeBalancer();

    [[nodiscard]] std::vector<std::string> questions() const; // with their newlines
    [[nodiscard]] int held() const { return held_; }          // connections that are open

private:
    void serve();
    void converse(int connection);
    [[nodiscard]] bool wait_for(int fd) const; // false when it is all over

    std::string answer_;
    std::function<void()> let_go_;
    int listener_ = -1;
    int stop_[2] = {-1, -1};
    mutable std::mutex mutex_;
    std::vector<std::string> questions_;
    std::atomic<int> held_ = 0;
    std::thread thread_;
};

} // namespace qmgmt::test

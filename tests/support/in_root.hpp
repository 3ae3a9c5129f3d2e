// SPDX-License-Identifier: GPL-2.0-or-later
//
// A scratch root, and code that runs below it. The root in force is read once a process, so the
// code runs in a child.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt::test {

class Root {
public:
    Root();
    Root(const Root&) = delete;
    Root& operator=(const Root&) = delete;
    ~Root(); // removes everything below

    // Where `absolute` is below this root; the directories above it exist.
    [[nodiscard]] std::string make_way(std::string_view absolute) const;
    void write(std::string_view absolute, std::string_view bytes) const;

    // Runs `body` in a child with this root in force. True when it returned true. False, too, when
    // the test itself has asked for a root before, so that no test reaches the machine's own log;
    // and for a child that has not ended after ten seconds, which is killed.
    [[nodiscard]] bool run(const std::function<bool()>& body) const;

private:
    std::string path_;
};

// A datagram socket that listens at a path.
class Listener {
public:
    explicit Listener(const std::string& path);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    // The next datagram that has arrived; nothing when there is none.
    [[nodiscard]] std::optional<std::string> next() const;

private:
    int fd_;
};

} // namespace qmgmt::test

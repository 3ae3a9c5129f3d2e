// SPDX-License-Identifier: GPL-2.0-or-later
//
// A libvirt session daemon of its own below a scratch root, and calls that use it. Root cannot use
// a session daemon: then root and calls are given to an unprivileged user. Everything that was
// started is stopped at the end.
#pragma once

#include "support/scratch.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

class Session {
public:
    // The root's store and files are as they shall be; its configuration is written.
    explicit Session(ScratchRoot& root);
    Session(const Session&) = delete;
    ~Session();

    // The call as qrexec would start it, as the user of the session.
    [[nodiscard]] Outcome run_call(const Ask& ask) const;
    // The same, not yet started.
    [[nodiscard]] Command command(const Ask& ask) const;

    // A program of dom0 with these words, as the user of the session.
    [[nodiscard]] Command tool(std::string_view program, std::vector<std::string> words) const;

    // A domain of libvirt that no call knows of, running the boot-sector guest, and what is done to
    // it.
    void start_paused(std::string_view name, std::string_view uuid) const;
    void resume(std::string_view uuid) const;
    void suspend(std::string_view uuid) const;
    void destroy(std::string_view uuid) const;
    // What libvirt says of a domain as it is now.
    [[nodiscard]] std::string live_xml(std::string_view uuid) const;
    // Its definition with a text in it replaced: what an administrator does with virsh edit.
    void edit(std::string_view uuid, std::string_view text, std::string_view instead) const;
    // test-domain with these words: what it prints. Throws when it fails.
    std::string domain(std::vector<std::string> words) const;

private:
    [[nodiscard]] Command as_user(Command command) const;

    ScratchRoot& root_;
    bool drops_ = false;
};

// The process of the root's session daemon. Throws when none has been started.
[[nodiscard]] pid_t daemon_pid(const ScratchRoot& root);

} // namespace qmgmt::test

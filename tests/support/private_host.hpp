// SPDX-License-Identifier: GPL-2.0-or-later
//
// A host with a libvirt of the system, which is the only one that runs hooks for sure: /etc, /run
// and /var are those of a scratch root, for this process and its children. Only below
// tests/support/private-host; elsewhere the constructor throws. Users, loader and time zone are
// the real host's.
#pragma once

#include "support/scratch.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

class PrivateHost {
public:
    // The root's store and files are as they shall be. From now on a call needs no QUBES_MGMT_ROOT;
    // paths below the root stay valid.
    explicit PrivateHost(ScratchRoot& root);
    PrivateHost(const PrivateHost&) = delete;
    // Ends all domains and the daemon.
    ~PrivateHost();

    // The hook as a package installs it, linked for libvirt. Before the daemon starts: one that
    // found no hook looks for none later.
    void install_hook() const;
    // Where the hook and the worker beside it stand.
    [[nodiscard]] std::string hook() const;
    [[nodiscard]] std::string worker() const;

    void start_daemon();
    void stop_daemon();
    [[nodiscard]] pid_t daemon() const { return daemon_->pid(); }

    // test-domain with these words; throws when it fails.
    void domain(std::vector<std::string> words) const;
    // The process of a domain that runs.
    [[nodiscard]] pid_t qemu(std::string_view name) const;

private:
    ScratchRoot& root_;
    std::unique_ptr<Process> daemon_;
};

} // namespace qmgmt::test

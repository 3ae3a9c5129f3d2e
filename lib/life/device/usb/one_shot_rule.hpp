// SPDX-License-Identifier: GPL-2.0-or-later
//
// A rule of qrexec's policy for one USB device on its way to one qube: the service of the qube that
// has it, which exports it, may be called by the other for that long (firewall-devices.md 2.10).
#pragma once

#include <functional>
#include <string>

namespace qmgmt {

struct UsbRule {
    std::string source;  // who calls: the frontend, or its stub domain
    std::string backend; // who answers
    std::string port;
};

// In force while it lives. What a process that dies leaves behind names the backend, of which it
// held the lock: whoever gets that lock knows that it is dead.
class OneShotRule {
public:
    // In the directories of this host: /etc/qubes/policy.d is the mark of those of today, which
    // look into /run/qubes/policy.d, too; /etc/qubes-rpc/policy alone that of older ones. Throws
    // Error{unsupported} where there is neither, Error{failed}, Error{busy}.
    explicit OneShotRule(UsbRule rule);
    OneShotRule(const OneShotRule&) = delete;
    OneShotRule& operator=(const OneShotRule&) = delete;
    ~OneShotRule(); // failure is logged

private:
    UsbRule rule_;
    std::string file_; // of a host of today: all of it is ours
};

// Removes the rules that dead processes have left for backends of which `is_dead` says so. Failure
// is logged.
void remove_left_rules(const std::function<bool(const std::string& backend)>& is_dead);

} // namespace qmgmt

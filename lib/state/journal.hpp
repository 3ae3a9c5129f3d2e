// SPDX-License-Identifier: GPL-2.0-or-later
//
// The event journal's writing side (protocol.md 3.4; a record's bytes: state/journal_record).
// Records stand in segments below /run/qubes-mgmt/events; the order of their numbers is the order
// of the commits, because a record is appended while the store's lock is held.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace qmgmt {

struct Event {
    std::string subject; // a qube, or empty for the system
    std::string name;    // "property-set:netvm"
    std::vector<std::pair<std::string, std::string>> keys;
    // Of the subject as of the event: a removed qube is judged by these.
    std::string klass;
    std::vector<std::string> tags;
};

// Appends them in order, each with the next number. Never throws: an event that cannot be written
// is lost, the log says so, and readers are told by a record named `gap`.
void journal(const std::vector<Event>& events) noexcept;

} // namespace qmgmt

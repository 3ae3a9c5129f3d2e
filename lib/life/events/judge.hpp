// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who hears of what (protocol.md 3.3): an event is told to a qube if policy allows it to call
// mgmt.Events (admin.Events, where it is called so) with the event's name as argument on the qube
// that the event is about. A question to the user counts as a refusal. dom0 hears everything.
#pragma once

#include "life/events/policy_versions.hpp"
#include "policy/policy.hpp"
#include "state/journal.hpp"
#include "store/store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

struct Request;
class Uuid;

class EventJudge {
public:
    // Reads store and policy. Throws Error{store}.
    EventJudge(const Request& request, std::optional<Dialect> dialect);
    EventJudge(const EventJudge&) = delete;
    EventJudge& operator=(const EventJudge&) = delete;

    // Reads anew what has changed: to be said before a few events are judged. Throws Error{store}.
    void refresh();

    // A policy that cannot be understood shows nothing.
    [[nodiscard]] bool shows(const Event& event) const;

    // Something that happened to the domain of a qube, as an event of that qube as the store has
    // it, or had it before it last changed; nothing when it is no qube's.
    [[nodiscard]] std::optional<Event> event_of(const Uuid& uuid, std::string name) const;

private:
    void read_policy();
    [[nodiscard]] bool store_changed() const;

    bool sees_everything_;
    std::string source_;
    std::string_view service_;
    std::optional<Dialect> dialect_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Store> before_; // as it was before its last change: of qubes just removed
    std::unique_ptr<RememberedPolicyFiles> files_;
    std::unique_ptr<Policy> policy_;
    PolicyView view_;
};

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// A call at work: its request, the store, the hypervisor, and the one door for changes. Listings
// pass each row through `may_see`, changes go through `edit` and its `commit`, never past them.
#pragma once

#include "hypervisor/hypervisor.hpp"
#include "rpc/reply.hpp"
#include "rpc/request.hpp"
#include "rpc/spec.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

class CallConstraints;
class ConstrainedChange;
class Edit;
class Visibility;

class Call {
public:
    Call(const CallSpec& spec, Request& request);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call();

    [[nodiscard]] const CallSpec& spec() const { return spec_; }
    [[nodiscard]] const Request& request() const { return request_; }
    // Untrusted, until a parse has made a type of them.
    [[nodiscard]] const std::string& argument() const { return request_.argument; }
    [[nodiscard]] const std::string& payload() const { return request_.payload; }
    [[nodiscard]] std::string_view variant() const { return request_.variant; }
    [[nodiscard]] const std::string& source() const { return request_.source; }
    [[nodiscard]] bool from_dom0() const { return request_.from_dom0(); }

    // The store as it was when first asked for, or when last refreshed; read without a lock.
    [[nodiscard]] const Store& store();
    // The next question reads the store anew: after a wait for a lock. What was read before stays
    // valid, as it was then.
    void refresh() { fresh_ = false; }
    // The qube the call is about, the same by its uuid in every version of the store. Throws
    // Error{not_found} for one the store does not have (any more).
    [[nodiscard]] const Qube& destination();
    // Its name, also when qrexec gave a uuid.
    [[nodiscard]] const std::string& destination_name();

    // Connected when first asked for.
    [[nodiscard]] Hypervisor& hypervisor();
    [[nodiscard]] bool has_hypervisor() const; // false with `hypervisor = offline`

    // What the call answers, as success, should the hypervisor hang. To be said before it is asked.
    void answer_when_hung(Reply reply) const;

    // Should the call succeed, this is said beside its reply. One line, like the text of an error.
    void warn(std::string text) { warnings_.push_back(std::move(text)); }
    [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

    // Whether a listing may show the qube to the caller: what the call is about may always be seen.
    [[nodiscard]] bool may_see(std::string_view qube);
    // The same of an entry of the store's index: quicker, where there are many.
    [[nodiscard]] bool may_see(const IndexEntry& qube);

    // What constraints may ask about the change, where the request does not say it. To be said
    // before the permission step.
    void constrain(std::unique_ptr<ConstrainedChange> change);
    // The constraints once more, with the store in which the change is made: for what went through
    // the permission step before the lock was its own. Throws Error{denied}.
    void confirm_permission(const Store& locked);

    // Opens the store for a change: no foreign daemon, unfinished work of others cleared, the lock
    // ours, the destination still there, the permission step done. Throws what stands in the way.
    [[nodiscard]] Edit edit();
    // The same without destination and permission step: for the further edits of a call that
    // already passed them.
    [[nodiscard]] Edit edit_again();

    // Opens what changes a qube's state, not the store: no foreign daemon, unfinished work of
    // others cleared, the permission step done, the destination there. Throws what stands in the
    // way.
    void act();

    // When a wait for a lock gives up: 30 s from now, or what --timeout leaves.
    [[nodiscard]] Deadline lock_deadline() const;
    [[nodiscard]] Deadline deadline(std::chrono::milliseconds usual) const;

private:
    [[nodiscard]] bool about_a_qube() const;
    void resolve_destination();
    friend void check_permission(Call& call);
    friend void deny_if_constrained(Call& call);
    [[nodiscard]] const Visibility* visibility();

    const CallSpec& spec_;
    Request& request_;
    std::optional<Deadline> overall_;
    std::vector<std::unique_ptr<Store>> versions_; // of the store; the last is the present one
    bool fresh_ = false;
    std::optional<std::string> destination_name_;
    std::optional<std::string> destination_uuid_;
    std::unique_ptr<Hypervisor> hypervisor_;
    std::unique_ptr<Visibility> visibility_; // read when first asked for
    std::unique_ptr<CallConstraints> constraints_;
    bool permitted_ = false; // the permission step was asked, whatever it said
    std::vector<std::string> warnings_;
};

using CallBody = Reply (*)(Call&);

// The main of every call.
int run(const CallSpec& spec, CallBody body, int argc, char** argv);

// What mgmt.conf says of the hypervisor.
[[nodiscard]] HypervisorConfig hypervisor_config();

// What mgmt.conf says of the dialect; nothing for `auto`.
[[nodiscard]] std::optional<Dialect> configured_dialect();

} // namespace qmgmt

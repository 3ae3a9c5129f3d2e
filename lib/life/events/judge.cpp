// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/events/judge.hpp"

#include "base/log.hpp"
#include "base/paths.hpp"
#include "life/events/wire.hpp"
#include "policy/stored_party.hpp"
#include "rpc/request.hpp"

#include <sys/stat.h>
#include <utility>

namespace qmgmt {
namespace {

// As the index has them: each between two blanks.
std::string tag_text(const std::vector<std::string>& tags)
{
    std::string text = " ";
    for (const std::string& tag : tags)
        text += tag + ' ';
    return text;
}

std::vector<std::string> tags_of(std::string_view text)
{
    std::vector<std::string> tags;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        if (end > at)
            tags.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return tags;
}

// The qube that the event is about; empty: the host.
std::string_view judged(const Event& event)
{
    if (!event.subject.empty())
        return event.subject;
    for (const auto& [key, value] : event.keys) {
        if (key == "vm")
            return value;
    }
    return {};
}

} // namespace

EventJudge::EventJudge(const Request& request, std::optional<Dialect> dialect)
    : sees_everything_{request.from_dom0()}, source_{request.source}, service_{request.admin
                                                                                   ? "admin.Events"
                                                                                   : "mgmt.Events"},
      dialect_{dialect}, store_{std::make_unique<Store>(Store::open(dialect))}
{
    if (!sees_everything_)
        read_policy();
}

bool EventJudge::store_changed() const
{
    struct stat facts {};
    return ::stat(paths::below_root(paths::store).c_str(), &facts) == 0 &&
           FileVersion::of(facts) != store_->version();
}

void EventJudge::refresh()
{
    const bool new_store = store_changed();
    if (new_store)
        before_ = std::exchange(store_, std::make_unique<Store>(Store::open(dialect_)));
    // The tags of the caller may be what a line asks for.
    if (!sees_everything_ && (new_store || files_->changed()))
        read_policy();
}

void EventJudge::read_policy()
{
    if (!files_ || files_->changed()) {
        files_ = std::make_unique<RememberedPolicyFiles>();
        policy_ = std::make_unique<Policy>(Policy::load(*files_, service_));
        if (policy_->fault())
            log_warning("no event is told, the policy is wrong: " + policy_->fault()->where());
    }
    view_ = policy_->narrow(service_, party_of(store_->index(), source_));
}

bool EventJudge::shows(const Event& event) const
{
    if (sees_everything_)
        return true;
    const std::string_view name = judged(event);
    PolicyParty about{.kind = PartyKind::admin};
    const std::string tags = tag_text(event.tags);
    if (!name.empty() && name != "dom0" && event.klass != "AdminVM") {
        // What the record does not say is of the qube as it is now, if it still is.
        about = party_of(store_->index(), name);
        about.kind = PartyKind::qube;
        about.qube.name = name;
        if (!event.klass.empty()) {
            about.qube.klass = event.klass;
            about.qube.tags = tags;
        }
    }
    return view_.decide(event_argument(event.name), about).action == PolicyAction::allow;
}

std::optional<Event> EventJudge::event_of(const Uuid& uuid, std::string name) const
{
    const std::string text = uuid.text();
    for (const Store* store : {store_.get(), before_.get()}) {
        const auto qube = store == nullptr ? std::nullopt : store->index().find_uuid(text);
        if (!qube)
            continue;
        if (qube->klass == "AdminVM")
            return std::nullopt;
        return Event{std::string{qube->name},
                     std::move(name),
                     {},
                     std::string{qube->klass},
                     tags_of(qube->tags)};
    }
    return std::nullopt;
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/events/stream.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/stop_signals.hpp"
#include "hypervisor/domain_news.hpp"
#include "life/events/judge.hpp"
#include "life/events/merge.hpp"
#include "life/events/outlet.hpp"
#include "life/events/wire.hpp"
#include "state/caller_slot.hpp"
#include "state/journal_reader.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <poll.h>
#include <unistd.h>

namespace qmgmt {
namespace {

// What a qube does to its hypervisor in a while is less; a flood is read on in the next round.
constexpr int most_reads = 8;

HypervisorConfig config_of(Call& call)
{
    HypervisorConfig config = hypervisor_config();
    config.reads_only = true;
    if (call.request().timeout)
        config.open = std::min(config.open, *call.request().timeout);
    return config;
}

std::optional<Deadline> end_of(const Request& request)
{
    return request.timeout ? std::optional{Deadline::in(*request.timeout)} : std::nullopt;
}

class Stream {
public:
    explicit Stream(Call& call)
        : framed_{call.request().form == Form::framed}, program_{call.request().program},
          subject_{call.destination_name()}, everything_{subject_ == "dom0"}, end_{end_of(
                                                                                  call.request())},
          judge_{call.request(), configured_dialect()}, news_{config_of(call)}
    {
    }

    Reply run()
    {
        if (!news_.is_offline() && !news_.listens())
            warn("the hypervisor does not tell what happens: its events are missing");
        tell({"", "connection-established", {}, "", {}});
        try {
            for (;;) {
                if (!outlet_.flush() || !wait())
                    return Reply::streamed();
                pass_on(gather());
            }
        } catch (const Error& error) {
            // The last of them may still tell the reader what came before.
            static_cast<void>(outlet_.flush());
            return Reply::streamed(error.kind(), error.text());
        }
    }

private:
    void warn(std::string_view text) const
    {
        static_cast<void>(
            write_all(STDERR_FILENO,
                      std::string{program_}.append(": warning: ").append(text).append(1, '\n')));
    }

    // False when it is over: the reader has gone, or the stream is to end.
    [[nodiscard]] bool wait() const
    {
        std::array<pollfd, 3> waits{pollfd{outlet_.fd(), outlet_.wanted(), 0},
                                    pollfd{journal_.fd(), POLLIN, 0},
                                    pollfd{news_.fd(), POLLIN, 0}}; // -1: none
        if (!journal_.more()) {
            std::optional<Deadline> until = end_;
            if (const auto look = news_.next_look())
                until = until ? until->sooner(*look) : *look;
            static_cast<void>(signals_.wait_any(waits, until));
        } else {
            ::poll(waits.data(), waits.size(), 0);
        }
        return (waits[0].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0 && !signals_.arrived() &&
               (!end_ || !end_->passed());
    }

    // What has happened since. Of the hypervisor nothing is left untold that was there before the
    // journal was last read, and of the journal nothing that was there before the hypervisor last
    // told something: so what belongs together is here together.
    std::vector<Event> gather()
    {
        std::vector<Event> written;
        std::vector<lvrpc::LifecycleNews> told;
        try {
            for (int reads = 0; reads < most_reads; ++reads) {
                const auto more = news_.read();
                if (more.empty() && reads > 0 && !journal_.more())
                    break;
                told.insert(told.end(), more.begin(), more.end());
                std::ranges::move(journal_.read(), std::back_inserter(written));
            }
        } catch (const Error& error) {
            lost_ = error; // after what came before
        }
        if (!written.empty() || !told.empty())
            judge_.refresh();
        return merge_events(std::move(written), events_of(told));
    }

    std::vector<Event> events_of(const std::vector<lvrpc::LifecycleNews>& told) const
    {
        std::vector<Event> events;
        const auto add = [&](const Uuid& uuid, const char* name) {
            if (auto event = judge_.event_of(uuid, name))
                events.push_back(std::move(*event));
        };
        for (const lvrpc::LifecycleNews& news : told) {
            switch (news.event) {
            case lvrpc::lifecycle_started: add(news.uuid, "domain-spawn"); break;
            case lvrpc::lifecycle_suspended: add(news.uuid, "domain-paused"); break;
            case lvrpc::lifecycle_resumed: add(news.uuid, "domain-unpaused"); break;
            case lvrpc::lifecycle_stopped: add(news.uuid, "domain-stopped"); break;
            default: break;
            }
        }
        return events;
    }

    void pass_on(std::vector<Event> events)
    {
        for (Event& event : events) {
            name_start(event);
            if ((everything_ || event.subject == subject_) && judge_.shows(event))
                tell(event);
        }
        if (lost_)
            throw Error{*lost_};
    }

    // The hypervisor does not know to which start a domain belongs; the journal has said so.
    void name_start(Event& event)
    {
        if (event.name == "domain-pre-start") {
            for (const auto& [key, value] : event.keys) {
                if (key == "start_guid")
                    starts_[event.subject] = value;
            }
        } else if (event.name == "domain-spawn") {
            if (auto start = starts_.extract(event.subject))
                event.keys.emplace_back("start_guid", std::move(start.mapped()));
        }
    }

    void tell(const Event& event)
    {
        std::string bytes = framed_ ? event_frame(event) : event_line(event);
        if (outlet_.put(bytes))
            return;
        // Nobody who reads was asked since the first of them.
        if (!outlet_.flush() || !outlet_.put(std::move(bytes)))
            throw Error{failure::busy, "the reader is too slow: events are lost"};
    }

    bool framed_;
    std::string program_;
    std::string subject_;
    bool everything_;
    std::optional<Deadline> end_;
    StopSignals signals_;
    JournalReader journal_; // from here on nothing is missed
    EventJudge judge_;
    DomainNews news_;
    Outlet outlet_{STDOUT_FILENO};
    std::map<std::string, std::string> starts_; // by qube, the latest that is about to begin
    std::optional<Error> lost_;
};

} // namespace

Reply stream_events(Call& call)
{
    if (call.request().form == Form::json)
        throw Error{failure::protocol, "events are not told as JSON"};
    take_stream_slot(call.source());
    call.answer_when_hung(
        Reply::streamed(Failure::timeout, "the hypervisor did not answer in time"));
    Stream stream{call};
    return stream.run();
}

} // namespace qmgmt

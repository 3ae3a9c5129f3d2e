// SPDX-License-Identifier: GPL-2.0-or-later

#include "state/journal.hpp"

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/file_lock.hpp"
#include "base/log.hpp"
#include "state/journal_record.hpp"
#include "state/runtime.hpp"

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::uint64_t largest_segment = 4 << 20;
constexpr std::size_t segments_kept = 3;

// How far a segment is whole, and the number of its last record.
struct Tail {
    std::uint64_t end = 0;
    std::uint64_t last = 0;
};

Tail scan_segment(int fd, std::uint64_t before_first)
{
    Tail tail{0, before_first};
    for (;;) {
        const std::string start = read_at(fd, tail.end, journal_record::header_length);
        const auto header = journal_record::read_header(start);
        if (!header || !journal_record::body_of(*header, read_at(fd, tail.end, header->size())))
            return tail;
        tail = {tail.end + header->size(), header->number};
    }
}

class Writer {
public:
    Writer()
    {
        lock_ = open_shared_file(runtime_file("events/lock"), O_RDWR | O_CREAT);
        using namespace std::chrono_literals;
        if (!lock_file(lock_.get(), LockMode::exclusive, Deadline::in(5s)))
            throw Error{failure::busy, "the event journal is busy"};
        find_end();
    }

    void append(const Event& event)
    {
        std::string record = journal_record::bytes_of(sequence_.last + 1, event);
        if (record.size() > journal_record::largest)
            record = journal_record::bytes_of(sequence_.last + 1,
                                              {event.subject, "gap", {}, event.klass, {}});
        if (sequence_.end > largest_segment)
            open_segment(sequence_.last + 1);
        if (::write(segment_.get(), record.data(), record.size()) !=
            static_cast<ssize_t>(record.size())) {
            const int why = errno;
            [[maybe_unused]] const int cut =
                ::ftruncate(segment_.get(), static_cast<off_t>(sequence_.end));
            errno = why;
            throw_errno(failure::failed, "cannot write the event journal", sequence_.segment);
        }
        ++sequence_.last;
        sequence_.end += record.size();
    }

    // Events are missing here. Where not even that can be written, a number is.
    void tell_of_gap()
    {
        try {
            append({"", "gap", {}, "", {}});
        } catch (const Error&) {
            ++sequence_.last;
        }
    }

    void finish() const { journal_record::write_sequence(sequence_); }

private:
    void open_segment(std::uint64_t first)
    {
        sequence_.segment = journal_record::segment_from(first);
        sequence_.end = 0;
        open_existing(O_CREAT);
        auto names = journal_record::segments();
        while (names.size() > segments_kept) {
            ::unlink((journal_record::directory() + "/" + names.front()).c_str());
            names.erase(names.begin());
        }
    }

    void open_existing(int flags)
    {
        segment_ = open_shared_file(journal_record::directory() + "/" + sequence_.segment,
                                    O_RDWR | O_APPEND | flags);
    }

    void find_end()
    {
        sequence_ = journal_record::read_sequence();
        const auto names = journal_record::segments();
        if (names.empty())
            return open_segment(sequence_.last + 1);
        const bool known = sequence_.segment == names.back();
        sequence_.segment = names.back();
        open_existing(0);
        struct stat status {};
        if (::fstat(segment_.get(), &status) != 0)
            throw_errno(failure::failed, "cannot read the event journal", sequence_.segment);
        const auto size = static_cast<std::uint64_t>(status.st_size);
        if (known && size == sequence_.end)
            return;
        const std::uint64_t first = journal_record::first_of(sequence_.segment).value_or(1);
        const Tail tail = scan_segment(segment_.get(), first - 1);
        if (tail.end != size && ::ftruncate(segment_.get(), static_cast<off_t>(tail.end)) != 0)
            throw_errno(failure::failed, "cannot mend the event journal", sequence_.segment);
        sequence_.last = tail.last;
        sequence_.end = tail.end;
    }

    Fd lock_;
    Fd segment_;
    journal_record::Sequence sequence_;
};

} // namespace

void journal(const std::vector<Event>& events) noexcept
{
    if (events.empty())
        return;
    try {
        Writer writer;
        try {
            for (const Event& event : events)
                writer.append(event);
        } catch (const Error&) {
            writer.tell_of_gap();
            writer.finish();
            throw;
        }
        writer.finish();
    } catch (const Error& error) {
        log_warning("cannot write the event journal: " + error.text() + " " + error.detail() +
                    ", ignoring");
    } catch (const std::exception&) {
        log_warning("cannot write the event journal, ignoring");
    }
}

} // namespace qmgmt

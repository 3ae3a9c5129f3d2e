// SPDX-License-Identifier: GPL-2.0-or-later

#include "state/journal_reader.hpp"

#include "base/error.hpp"
#include "state/journal_record.hpp"
#include "state/runtime.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>

namespace qmgmt {
namespace {

constexpr std::size_t read_at_once = 128 << 10;
static_assert(read_at_once > journal_record::largest + journal_record::header_length + 1);

Fd watch_directory(const std::string& directory)
{
    Fd watch{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    // A change of a file is told to those who watch its directory, too.
    if (!watch || ::inotify_add_watch(watch.get(), directory.c_str(),
                                      IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE |
                                          IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) < 0)
        throw_errno(failure::failed, "cannot watch the event journal", directory);
    return watch;
}

} // namespace

JournalReader::JournalReader()
{
    static_cast<void>(runtime_file("events/lock")); // makes the directory
    watch_ = watch_directory(journal_record::directory());
    // The number before the list: a segment that is made in between is seen either way.
    last_ = journal_record::read_sequence().last;
    // The newest may be the oldest and gone by the time that it is opened.
    for (int attempt = 0; attempt < 8 && !segment_; ++attempt) {
        const auto names = journal_record::segments();
        if (names.empty())
            return;
        open_segment(journal_record::first_of(names.back()).value_or(1));
    }
    if (!segment_)
        throw Error{failure::failed, "cannot read the event journal"};
    // A writer may be at work: what is not whole yet comes after this moment. What it has to say of
    // lost events is nothing to who begins here.
    Look look = Look::found;
    while (look == Look::found)
        look = next(nullptr);
    lost_ = look == Look::lost;
}

bool JournalReader::open_segment(std::uint64_t first)
{
    const std::string path =
        journal_record::directory() + "/" + journal_record::segment_from(first);
    Fd segment{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK)};
    if (!segment && errno == ENOENT)
        return false;
    if (!segment)
        throw_errno(failure::failed, "cannot read the event journal", path);
    segment_ = std::move(segment);
    offset_ = 0;
    last_ = first - 1;
    buffer_.clear();
    used_ = 0;
    return true;
}

void JournalReader::forget_notices()
{
    std::array<char, 4096> notices{};
    while (::read(watch_.get(), notices.data(), notices.size()) > 0)
        continue;
}

// Whether that many bytes of the segment are there, from `offset_` on.
bool JournalReader::fill(std::size_t wanted)
{
    if (buffer_.size() - used_ >= wanted)
        return true;
    buffer_ = read_at(segment_.get(), offset_, read_at_once);
    used_ = 0;
    return buffer_.size() >= wanted;
}

JournalReader::Look JournalReader::next(Event* into)
{
    const auto not_whole = [this] {
        // The next writer may cut this off and write something else.
        const bool damaged =
            buffer_.size() - used_ > journal_record::header_length + journal_record::largest + 1;
        buffer_.clear();
        used_ = 0;
        return damaged ? Look::lost : Look::nothing;
    };
    if (!fill(journal_record::header_length))
        return not_whole();
    const auto header = journal_record::read_header(std::string_view{buffer_}.substr(used_));
    if (!header || !fill(header->size()))
        return not_whole();
    const auto body =
        journal_record::body_of(*header, std::string_view{buffer_}.substr(used_, header->size()));
    if (!body)
        return not_whole();
    if (into != nullptr) {
        auto event = journal_record::read_body(*body);
        if (header->number != last_ + 1 || !event || event->name == "gap")
            return Look::lost;
        *into = std::move(*event);
    }
    last_ = header->number;
    offset_ += header->size();
    used_ += header->size();
    return Look::found;
}

// Whether what should come next will never come: the segment is gone, and those after it.
bool JournalReader::is_behind() const
{
    struct stat facts {};
    if (segment_ && (::fstat(segment_.get(), &facts) != 0 || facts.st_nlink == 0 ||
                     static_cast<std::uint64_t>(facts.st_size) < offset_))
        return true;
    if (segment_)
        return false;
    const auto names = journal_record::segments();
    return !names.empty() && names.front() != journal_record::segment_from(last_ + 1);
}

std::vector<Event> JournalReader::read(std::size_t most)
{
    if (lost_)
        throw Error{failure::busy, "events are lost"};
    forget_notices(); // before the look: what comes after it is told again
    std::vector<Event> events;
    more_ = false;
    while (events.size() < most) {
        Event event;
        const Look look = segment_ ? next(&event) : Look::nothing;
        if (look == Look::found) {
            events.push_back(std::move(event));
            continue;
        }
        // A segment is followed by the one that begins with the next number. Made when this one is
        // whole: once it is there, nothing more will come here.
        lost_ = look == Look::lost;
        if (!lost_ && open_segment(last_ + 1))
            continue;
        lost_ = lost_ || is_behind();
        if (lost_ && events.empty())
            throw Error{failure::busy, "events are lost"};
        more_ = lost_;
        return events;
    }
    more_ = true;
    return events;
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "state/journal.hpp"

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/file_lock.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "state/runtime.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

namespace qmgmt {
namespace {

constexpr std::size_t header_length = 16 + 1 + 16 + 1 + 8 + 1 + 8 + 1;
constexpr off_t largest_segment = 4 << 20;
constexpr std::size_t largest_record = 64 << 10;
constexpr std::size_t segments_kept = 3;

std::string hex(std::uint64_t number, int width)
{
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%0*llx", width,
                  static_cast<unsigned long long>(number));
    return text.data();
}

bool parse_hex(std::string_view text, std::uint64_t& number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    return error == std::errc{} && end == text.data() + text.size();
}

std::uint32_t checksum(std::string_view bytes)
{
    return static_cast<std::uint32_t>(
        ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

std::string body_of(const Event& event)
{
    std::string body = event.subject + '\0' + event.name + '\0';
    for (const auto& [key, value] : event.keys)
        body.append(key).append(1, '\0').append(value).append(1, '\0');
    body += '\0';
    body += event.klass + '\0';
    for (std::size_t i = 0; i < event.tags.size(); ++i)
        body.append(i == 0 ? "" : ",").append(event.tags[i]);
    body += '\0';
    return body;
}

std::string record_of(std::uint64_t number, const Event& event)
{
    struct timespec now {};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const std::uint64_t microseconds = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
                                       static_cast<std::uint64_t>(now.tv_nsec) / 1000;
    const std::string body = body_of(event);
    return hex(number, 16) + ' ' + hex(microseconds, 16) + ' ' + hex(body.size(), 8) + ' ' +
           hex(checksum(body), 8) + '\n' + body + '\n';
}

// How far a segment is whole, and the number of its last record.
struct Tail {
    off_t end = 0;
    std::uint64_t last = 0;
};

bool read_record(int fd, off_t at, off_t size, off_t& next, std::uint64_t& number)
{
    if (size - at < static_cast<off_t>(header_length))
        return false;
    const std::string header = read_at(fd, static_cast<std::size_t>(at), header_length);
    std::uint64_t length = 0;
    std::uint64_t crc = 0;
    if (header.size() != header_length || header[16] != ' ' || header[33] != ' ' ||
        header[42] != ' ' || header[51] != '\n' ||
        !parse_hex(std::string_view{header}.substr(0, 16), number) ||
        !parse_hex(std::string_view{header}.substr(34, 8), length) ||
        !parse_hex(std::string_view{header}.substr(43, 8), crc) || length > largest_record)
        return false;
    next = at + static_cast<off_t>(header_length + length + 1);
    if (next > size)
        return false;
    const std::string body = read_at(fd, static_cast<std::size_t>(at) + header_length,
                                     static_cast<std::size_t>(length) + 1);
    return body.size() == length + 1 && body.back() == '\n' &&
           checksum(std::string_view{body}.substr(0, length)) == crc;
}

Tail scan_segment(int fd, off_t size, std::uint64_t before_first)
{
    Tail tail{0, before_first};
    off_t next = 0;
    std::uint64_t number = 0;
    while (read_record(fd, tail.end, size, next, number))
        tail = {next, number};
    return tail;
}

std::vector<std::string> segments(const std::string& directory)
{
    std::vector<std::string> names;
    DIR* listing = ::opendir(directory.c_str());
    if (listing == nullptr)
        return names;
    while (const dirent* entry = ::readdir(listing)) {
        const std::string_view name = entry->d_name;
        if (name.starts_with("seg-") && name.size() == 20)
            names.emplace_back(name);
    }
    ::closedir(listing);
    std::ranges::sort(names);
    return names;
}

// The file `seq`: number of the last record, the segment's size behind it. When both fit the
// segment, nothing has to be scanned; when a writer was killed between them, they do not fit.
struct Sequence {
    std::uint64_t last = 0;
    off_t end = 0;
    std::string segment;
};

Sequence read_sequence(const std::string& directory)
{
    Sequence sequence;
    const std::string text = read_small_file(directory + "/seq", 128);
    std::uint64_t end = 0;
    if (text.size() == 16 + 1 + 16 + 1 + 20 + 1 &&
        parse_hex(std::string_view{text}.substr(0, 16), sequence.last) &&
        parse_hex(std::string_view{text}.substr(17, 16), end)) {
        sequence.end = static_cast<off_t>(end);
        sequence.segment = text.substr(34, 20);
        return sequence;
    }
    return {};
}

void write_sequence(const std::string& directory, const Sequence& sequence)
{
    const std::string path = directory + "/seq";
    const Fd fd = open_shared_file(path, O_WRONLY | O_CREAT);
    const std::string text = hex(sequence.last, 16) + ' ' +
                             hex(static_cast<std::uint64_t>(sequence.end), 16) + ' ' +
                             sequence.segment + '\n';
    // One write of one length: it is whole or, after a crash, does not fit, and the segment is
    // scanned.
    [[maybe_unused]] const bool done =
        ::pwrite(fd.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

class Writer {
public:
    Writer() : directory_{paths::below_root(paths::runtime) + "/events"}
    {
        lock_ = open_shared_file(runtime_file("events/lock"), O_RDWR | O_CREAT);
        using namespace std::chrono_literals;
        if (!lock_file(lock_.get(), LockMode::exclusive, Deadline::in(5s)))
            throw Error{failure::busy, "the event journal is busy"};
        find_end();
    }

    void append(const Event& event)
    {
        std::string record = record_of(sequence_.last + 1, event);
        if (record.size() > largest_record)
            record = record_of(sequence_.last + 1, {event.subject, "gap", {}, event.klass, {}});
        if (sequence_.end > largest_segment)
            open_segment(sequence_.last + 1);
        if (::write(segment_.get(), record.data(), record.size()) !=
            static_cast<ssize_t>(record.size()))
            throw_errno(failure::failed, "cannot write the event journal", sequence_.segment);
        ++sequence_.last;
        sequence_.end += static_cast<off_t>(record.size());
    }

    void finish() const { write_sequence(directory_, sequence_); }

private:
    void open_segment(std::uint64_t first)
    {
        sequence_.segment = "seg-" + hex(first, 16);
        sequence_.end = 0;
        open_existing(O_CREAT);
        auto names = segments(directory_);
        while (names.size() > segments_kept) {
            ::unlink((directory_ + "/" + names.front()).c_str());
            names.erase(names.begin());
        }
    }

    void open_existing(int flags)
    {
        segment_ =
            open_shared_file(directory_ + "/" + sequence_.segment, O_RDWR | O_APPEND | flags);
    }

    void find_end()
    {
        sequence_ = read_sequence(directory_);
        const auto names = segments(directory_);
        if (names.empty())
            return open_segment(sequence_.last + 1);
        const bool known = sequence_.segment == names.back();
        sequence_.segment = names.back();
        open_existing(0);
        struct stat status {};
        if (::fstat(segment_.get(), &status) != 0)
            throw_errno(failure::failed, "cannot read the event journal", sequence_.segment);
        if (known && status.st_size == sequence_.end)
            return;
        std::uint64_t first = 1;
        parse_hex(std::string_view{sequence_.segment}.substr(4), first);
        const Tail tail = scan_segment(segment_.get(), status.st_size, first - 1);
        if (tail.end != status.st_size && ::ftruncate(segment_.get(), tail.end) != 0)
            throw_errno(failure::failed, "cannot mend the event journal", sequence_.segment);
        sequence_.last = tail.last;
        sequence_.end = tail.end;
    }

    std::string directory_;
    Fd lock_;
    Fd segment_;
    Sequence sequence_;
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
            writer.append({"", "gap", {}, "", {}});
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

// SPDX-License-Identifier: GPL-2.0-or-later

#include "state/journal_record.hpp"

#include "base/fd.hpp"
#include "base/paths.hpp"
#include "state/runtime.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

namespace qmgmt::journal_record {
namespace {

constexpr std::string_view segment_prefix = "seg-";
constexpr std::size_t segment_name_length = 20;

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

std::string text_of(const Event& event)
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

// The next field of a body; nothing when it does not end.
std::optional<std::string> take_field(std::string_view& left)
{
    const auto end = left.find('\0');
    if (end == std::string_view::npos)
        return std::nullopt;
    std::string field{left.substr(0, end)};
    left.remove_prefix(end + 1);
    return field;
}

std::vector<std::string> split_tags(std::string_view text)
{
    std::vector<std::string> tags;
    while (!text.empty()) {
        const auto end = std::min(text.find(','), text.size());
        tags.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return tags;
}

} // namespace

std::string bytes_of(std::uint64_t number, const Event& event)
{
    struct timespec now {};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const std::uint64_t microseconds = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
                                       static_cast<std::uint64_t>(now.tv_nsec) / 1000;
    const std::string body = text_of(event);
    return hex(number, 16) + ' ' + hex(microseconds, 16) + ' ' + hex(body.size(), 8) + ' ' +
           hex(checksum(body), 8) + '\n' + body + '\n';
}

std::optional<Header> read_header(std::string_view bytes)
{
    std::uint64_t number = 0;
    std::uint64_t length = 0;
    std::uint64_t crc = 0;
    if (bytes.size() < header_length || bytes[16] != ' ' || bytes[33] != ' ' || bytes[42] != ' ' ||
        bytes[51] != '\n' || !parse_hex(bytes.substr(0, 16), number) ||
        !parse_hex(bytes.substr(34, 8), length) || !parse_hex(bytes.substr(43, 8), crc) ||
        length > largest)
        return std::nullopt;
    return Header{number, static_cast<std::size_t>(length), static_cast<std::uint32_t>(crc)};
}

std::optional<std::string_view> body_of(const Header& header, std::string_view bytes)
{
    if (bytes.size() < header.size() || bytes[header.size() - 1] != '\n')
        return std::nullopt;
    const std::string_view body = bytes.substr(header_length, header.length);
    if (checksum(body) != header.checksum)
        return std::nullopt;
    return body;
}

std::optional<Event> read_body(std::string_view body)
{
    auto subject = take_field(body);
    auto name = subject ? take_field(body) : std::nullopt;
    if (!name || name->empty())
        return std::nullopt;
    Event event{std::move(*subject), std::move(*name), {}, {}, {}};
    for (;;) {
        auto key = take_field(body);
        if (!key)
            return std::nullopt;
        if (key->empty())
            break;
        auto value = take_field(body);
        if (!value)
            return std::nullopt;
        event.keys.emplace_back(std::move(*key), std::move(*value));
    }
    auto klass = take_field(body);
    const auto tags = klass ? take_field(body) : std::nullopt;
    if (!tags || !body.empty())
        return std::nullopt;
    event.klass = std::move(*klass);
    event.tags = split_tags(*tags);
    return event;
}

std::string directory()
{
    return paths::below_root(paths::runtime) + "/events";
}

std::vector<std::string> segments()
{
    std::vector<std::string> names;
    DIR* listing = ::opendir(directory().c_str());
    if (listing == nullptr)
        return names;
    while (const dirent* entry = ::readdir(listing)) {
        if (first_of(entry->d_name))
            names.emplace_back(entry->d_name);
    }
    ::closedir(listing);
    std::ranges::sort(names);
    return names;
}

std::string segment_from(std::uint64_t number)
{
    return std::string{segment_prefix} + hex(number, 16);
}

std::optional<std::uint64_t> first_of(std::string_view segment)
{
    std::uint64_t first = 0;
    if (segment.size() != segment_name_length || !segment.starts_with(segment_prefix) ||
        !parse_hex(segment.substr(segment_prefix.size()), first))
        return std::nullopt;
    return first;
}

Sequence read_sequence()
{
    Sequence sequence;
    const std::string text = read_small_file(directory() + "/seq", 128);
    if (text.size() == 16 + 1 + 16 + 1 + segment_name_length + 1 &&
        parse_hex(std::string_view{text}.substr(0, 16), sequence.last) &&
        parse_hex(std::string_view{text}.substr(17, 16), sequence.end)) {
        sequence.segment = text.substr(34, segment_name_length);
        return sequence;
    }
    return {};
}

void write_sequence(const Sequence& sequence)
{
    const Fd fd = open_shared_file(directory() + "/seq", O_WRONLY | O_CREAT);
    const std::string text =
        hex(sequence.last, 16) + ' ' + hex(sequence.end, 16) + ' ' + sequence.segment + '\n';
    // One write of one length: it is whole or, after a crash, does not fit, and the segment is
    // scanned.
    [[maybe_unused]] const bool done =
        ::pwrite(fd.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

} // namespace qmgmt::journal_record

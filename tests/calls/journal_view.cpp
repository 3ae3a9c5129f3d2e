// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/journal_view.hpp"

#include <algorithm>
#include <filesystem>
#include <regex>
#include <zlib.h>

namespace qmgmt::test {
namespace {

// One segment; false when something is left behind its last good record.
bool read_segment(const std::string& bytes, std::vector<Record>& into)
{
    static const std::regex header{"([0-9a-f]{16}) [0-9a-f]{16} ([0-9a-f]{8}) ([0-9a-f]{8})\n"};
    constexpr std::size_t header_length = 52;
    std::size_t at = 0;
    while (at < bytes.size()) {
        const std::string head = bytes.substr(at, header_length);
        std::smatch match;
        if (!std::regex_match(head, match, header))
            return false;
        const std::size_t length = std::stoul(match[2], nullptr, 16);
        Record record;
        record.number = std::stoull(match[1], nullptr, 16);
        record.body = bytes.substr(at + header_length, length);
        record.begin = at;
        record.end = at + header_length + length + 1;
        const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(record.body.data()),
                                 static_cast<uInt>(record.body.size()));
        if (record.end > bytes.size() || bytes[record.end - 1] != '\n' ||
            sum != std::stoul(match[3], nullptr, 16))
            return false;
        at = record.end;
        into.push_back(std::move(record));
    }
    return true;
}

} // namespace

Journal read_journal(const ScratchRoot& root)
{
    Journal journal;
    const std::string directory = "/run/qubes-mgmt/events";
    if (!root.exists(directory))
        return journal;
    std::vector<std::string> segments;
    for (const auto& entry : std::filesystem::directory_iterator{root.below(directory)}) {
        const std::string name = entry.path().filename();
        if (name.starts_with("seg-"))
            segments.push_back(name);
    }
    std::ranges::sort(segments);
    for (const std::string& name : segments) {
        journal.whole =
            read_segment(root.read(directory + "/" + name), journal.records) && journal.whole;
        journal.last_segment = root.below(directory + "/" + name);
    }
    return journal;
}

std::size_t events_of(const ScratchRoot& root, std::string_view subject, std::string_view name)
{
    const std::string head = std::string{subject} + '\0' + std::string{name} + '\0';
    const Journal journal = read_journal(root);
    return static_cast<std::size_t>(
        std::count_if(journal.records.begin(), journal.records.end(),
                      [&](const Record& record) { return record.body.starts_with(head); }));
}

} // namespace qmgmt::test

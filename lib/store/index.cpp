// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/index.hpp"

#include <array>
#include <cstring>
#include <sys/stat.h>
#include <utility>

namespace qmgmt {
namespace {

// The file: a header, `count` records, the texts. Host byte order: it never leaves the machine, nor
// outlives a boot.
constexpr std::array<char, 8> magic = {'q', 'm', 'i', 'n', 'd', 'e', 'x', '1'};

struct Text {
    std::uint32_t offset;
    std::uint32_t length;
};

struct Record {
    std::uint64_t begin;
    std::uint64_t end;
    Text name;
    Text klass;
    Text uuid;
    Text template_name;
    Text netvm;
    Text verdict;
    std::uint32_t qid;
    std::uint32_t netvm_choice;
    std::uint32_t provides_network;
    std::uint32_t reserved;
};

struct Header {
    std::array<char, 8> magic;
    FileVersion version;
    Sections sections;
    std::uint64_t count;
    std::uint64_t total; // bytes behind the header
    std::uint64_t dialect;
};

static_assert(std::is_trivially_copyable_v<Header> && std::is_trivially_copyable_v<Record>);

std::int64_t nanoseconds(const struct timespec& time)
{
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

// What an edit does to a range: behind it, moved; around it, resized.
Range shifted(Range range, Range replaced, std::size_t new_size)
{
    const auto move = [&](std::size_t at) { return at - replaced.size() + new_size; };
    if (range.begin >= replaced.end && range.end > range.begin)
        return {move(range.begin), move(range.end)};
    if (range.end >= replaced.end && range.end > range.begin)
        return {range.begin, move(range.end)};
    return range;
}

} // namespace

FileVersion FileVersion::of(const struct stat& status)
{
    return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
            nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

Index::Index(const Sections& sections, Dialect dialect, const std::vector<IndexEntry>& entries)
    : sections_{sections}, dialect_{dialect}, count_{entries.size()}
{
    bytes_.resize(entries.size() * sizeof(Record));
    const auto store = [this](std::string_view text) {
        const Text at{static_cast<std::uint32_t>(bytes_.size()),
                      static_cast<std::uint32_t>(text.size())};
        bytes_ += text;
        return at;
    };
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const IndexEntry& entry = entries[i];
        const Record record{entry.range.begin,
                            entry.range.end,
                            store(entry.name),
                            store(entry.klass),
                            store(entry.uuid),
                            store(entry.template_name),
                            store(entry.netvm),
                            store(entry.verdict),
                            entry.qid,
                            static_cast<std::uint32_t>(entry.netvm_choice),
                            entry.provides_network ? 1U : 0U,
                            0};
        std::memcpy(bytes_.data() + i * sizeof(Record), &record, sizeof(Record));
    }
}

std::optional<Index> Index::from_bytes(std::string bytes, const FileVersion& version)
{
    Header header;
    if (bytes.size() < sizeof(Header))
        return std::nullopt;
    std::memcpy(&header, bytes.data(), sizeof(Header));
    if (header.magic != magic || header.version != version ||
        header.total != bytes.size() - sizeof(Header) ||
        header.count > header.total / sizeof(Record))
        return std::nullopt;
    Index index;
    index.sections_ = header.sections;
    index.dialect_ = header.dialect == 0 ? Dialect::r40 : Dialect::current;
    index.count_ = header.count;
    bytes.erase(0, sizeof(Header));
    index.bytes_ = std::move(bytes);
    const auto inside = [&](const Range& range) {
        return range.begin <= range.end && range.end <= version.size;
    };
    const auto text_inside = [&](const Text& text) {
        return std::uint64_t{text.offset} + text.length <= index.bytes_.size();
    };
    for (const Range& range : {header.sections.root, header.sections.labels, header.sections.pools,
                               header.sections.properties, header.sections.domains}) {
        if (!inside(range))
            return std::nullopt;
    }
    for (std::size_t i = 0; i < index.count_; ++i) {
        Record record;
        std::memcpy(&record, index.bytes_.data() + i * sizeof(Record), sizeof(Record));
        if (!inside({record.begin, record.end}) || !text_inside(record.name) ||
            !text_inside(record.klass) || !text_inside(record.uuid) ||
            !text_inside(record.template_name) || !text_inside(record.netvm) ||
            !text_inside(record.verdict))
            return std::nullopt;
    }
    return index;
}

std::string Index::to_bytes(const FileVersion& version) const
{
    const Header header{magic,  version,       sections_,
                        count_, bytes_.size(), dialect_ == Dialect::r40 ? 0U : 1U};
    std::string bytes(sizeof(Header), '\0');
    std::memcpy(bytes.data(), &header, sizeof(Header));
    return bytes + bytes_;
}

IndexEntry Index::entry(std::size_t position) const
{
    Record record;
    std::memcpy(&record, bytes_.data() + position * sizeof(Record), sizeof(Record));
    const auto text = [this](const Text& at) {
        return std::string_view{bytes_}.substr(at.offset, at.length);
    };
    return {text(record.name),
            text(record.klass),
            text(record.uuid),
            text(record.template_name),
            text(record.netvm),
            text(record.verdict),
            record.qid,
            static_cast<NetvmChoice>(record.netvm_choice),
            record.provides_network != 0,
            {record.begin, record.end}};
}

std::optional<IndexEntry> Index::find(std::string_view name) const
{
    for (std::size_t i = 0; i < count_; ++i) {
        const IndexEntry found = entry(i);
        if (found.name == name)
            return found;
    }
    return std::nullopt;
}

std::optional<IndexEntry> Index::find_uuid(std::string_view uuid) const
{
    for (std::size_t i = 0; i < count_; ++i) {
        const IndexEntry found = entry(i);
        if (found.uuid == uuid)
            return found;
    }
    return std::nullopt;
}

void Index::set_range(std::size_t position, Range range)
{
    Record record;
    char* at = bytes_.data() + position * sizeof(Record);
    std::memcpy(&record, at, sizeof(Record));
    record.begin = range.begin;
    record.end = range.end;
    std::memcpy(at, &record, sizeof(Record));
}

void Index::shift(Range replaced, std::size_t new_size)
{
    for (Range* section : {&sections_.root, &sections_.labels, &sections_.pools,
                           &sections_.properties, &sections_.domains})
        *section = shifted(*section, replaced, new_size);
    for (std::size_t i = 0; i < count_; ++i)
        set_range(i, shifted(entry(i).range, replaced, new_size));
}

} // namespace qmgmt

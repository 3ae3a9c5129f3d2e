// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/index.hpp"

#include "base/error.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <sys/stat.h>
#include <utility>

namespace qmgmt {
namespace {

// The file: a header, `count` records, the texts. Host byte order: it never leaves the machine, nor
// outlives a boot.
constexpr std::array<char, 8> magic = {'q', 'm', 'i', 'n', 'd', 'e', 'x', '2'};

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
    Text tags;
    Text verdict;
    std::uint32_t qid;
    std::uint32_t netvm_choice;
    std::uint32_t provides_network;
    std::uint32_t template_for_dispvms;
};

struct Header {
    std::array<char, 8> magic;
    FileVersion version;
    Sections sections;
    std::uint64_t count;
    std::uint64_t total; // bytes behind the header
    std::uint64_t dialect;
};

[[noreturn]] void broken()
{
    throw Error{failure::store, "cannot read the store: its index is broken"};
}

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
    own_.resize(entries.size() * sizeof(Record));
    const auto store = [this](std::string_view text) {
        const Text at{static_cast<std::uint32_t>(own_.size()),
                      static_cast<std::uint32_t>(text.size())};
        own_ += text;
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
                            store(entry.tags),
                            store(entry.verdict),
                            entry.qid,
                            static_cast<std::uint32_t>(entry.netvm_choice),
                            entry.provides_network ? 1U : 0U,
                            entry.template_for_dispvms ? 1U : 0U};
        std::memcpy(own_.data() + i * sizeof(Record), &record, sizeof(Record));
    }
}

// Takes over what the header says, if it is the header of an index of this version.
bool Index::accept(std::string_view bytes, const FileVersion& version)
{
    Header header;
    if (bytes.size() < sizeof(Header))
        return false;
    std::memcpy(&header, bytes.data(), sizeof(Header));
    if (header.magic != magic || header.version != version ||
        header.total != bytes.size() - sizeof(Header) ||
        header.count > header.total / sizeof(Record))
        return false;
    for (const Range& range : {header.sections.root, header.sections.labels, header.sections.pools,
                               header.sections.properties, header.sections.domains}) {
        if (range.begin > range.end || range.end > version.size)
            return false;
    }
    sections_ = header.sections;
    dialect_ = header.dialect == 0 ? Dialect::r40 : Dialect::current;
    count_ = header.count;
    largest_ = version.size;
    return true;
}

std::optional<Index> Index::from_bytes(std::string bytes, const FileVersion& version)
{
    Index index;
    if (!index.accept(bytes, version))
        return std::nullopt;
    bytes.erase(0, sizeof(Header));
    index.own_ = std::move(bytes);
    return index;
}

std::optional<Index> Index::from_file(const std::string& path, const FileVersion& version)
{
    constexpr std::size_t largest_file = std::size_t{64} << 20;
    Index index;
    index.mapped_ = MappedFile::open(path, largest_file);
    if (!index.mapped_ || !index.accept(index.mapped_->bytes(), version))
        return std::nullopt;
    return index;
}

std::string_view Index::body() const
{
    return mapped_ ? mapped_->bytes().substr(sizeof(Header)) : std::string_view{own_};
}

std::string Index::to_bytes(const FileVersion& version) const
{
    const Header header{magic,  version,       sections_,
                        count_, body().size(), dialect_ == Dialect::r40 ? 0U : 1U};
    std::string bytes(sizeof(Header), '\0');
    std::memcpy(bytes.data(), &header, sizeof(Header));
    bytes += body();
    return bytes;
}

IndexEntry Index::entry(std::size_t position) const
{
    Record record;
    const std::string_view body = this->body();
    std::memcpy(&record, body.data() + position * sizeof(Record), sizeof(Record));
    const auto text = [&](const Text& at) {
        if (std::uint64_t{at.offset} + at.length > body.size())
            broken();
        return body.substr(at.offset, at.length);
    };
    if (record.begin > record.end || (largest_ != 0 && record.end > largest_))
        broken();
    return {text(record.name),
            text(record.klass),
            text(record.uuid),
            text(record.template_name),
            text(record.netvm),
            text(record.tags),
            text(record.verdict),
            record.qid,
            static_cast<NetvmChoice>(record.netvm_choice),
            record.provides_network != 0,
            record.template_for_dispvms != 0,
            {record.begin, record.end}};
}

std::optional<IndexEntry> Index::find_text(std::size_t field, std::string_view wanted) const
{
    const std::string_view body = this->body();
    for (std::size_t i = 0; i < count_; ++i) {
        Text at;
        std::memcpy(&at, body.data() + i * sizeof(Record) + field, sizeof(Text));
        if (at.length == wanted.size() && std::uint64_t{at.offset} + at.length <= body.size() &&
            body.substr(at.offset, at.length) == wanted)
            return entry(i);
    }
    return std::nullopt;
}

std::optional<IndexEntry> Index::find(std::string_view name) const
{
    return find_text(offsetof(Record, name), name);
}

std::optional<IndexEntry> Index::find_uuid(std::string_view uuid) const
{
    return find_text(offsetof(Record, uuid), uuid);
}

void Index::set_range(std::size_t position, Range range)
{
    Record record;
    char* at = own_.data() + position * sizeof(Record);
    std::memcpy(&record, at, sizeof(Record));
    record.begin = range.begin;
    record.end = range.end;
    std::memcpy(at, &record, sizeof(Record));
}

void Index::shift(Range replaced, std::size_t new_size)
{
    if (mapped_) {
        own_ = body();
        mapped_.reset();
    }
    for (Range* section : {&sections_.root, &sections_.labels, &sections_.pools,
                           &sections_.properties, &sections_.domains})
        *section = shifted(*section, replaced, new_size);
    for (std::size_t i = 0; i < count_; ++i)
        set_range(i, shifted(entry(i).range, replaced, new_size));
    if (largest_ != 0)
        largest_ = largest_ - replaced.size() + new_size;
}

} // namespace qmgmt

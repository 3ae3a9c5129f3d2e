// SPDX-License-Identifier: GPL-2.0-or-later
//
// The scan of a whole store, held against expat: what expat refuses is refused; what the scan
// accepts can be read again by its ranges alone, and an edit of it keeps everything else to the
// byte.

#include "store/scan.hpp"

#include "base/error.hpp"
#include "fuzz/target.hpp"
#include "store/element.hpp"
#include "store/qube.hpp"

#include <expat.h>
#include <set>
#include <sstream>
#include <string>

using namespace qmgmt;

namespace {

bool well_formed(std::string_view bytes)
{
    XML_Parser parser = XML_ParserCreate("UTF-8");
    const bool good =
        XML_Parse(parser, bytes.data(), static_cast<int>(bytes.size()), XML_TRUE) == XML_STATUS_OK;
    XML_ParserFree(parser);
    return good;
}

std::set<std::string> tags_of(const IndexEntry& entry)
{
    std::set<std::string> tags;
    std::istringstream words{std::string{entry.tags}};
    for (std::string tag; std::getline(words, tag, ' ');)
        if (!tag.empty())
            tags.insert(tag);
    return tags;
}

// But for those that no tag can be called.
std::set<std::string> tags_of(const Qube& qube)
{
    std::set<std::string> tags;
    for (const std::string& tag : qube.tags())
        if (!tag.empty() && tag.find(' ') == std::string::npos)
            tags.insert(tag);
    return tags;
}

void check_ranges(std::string_view bytes, const Index& index)
{
    const auto slice = [&](Range range) { return bytes.substr(range.begin, range.size()); };
    fuzz::require(parse_element(slice(index.sections().labels)).name == "labels");
    fuzz::require(parse_element(slice(index.sections().domains)).name == "domains");
    std::size_t last_end = index.sections().domains.begin;
    for (std::size_t i = 0; i < index.size(); ++i) {
        const IndexEntry entry = index.entry(i);
        fuzz::require(entry.range.begin >= last_end);
        fuzz::require(entry.range.end <= index.sections().domains.end);
        last_end = entry.range.end;
        const Element domain = parse_element(slice(entry.range), entry.range.begin);
        fuzz::require(domain.name == "domain" && domain.outer == entry.range);
        const std::string* klass = domain.attribute("class");
        fuzz::require((klass == nullptr ? "" : *klass) == entry.klass);
        fuzz::require(tags_of(entry) == tags_of(Qube{std::string{entry.name}, domain}));
        if (entry.verdict.empty())
            fuzz::require(!entry.name.empty() && index.find(entry.name)->range == entry.range);
    }
}

void check_file(const Index& index, std::size_t size)
{
    const FileVersion version{1, 2, size, 3, 4};
    const std::string bytes = index.to_bytes(version);
    const auto again = Index::from_bytes(bytes, version);
    fuzz::require(again && again->size() == index.size());
    for (std::size_t i = 0; i < index.size(); ++i)
        fuzz::require(again->entry(i).name == index.entry(i).name &&
                      again->entry(i).range == index.entry(i).range);
    fuzz::require(!Index::from_bytes(bytes, {1, 2, size + 1, 3, 4}));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    try {
        const Scanned scanned = scan_store(bytes);
        fuzz::require(well_formed(bytes));
        check_ranges(bytes, scanned.index);
        check_file(scanned.index, size);
    } catch (const Error& error) {
        fuzz::require(error.kind() == Failure::store);
    }
    return 0;
}

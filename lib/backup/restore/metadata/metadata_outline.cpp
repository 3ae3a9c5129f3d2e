// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/metadata/metadata_outline.hpp"

#include "backup/fault.hpp"
#include "backup/restore/metadata/metadata.hpp"
#include "store/xml_parser.hpp"

#include <set>

namespace qmgmt {
namespace {

constexpr std::size_t most_attributes = 32;
constexpr std::size_t most_labels = 4096;
constexpr std::size_t most_elements = 1'000'000;
// A qube may have 2048 features, 512 tags, a hundred properties, and devices with options.
constexpr std::size_t most_elements_of_entry = 16'384;

class OutlineReader : public XmlHandler {
public:
    void start(const XmlStart& tag) override
    {
        check_attributes(tag);
        if (++elements_ > most_elements || ++of_entry_ > most_elements_of_entry)
            refuse_metadata("it has too many elements");
        const std::string_view name = tag.name;
        switch (tag.depth) {
        case 1:
            if (name != "qubes")
                refuse_metadata("it is no list of qubes");
            return;
        case 2:
            section_ = name;
            if (!sections_.emplace(name).second)
                refuse_metadata("a section stands there twice");
            return;
        case 3:
            begin_ = tag.range.begin;
            entry_ = name;
            of_entry_ = 0;
            return;
        default: return;
        }
    }

    void end(const XmlEnd& tag) override
    {
        if (tag.depth != 3)
            return;
        const Range range{begin_, tag.range.end};
        if (section_ == "labels" && entry_ == "label")
            add(outline_.labels, range, most_labels);
        else if (section_ == "domains" && entry_ == "domain")
            add(outline_.domains, range, most_archived_qubes + 1); // dom0 is one of them
    }

    void text(std::string_view) override {}

    MetadataOutline outline()
    {
        for (const char* needed : {"labels", "properties", "domains"})
            if (!sections_.contains(needed))
                refuse_metadata("a section is missing");
        return std::move(outline_);
    }

private:
    static void check_attributes(const XmlStart& tag)
    {
        std::size_t count = 0;
        for (const char** pair = tag.attributes; *pair != nullptr; pair += 2)
            if (++count > most_attributes)
                refuse_metadata("an element has too many attributes");
    }

    static void add(std::vector<Range>& ranges, Range range, std::size_t most)
    {
        if (ranges.size() == most)
            throw BackupError{BackupFault::size_limit, "the backup has too many qubes or labels"};
        ranges.push_back(range);
    }

    MetadataOutline outline_;
    std::set<std::string> sections_;
    std::string section_;
    std::string entry_;
    std::size_t begin_ = 0;
    std::size_t elements_ = 0;
    std::size_t of_entry_ = 0;
};

} // namespace

void refuse_metadata(const std::string& reason)
{
    throw BackupError{BackupFault::metadata_invalid,
                      "the list of qubes in the archive is not valid: " + reason};
}

MetadataOutline outline_of(std::string_view untrusted_xml)
{
    if (untrusted_xml.size() > most_metadata)
        throw BackupError{BackupFault::size_limit, "the list of qubes in the archive is too long"};
    OutlineReader reader;
    if (const auto fault = parse_xml(untrusted_xml, reader))
        refuse_metadata(fault->text);
    return reader.outline();
}

} // namespace qmgmt

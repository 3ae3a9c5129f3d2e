// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/lvm/report.hpp"

#include "base/json_value.hpp"
#include "names/number.hpp"

namespace qmgmt::lvm {

namespace {

// A row as it is read; one bad value spoils the whole report.
class Row {
public:
    explicit Row(const JsonValue& value) : value_{value} {}

    [[nodiscard]] bool is_good() const { return good_; }

    std::string text(std::string_view name)
    {
        const JsonValue* member = value_.member(name);
        const std::string* text = member == nullptr ? nullptr : member->text();
        if (text != nullptr)
            return *text;
        good_ = false;
        return {};
    }

    // "4194304B"; 0 when there is none.
    std::uint64_t bytes(std::string_view name)
    {
        std::string text = this->text(name);
        if (text.empty())
            return 0;
        const bool unit = text.back() == 'B';
        text.pop_back();
        const auto number = parse_decimal(text);
        if (!unit || !number)
            good_ = false;
        return number.value_or(0);
    }

    // "12.34"
    std::optional<std::uint64_t> percent(std::string_view name)
    {
        const std::string text = this->text(name);
        if (text.empty())
            return std::nullopt;
        const auto point = text.find('.');
        const auto whole = parse_decimal(text.substr(0, point));
        std::string decimals = point == std::string::npos ? "" : text.substr(point + 1);
        decimals.resize(2, '0');
        std::uint64_t hundredths = 0;
        for (const char digit : decimals) {
            if (digit < '0' || digit > '9')
                good_ = false;
            hundredths = hundredths * 10 + static_cast<std::uint64_t>(digit - '0');
        }
        if (!whole || *whole > 100)
            good_ = false;
        return whole.value_or(0) * 100 + hundredths;
    }

private:
    const JsonValue& value_;
    bool good_ = true;
};

bool read_row(const JsonValue& value, LogicalVolume& volume)
{
    constexpr std::size_t attributes_used = 5;
    Row row{value};
    volume.name = row.text("lv_name");
    volume.pool = row.text("pool_lv");
    volume.origin = row.text("origin");
    volume.attributes = row.text("lv_attr");
    volume.size = row.bytes("lv_size");
    volume.extent_size = row.bytes("vg_extent_size");
    volume.metadata_size = row.bytes("lv_metadata_size");
    volume.chunk_size = row.bytes("chunk_size");
    volume.data_used = row.percent("data_percent");
    volume.metadata_used = row.percent("metadata_percent");
    return row.is_good() && volume.attributes.size() >= attributes_used;
}

} // namespace

std::uint64_t share(std::uint64_t size, std::uint64_t hundredths)
{
    constexpr std::uint64_t all = 10'000;
    return size / all * hundredths + size % all * hundredths / all;
}

std::vector<std::string> report_command(const std::string& what)
{
    const std::string columns = "vg_name,pool_lv,name,lv_size,data_percent,lv_attr,origin,"
                                "lv_metadata_size,metadata_percent,chunk_size,vg_extent_size";
    // quiet once is not enough to keep lines of a log out of the report
    return {"lvs",   "--quiet", "--quiet", "--noheadings",        "-o",
            columns, "--units", "b",       "--reportformat=json", what};
}

std::optional<std::vector<LogicalVolume>> parse_report(std::string_view json)
{
    const auto whole = JsonValue::parse(json);
    const JsonValue* report = whole ? whole->member("report") : nullptr;
    const auto* tables = report == nullptr ? nullptr : report->list();
    if (tables == nullptr)
        return std::nullopt;
    std::vector<LogicalVolume> volumes;
    for (const JsonValue& table : *tables) {
        const JsonValue* rows = table.member("lv");
        if (rows == nullptr || rows->list() == nullptr)
            return std::nullopt;
        for (const JsonValue& row : *rows->list())
            if (!read_row(row, volumes.emplace_back()))
                return std::nullopt;
    }
    return volumes;
}

} // namespace qmgmt::lvm

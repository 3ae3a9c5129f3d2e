// SPDX-License-Identifier: GPL-2.0-or-later

#include "network/table_reading.hpp"

#include "base/log.hpp"
#include "network/table_key.hpp"

namespace qmgmt {

bool TableReading::wants(std::string_view key) const
{
    const std::string_view own[] = {part_};
    return is_table_key(key) && belongs_to(key, own);
}

bool TableReading::leads_to_wanted(std::string_view key) const
{
    const std::string_view above[] = {key};
    return is_table_key(key) && (wants(key) || belongs_to(part_, above));
}

void TableReading::add(std::string_view key, std::string_view value)
{
    if (full_ || !wants(key))
        return;
    full_ = table_.size() >= most_read_keys || key.size() + value.size() > room();
    if (full_)
        return;
    bytes_ += key.size() + value.size();
    table_.insert_or_assign(std::string{key}, std::string{value});
}

QubeTable TableReading::take(const TableOwner& qube)
{
    if (full_)
        log_warning("the table of '" + qube.name + "' has more under '" + part_ +
                    "' than is read, ignoring");
    return std::move(table_);
}

} // namespace qmgmt

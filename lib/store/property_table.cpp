// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/property_table.hpp"

namespace qmgmt {

std::string_view wire_name(PropertyType type)
{
    switch (type) {
    case PropertyType::text: return "str";
    case PropertyType::integer: return "int";
    case PropertyType::boolean: return "bool";
    case PropertyType::qube: return "vm";
    case PropertyType::label: return "label";
    }
    return "str";
}

const PropertyRow* find_property(std::string_view name, unsigned klass, Dialect dialect)
{
    for (const PropertyRow& row : qube_properties()) {
        if (row.name == name && (row.classes(dialect) & klass) != 0)
            return &row;
    }
    return nullptr;
}

const PropertyRow* find_global(std::string_view name, Dialect dialect)
{
    for (const PropertyRow& row : global_properties()) {
        if (row.name == name && row.classes(dialect) != 0)
            return &row;
    }
    return nullptr;
}

} // namespace qmgmt

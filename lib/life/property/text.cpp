// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/property/text.hpp"

namespace qmgmt {
namespace {

std::string with_type(std::string_view is_default, const PropertyRow& row,
                      const PropertyValue& value)
{
    std::string text = "default=";
    text += is_default;
    text += " type=";
    text += wire_name(row.type);
    return text + " " + value.text;
}

} // namespace

std::string plain_text(const PropertyValue& value)
{
    return (value.is_default ? "default=yes " : "default=no ") + value.text;
}

std::string typed_text(const PropertyRow& row, const PropertyValue& value)
{
    return with_type(value.is_default ? "yes" : "no", row, value);
}

std::string upstream_text(const PropertyRow& row, const PropertyValue& value)
{
    return with_type(value.is_default ? "True" : "False", row, value);
}

std::string escape_row(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (c == '\\')
            out += "\\\\";
        else if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
    return out;
}

} // namespace qmgmt

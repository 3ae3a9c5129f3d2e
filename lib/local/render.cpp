// SPDX-License-Identifier: GPL-2.0-or-later

#include "local/render.hpp"

#include "base/ascii.hpp"
#include "base/json_string.hpp"
#include "names/number.hpp"

#include <algorithm>

namespace qmgmt::local {
namespace {

std::string safe(std::string_view text)
{
    return printable(text, text.size());
}

bool has_field(const Pattern& pattern, std::string_view name)
{
    return std::ranges::find(pattern.fields(), name) != pattern.fields().end();
}

// The type of a value where the row tells it; a value of type str stays text whatever it looks
// like.
std::string json_value(const Pattern& pattern, const std::vector<std::string>& row, std::size_t at)
{
    const std::string& field = pattern.fields()[at];
    const std::string& value = row[at];
    if (pattern.is_name(at))
        return json_string(value);
    if (field == "default")
        return value == "yes" || value == "True" ? "true" : "false";
    std::string type;
    if (has_field(pattern, "type") && field == "value") {
        const auto column = std::ranges::find(pattern.fields(), "type") - pattern.fields().begin();
        type = row[static_cast<std::size_t>(column)];
        if (type == "int" && value.empty())
            return "null";
        if (type != "int" && type != "bool")
            return json_string(value);
    }
    if (const auto number = parse_integer(value); number && std::to_string(*number) == value)
        return value;
    if (value == "True" || value == "False")
        return value == "True" ? "true" : "false";
    return json_string(value);
}

} // namespace

std::optional<std::string> table(const Pattern& pattern, std::string_view reply)
{
    if (!pattern.is_rows()) {
        // Help has lines; a line end alone cannot trick a terminal.
        std::string text;
        while (!reply.empty()) {
            const auto end = std::min(reply.find('\n'), reply.size());
            text += safe(reply.substr(0, end)) + "\n";
            reply.remove_prefix(std::min(end + 1, reply.size()));
        }
        return text;
    }
    const auto rows = pattern.read(reply);
    if (!rows)
        return std::nullopt;
    std::vector<std::size_t> widths;
    for (const std::string& field : pattern.fields())
        widths.push_back(field.size());
    for (const auto& row : *rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    }
    std::string out;
    const auto line = [&](const std::vector<std::string>& cells, bool head) {
        std::string text;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            std::string cell = safe(cells[i]);
            if (head)
                std::ranges::transform(cell, cell.begin(), [](char c) {
                    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
                });
            if (i + 1 < cells.size())
                cell.resize(widths[i] + 2, ' ');
            text += cell;
        }
        out += text + "\n";
    };
    line(pattern.fields(), true);
    for (const auto& row : *rows)
        line(row, false);
    return out;
}

std::optional<std::string> json(const Pattern& pattern, std::string_view reply)
{
    const auto rows = pattern.read(reply);
    if (!rows)
        return std::nullopt;
    std::string out = "[";
    for (std::size_t r = 0; r < rows->size(); ++r) {
        out += r == 0 ? "\n  {" : ",\n  {";
        for (std::size_t i = 0; i < pattern.fields().size(); ++i) {
            out += i == 0 ? "" : ", ";
            out += json_string(pattern.fields()[i]) + ": " + json_value(pattern, (*rows)[r], i);
        }
        out += "}";
    }
    return out + (rows->empty() ? "]\n" : "\n]\n");
}

} // namespace qmgmt::local

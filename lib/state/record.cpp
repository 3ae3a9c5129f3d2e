// SPDX-License-Identifier: GPL-2.0-or-later

#include "state/record.hpp"

#include "base/atomic_file.hpp"
#include "base/fd.hpp"

#include <algorithm>
#include <unistd.h>

namespace qmgmt {

std::optional<Record> Record::load(const std::string& path)
{
    if (::access(path.c_str(), F_OK) != 0)
        return std::nullopt;
    const std::string text = read_small_file(path, 1 << 20);
    Record record;
    std::size_t line = 0;
    while (line < text.size()) {
        const auto end = std::min(text.find('\n', line), text.size());
        const auto equals = text.find('=', line);
        if (equals < end)
            record.add(text.substr(line, equals - line), text.substr(equals + 1, end - equals - 1));
        line = end + 1;
    }
    return record;
}

void Record::add(std::string key, std::string value)
{
    lines_.emplace_back(std::move(key), std::move(value));
}

void Record::set(std::string_view key, std::string value)
{
    for (auto& [own, text] : lines_) {
        if (own == key) {
            text = std::move(value);
            return;
        }
    }
    add(std::string{key}, std::move(value));
}

std::string Record::get(std::string_view key) const
{
    for (const auto& [own, text] : lines_) {
        if (own == key)
            return text;
    }
    return {};
}

std::vector<std::string> Record::all(std::string_view key) const
{
    std::vector<std::string> found;
    for (const auto& [own, text] : lines_) {
        if (own == key)
            found.push_back(text);
    }
    return found;
}

void Record::save(const std::string& path, bool durable) const
{
    std::string text;
    for (const auto& [key, value] : lines_)
        text.append(key).append("=").append(value).append("\n");
    ReplacementFile file{path, 0660};
    file.write(text);
    if (durable)
        file.put_in_place();
    else
        file.put_in_place_unflushed();
}

} // namespace qmgmt

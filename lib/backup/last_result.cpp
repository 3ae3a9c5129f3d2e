// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/last_result.hpp"

#include "base/atomic_file.hpp"
#include "base/paths.hpp"
#include "state/record.hpp"
#include "state/runtime.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace qmgmt {
namespace {

template<typename Number>
Number number(std::string_view text)
{
    Number value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// "UUID TIME tag|other NAME"
std::string line_of(const ArchivedLast& qube)
{
    return qube.uuid + ' ' + std::to_string(qube.time) + (qube.tagged ? " tag " : " other ") +
           qube.name;
}

std::optional<ArchivedLast> qube_of(std::string_view line)
{
    std::array<std::string_view, 4> words;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto end = i + 1 < words.size() ? line.find(' ') : line.size();
        if (end == std::string_view::npos || end == 0)
            return std::nullopt;
        words[i] = line.substr(0, end);
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return ArchivedLast{std::string{words[0]}, std::string{words[3]}, number<std::time_t>(words[1]),
                        words[2] == "tag"};
}

} // namespace

std::optional<LastResult> LastResult::load(const ProfileId& id)
{
    const auto record =
        Record::load(paths::below_root(paths::kept_of_backups) + "/" + id.text() + ".last");
    if (!record || record->get("result").empty())
        return std::nullopt;
    LastResult last{.start = number<std::time_t>(record->get("start")),
                    .end = number<std::time_t>(record->get("end")),
                    .result = record->get("result"),
                    .name = record->get("name"),
                    .bytes = number<std::uint64_t>(record->get("bytes")),
                    .sha256 = record->get("sha256"),
                    .qubes = {}};
    for (const std::string& line : record->all("qube"))
        if (auto qube = qube_of(line))
            last.qubes.push_back(std::move(*qube));
    return last;
}

void LastResult::save(const ProfileId& id) const
{
    Record record;
    record.add("start", std::to_string(start));
    record.add("end", std::to_string(end));
    record.add("result", result);
    if (!name.empty())
        record.add("name", name);
    record.add("bytes", std::to_string(bytes));
    if (!sha256.empty())
        record.add("sha256", sha256);
    for (const ArchivedLast& qube : qubes)
        record.add("qube", line_of(qube));
    const auto path = lasting_file("backup/" + id.text() + ".last");
    remove_leftovers(path); // of one that was killed: whoever makes a backup alone makes these
    record.save(path, true);
}

const ArchivedLast* LastResult::find(std::string_view uuid) const
{
    const auto found = std::ranges::find(qubes, uuid, &ArchivedLast::uuid);
    return found == qubes.end() ? nullptr : &*found;
}

} // namespace qmgmt

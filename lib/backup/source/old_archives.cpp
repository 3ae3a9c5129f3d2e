// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/source/old_archives.hpp"

#include "base/directory_tree.hpp"
#include "base/error.hpp"
#include "names/number.hpp"

#include <algorithm>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::string_view shape = "dddd-dd-ddTdddddd";

struct OldArchive {
    std::string time;         // as in the name
    std::uint64_t number = 1; // of those of one second
    std::string name;

    [[nodiscard]] auto age() const { return std::tie(time, number); }
};

bool has_shape(std::string_view text)
{
    return text.size() == shape.size() && std::ranges::equal(text, shape, [](char c, char kind) {
               return kind == 'd' ? c >= '0' && c <= '9' : c == kind;
           });
}

// "qubes-<id>-2026-01-31T235959", and "-2", "-3" ... behind it where there was one already.
std::optional<OldArchive> parse(const std::string& name, const std::string& start)
{
    if (!name.starts_with(start) || name.size() < start.size() + shape.size())
        return std::nullopt;
    OldArchive found{name.substr(start.size(), shape.size()), 1, name};
    const auto rest = name.substr(start.size() + shape.size());
    if (!has_shape(found.time))
        return std::nullopt;
    if (rest.empty())
        return found;
    found.number = rest.front() == '-' ? parse_decimal(rest.substr(1)).value_or(0) : 0;
    return found.number < 2 ? std::nullopt : std::optional{std::move(found)};
}

std::string as_in_names(std::time_t time)
{
    std::tm parts{};
    ::localtime_r(&time, &parts);
    std::string text(shape.size() + 1, '\0');
    text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H%M%S", &parts));
    return text;
}

bool is_file(int directory, const std::string& name)
{
    struct stat facts {};
    return ::fstatat(directory, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(facts.st_mode);
}

} // namespace

std::vector<std::string> remove_old_archives(const std::string& directory, const ProfileId& id,
                                             unsigned keep, const std::set<std::time_t>& needed)
{
    const Fd place = open_trusted_directory(directory);
    std::vector<std::string> names;
    if (!place || !read_entries(place.get(), names))
        throw_errno(failure::failed, "cannot list the archives", directory);
    std::vector<OldArchive> archives;
    for (const std::string& name : names)
        if (auto one = parse(name, "qubes-" + id.text() + "-"); one && is_file(place.get(), name))
            archives.push_back(*std::move(one));
    std::ranges::sort(archives, [](const OldArchive& one, const OldArchive& other) {
        return one.age() > other.age();
    });
    std::set<std::string> spared;
    for (const std::time_t time : needed)
        spared.insert(as_in_names(time));
    std::vector<std::string> removed;
    for (std::size_t i = keep; i < archives.size(); ++i) {
        if (spared.contains(archives[i].time))
            continue;
        if (::unlinkat(place.get(), archives[i].name.c_str(), 0) != 0)
            throw_errno(failure::failed, "cannot remove an old archive", archives[i].name);
        removed.push_back(archives[i].name);
    }
    return removed;
}

} // namespace qmgmt

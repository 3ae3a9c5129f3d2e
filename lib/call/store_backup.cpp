// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/store_backup.hpp"

#include "base/atomic_file.hpp"
#include "base/config.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <dirent.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace qmgmt {
namespace {

constexpr std::string_view suffix = ".mgmt.xml";

std::vector<std::string> our_copies(const std::string& directory)
{
    std::vector<std::string> names;
    DIR* listing = ::opendir(directory.c_str());
    if (listing == nullptr)
        return names;
    while (const dirent* entry = ::readdir(listing)) {
        const std::string_view name = entry->d_name;
        if (name.starts_with("qubes-") && name.ends_with(suffix))
            names.emplace_back(name);
    }
    ::closedir(listing);
    std::ranges::sort(names); // the date is in the name
    return names;
}

} // namespace

void keep_store_backup(std::string_view bytes)
{
    const auto kept = static_cast<std::size_t>(config().integer("keep-backups", 0, 0, 10'000));
    if (kept == 0)
        return;
    try {
        const std::string directory = paths::below_root(paths::store_backups);
        make_directories(directory, 02770);
        std::array<char, 32> time{};
        const std::time_t now = std::time(nullptr);
        struct tm local {};
        ::localtime_r(&now, &local);
        std::strftime(time.data(), time.size(), "%Y-%m-%d-%H:%M:%S", &local);
        std::string path = directory + "/qubes-" + time.data();
        path += suffix;
        ReplacementFile file{path, 0660};
        file.write(bytes);
        file.put_in_place();
        const auto names = our_copies(directory);
        for (std::size_t i = 0; i + kept < names.size(); ++i)
            ::unlink((directory + "/" + names[i]).c_str());
    } catch (const Error& error) {
        log_warning("cannot keep a copy of the store: " + error.text() + " (" + error.detail() +
                    "), ignoring");
    }
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/intent.hpp"

#include "base/atomic_file.hpp"
#include "base/paths.hpp"
#include "names/names.hpp"
#include "state/record.hpp"
#include "state/runtime.hpp"

#include <dirent.h>
#include <functional>
#include <string_view>
#include <unistd.h>

namespace qmgmt {
namespace {

std::string path_of(const std::string& qube)
{
    return lasting_file("intent/" + qube);
}

void each_entry(const std::function<void(int directory, std::string_view name)>& visit)
{
    DIR* listing = ::opendir((paths::below_root(paths::lasting) + "/intent").c_str());
    if (listing == nullptr)
        return;
    while (const dirent* entry = ::readdir(listing))
        visit(::dirfd(listing), entry->d_name);
    ::closedir(listing);
}

std::string line_of(const Volume& volume)
{
    return volume.role + " " + volume.pool + " " + (volume.save_on_stop ? "save" : "-") + " " +
           (volume.snap_on_start ? "snap" : "-") + " " + (volume.rw ? "rw" : "ro") + " " +
           volume.vid;
}

std::optional<Volume> volume_of(std::string_view line)
{
    std::vector<std::string> words;
    for (int i = 0; i < 5; ++i) {
        const auto blank = line.find(' ');
        if (blank == std::string_view::npos)
            return std::nullopt;
        words.emplace_back(line.substr(0, blank));
        line.remove_prefix(blank + 1);
    }
    Volume volume;
    volume.role = words[0];
    volume.pool = words[1];
    volume.save_on_stop = words[2] == "save";
    volume.snap_on_start = words[3] == "snap";
    volume.rw = words[4] == "rw";
    volume.vid = line;
    return volume;
}

} // namespace

std::optional<Intent> Intent::load(const std::string& qube)
{
    const auto record = Record::load(path_of(qube));
    if (!record)
        return std::nullopt;
    Intent intent;
    intent.verb = record->get("verb") == "remove" ? Verb::remove : Verb::create;
    intent.qube = qube;
    intent.uuid = record->get("uuid");
    intent.call = record->get("call");
    intent.directory = record->get("directory");
    intent.files = record->all("file");
    for (const std::string& line : record->all("volume")) {
        if (auto volume = volume_of(line))
            intent.volumes.push_back(std::move(*volume));
    }
    return intent;
}

std::vector<std::string> Intent::pending()
{
    std::vector<std::string> names;
    each_entry([&](int, std::string_view name) {
        name = name.substr(0, name.find('~'));
        if (QubeName::fault(name).empty())
            names.emplace_back(name);
    });
    return names;
}

void Intent::write() const
{
    Record record;
    record.add("verb", verb == Verb::remove ? "remove" : "create");
    record.add("call", call);
    record.add("uuid", uuid);
    record.add("directory", directory);
    for (const std::string& file : files)
        record.add("file", file);
    for (const Volume& volume : volumes)
        record.add("volume", line_of(volume));
    record.save(path_of(qube), true);
}

void Intent::drop(const std::string& qube)
{
    each_entry([&](int directory, std::string_view name) {
        if (name.starts_with(qube + "~"))
            ::unlinkat(directory, std::string{name}.c_str(), 0);
    });
    const std::string path = path_of(qube);
    if (::unlink(path.c_str()) == 0)
        flush_directory_of(path);
}

} // namespace qmgmt

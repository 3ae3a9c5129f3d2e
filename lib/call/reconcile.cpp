// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/reconcile.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "names/names.hpp"
#include "state/named_lock.hpp"
#include "state/record.hpp"
#include "state/runtime.hpp"
#include "storage/pool_table.hpp"

#include <cerrno>
#include <dirent.h>
#include <unistd.h>

namespace qmgmt {
namespace {

std::string intent_path(const std::string& qube)
{
    return lasting_file("intent/" + qube);
}

std::vector<std::string> pending()
{
    std::vector<std::string> names;
    const std::string directory = paths::below_root(paths::lasting) + "/intent";
    DIR* listing = ::opendir(directory.c_str());
    if (listing == nullptr)
        return names;
    while (const dirent* entry = ::readdir(listing)) {
        const std::string_view name = entry->d_name;
        if (const auto tilde = name.find('~'); tilde != std::string_view::npos)
            names.emplace_back(name.substr(0, tilde)); // an intent that was never put in place
        else if (QubeName::fault(name).empty())
            names.emplace_back(name);
    }
    ::closedir(listing);
    return names;
}

// Temporary files of intents: their writer holds the lock of the qube while it writes.
void remove_unfinished(const std::string& qube)
{
    const std::string directory = paths::below_root(paths::lasting) + "/intent";
    DIR* listing = ::opendir(directory.c_str());
    if (listing == nullptr)
        return;
    while (const dirent* entry = ::readdir(listing)) {
        if (std::string_view{entry->d_name}.starts_with(qube + "~"))
            ::unlinkat(::dirfd(listing), entry->d_name, 0);
    }
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

// The owner died. With the qube in the store it had committed and only the intent is left;
// otherwise nothing of it may stay.
void settle_creation(Call& call, const std::string& qube, const Record& intent)
{
    const Store store = Store::open(configured_dialect());
    const Qube* made = store.find_any(qube);
    if (made == nullptr || made->property("uuid") != intent.get("uuid")) {
        PoolTable pools{store};
        for (const std::string& line : intent.all("volume")) {
            if (const auto volume = volume_of(line))
                pools.pool(volume->pool).remove(*volume);
        }
        const std::string directory = intent.get("directory");
        if (!directory.empty() && made == nullptr &&
            ::rmdir(
                paths::below_root(std::string{paths::store_directory} + "/" + directory).c_str()) !=
                0 &&
            errno != ENOENT && errno != ENOTEMPTY)
            throw_errno(failure::failed, "cannot remove a directory", directory);
    }
    drop_intent(qube);
    log_warning(call.request().program + ": cleared up after a creation of '" + qube +
                "' that was cut off");
}

} // namespace

void write_intent(const CreateIntent& intent)
{
    Record record;
    record.add("verb", "create");
    record.add("call", intent.call);
    record.add("uuid", intent.uuid);
    record.add("directory", intent.directory);
    for (const Volume& volume : intent.volumes)
        record.add("volume", line_of(volume));
    record.save(intent_path(intent.qube), true);
}

void drop_intent(const std::string& qube)
{
    const std::string path = intent_path(qube);
    if (::unlink(path.c_str()) == 0)
        flush_directory_of(path);
}

void reconcile_own_intent(Call& call, const std::string& qube)
{
    remove_unfinished(qube);
    if (const auto intent = Record::load(intent_path(qube)))
        settle_creation(call, qube, *intent);
}

void reconcile_intents(Call& call)
{
    for (const std::string& qube : pending()) {
        const auto lock =
            NamedLock::try_lock(qube_lock(qube), LockMode::exclusive, call.request().program);
        if (!lock)
            continue; // its owner works on it
        try {
            reconcile_own_intent(call, qube);
        } catch (const Error& error) {
            log_warning("cannot clear up after an unfinished creation of '" + qube +
                        "': " + error.text() + " (" + error.detail() + "), ignoring");
        }
    }
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/reconcile.hpp"

#include "base/directory_tree.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "state/named_lock.hpp"
#include "storage/pool_table.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace qmgmt {
namespace {

// Takes `path`, below /var/lib/qubes, by `take(directory, name)`: true, or false with errno set. No
// link is followed on the way; what is not there is success.
template<typename Take>
void take_path(const std::string& path, Take take)
{
    Fd directory = open_trusted_directory(paths::below_root(std::string{paths::store_directory}));
    std::string name = path;
    for (auto slash = name.find('/'); directory && slash != std::string::npos;
         slash = name.find('/')) {
        directory = open_directory(directory.get(), name.substr(0, slash));
        name.erase(0, slash + 1);
    }
    if ((!directory || !take(directory.get(), name)) && errno != ENOENT)
        throw_errno(failure::failed, "cannot remove what a qube has in its directory", path);
}

// A removed qube's directory goes with all that is in it; a new one's only when it is empty.
bool take_directory(Intent::Verb verb, int parent, const std::string& name)
{
    if (verb == Intent::Verb::remove)
        return remove_tree(parent, name);
    return ::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOTEMPTY ||
           errno == EEXIST;
}

const char* doing(Intent::Verb verb)
{
    return verb == Intent::Verb::remove ? "removal" : "creation";
}

} // namespace

void take_from_disk(const Store& store, const Intent& intent)
{
    std::exception_ptr first;
    const auto attempt = [&first](const auto& work) {
        try {
            work();
        } catch (const Error&) {
            if (!first)
                first = std::current_exception();
        }
    };
    PoolTable pools{store};
    for (const Volume& volume : intent.volumes)
        attempt([&] { pools.pool(volume.pool).remove(volume); });
    for (const std::string& file : intent.files)
        attempt([&] {
            take_path(file, [](int directory, const std::string& name) {
                return ::unlinkat(directory, name.c_str(), 0) == 0;
            });
        });
    if (!intent.directory.empty())
        attempt([&] {
            take_path(intent.directory, [&](int parent, const std::string& name) {
                return take_directory(intent.verb, parent, name);
            });
        });
    if (first)
        std::rethrow_exception(first);
}

void reconcile_own_intent(Call& call, const std::string& qube)
{
    if (const auto intent = Intent::load(qube)) {
        const Store store = Store::open(configured_dialect());
        const Qube* present = store.find_any(qube);
        const std::string who = call.request().program;
        if (present == nullptr) {
            take_from_disk(store, *intent);
            log_warning(who + ": cleared up after a " + doing(intent->verb) + " of '" + qube +
                        "' that was cut off");
        } else if (present->property("uuid") != intent->uuid) {
            log_warning(who + ": forgot a " + doing(intent->verb) + " of another '" + qube +
                        "', whose volumes would be the present one's");
        }
    }
    Intent::drop(qube);
}

void reconcile_intents(Call& call)
{
    for (const std::string& qube : Intent::pending()) {
        const auto lock =
            NamedLock::try_lock(qube_lock(qube), LockMode::exclusive, call.request().program);
        if (!lock)
            continue; // its owner works on it
        try {
            reconcile_own_intent(call, qube);
        } catch (const Error& error) {
            log_warning("cannot clear up after unfinished work on '" + qube + "': " + error.text() +
                        " (" + error.detail() + "), ignoring");
        }
    }
}

} // namespace qmgmt

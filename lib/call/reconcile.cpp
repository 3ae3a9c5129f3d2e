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

// A removed qube's directory goes with all that is in it; a new one's only when it is empty.
void take_directory(const Intent& intent)
{
    const std::string path = paths::below_root(std::string{paths::store_directory});
    const auto slash = intent.directory.find('/');
    const std::string parent = intent.directory.substr(0, slash);
    const std::string name = intent.directory.substr(slash + 1);
    const Fd store_directory = open_trusted_directory(path);
    const Fd directory = open_directory(store_directory.get(), parent);
    if (!directory) {
        if (errno == ENOENT)
            return;
        throw_errno(failure::failed, "cannot remove a directory", path + "/" + parent);
    }
    const bool done = intent.verb == Intent::Verb::remove
                          ? remove_tree(directory.get(), name)
                          : ::unlinkat(directory.get(), name.c_str(), AT_REMOVEDIR) == 0 ||
                                errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST;
    if (!done)
        throw_errno(failure::failed, "cannot remove a directory", path + "/" + intent.directory);
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
    if (!intent.directory.empty())
        attempt([&] { take_directory(intent); });
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

// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/editor.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/file_lock.hpp"
#include "base/lock_holder.hpp"
#include "base/paths.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

Fd open_for_editing(const std::string& path)
{
    Fd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY)};
    if (!fd) {
        if (errno == ENOENT || errno == ENOTDIR)
            throw Error{failure::store, "cannot open the store: it is missing", path};
        throw_errno(failure::store, "cannot open the store for writing", path);
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
        throw Error{failure::store, "cannot open the store: it is not a regular file", path};
    return fd;
}

// A waiter may wake up with the lock of a file that has been replaced meanwhile.
bool is_still(const std::string& path, int fd)
{
    struct stat by_path {};
    struct stat by_fd {};
    return ::stat(path.c_str(), &by_path) == 0 && ::fstat(fd, &by_fd) == 0 &&
           by_path.st_dev == by_fd.st_dev && by_path.st_ino == by_fd.st_ino;
}

Fd open_locked(const std::string& path, Deadline deadline)
{
    for (;;) {
        Fd fd = open_for_editing(path);
        if (!lock_file(fd.get(), LockMode::exclusive, deadline))
            throw Error{failure::busy, "the store is busy: " + lock_holder(fd.get()) + " holds it"};
        if (is_still(path, fd.get()))
            return fd;
    }
}

} // namespace

StoreEditor::StoreEditor(Deadline deadline, std::optional<Dialect> dialect)
    : lock_{open_locked(paths::below_root(paths::store), deadline)}
{
    // Only lock holders make those of the store; those of the index readers make, too: one who
    // loses it at work has lost only speed.
    remove_leftovers(paths::below_root(paths::store));
    remove_leftovers(index_path());
    Fd reader{::fcntl(lock_.get(), F_DUPFD_CLOEXEC, 3)}; // the same open file: the lock stays one
    if (!reader)
        throw_errno(failure::failed, "cannot read the store", "F_DUPFD_CLOEXEC");
    store_ = Store::load(std::move(reader), dialect);
    before_ = store_->index();
    bytes_before_ = store_->all_bytes();
}

bool StoreEditor::changed() const
{
    return store_->all_bytes() != bytes_before_;
}

void StoreEditor::check() const
{
    const Index& now = store_->index();
    for (std::size_t i = 0; i < now.size(); ++i) {
        const IndexEntry entry = now.entry(i);
        const auto old_entry = before_->find(entry.name);
        if (!entry.verdict.empty() && (!old_entry || old_entry->verdict.empty()))
            throw Error{failure::store, "cannot change the store: '" + std::string{entry.name} +
                                            "' would break: " + std::string{entry.verdict}};
    }
}

void StoreEditor::commit(const std::function<void()>& after)
{
    if (!changed())
        return;
    store_->reindex();
    check();

    const std::string path = paths::below_root(paths::store);
    ReplacementFile file{path, 0660};
    file.write(store_->all_bytes());
    give_to_qubes_group(file.fd());
    // Nobody may commit and journal before we have journalled: the new file is locked before it can
    // be found.
    if (!try_lock_file(file.fd(), LockMode::exclusive))
        throw Error{failure::internal, "cannot lock a file that nobody else has"};
    file.put_in_place();
    const Fd new_lock = file.take();
    struct stat status {};
    if (::fstat(new_lock.get(), &status) == 0)
        write_index(store_->index(), FileVersion::of(status));
    after();
    bytes_before_ = store_->all_bytes();
}

} // namespace qmgmt

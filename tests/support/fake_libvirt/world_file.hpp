// SPDX-License-Identifier: GPL-2.0-or-later
//
// The world on disk, shared by all processes: <directory>/fake-libvirt under a lock beside it,
// replaced by a rename, so that a process that is killed leaves it as it was before or after. The
// directory also holds the documents of the domains and the log of what was asked for.
#pragma once

#include "base/fd.hpp"
#include "support/fake_libvirt/world.hpp"

#include <string>
#include <string_view>

namespace qmgmt::fake {

// Where a session daemon would have its sockets: calls that give up rights keep this one. Without
// XDG_RUNTIME_DIR the scratch root itself.
[[nodiscard]] std::string directory_of_environment();

class WorldFile {
public:
    // Waits for the lock; what is due has happened.
    explicit WorldFile(std::string directory);

    World world;

    void save() const;

    // The document that the next start uses, and the one of the running domain. Empty: none.
    [[nodiscard]] std::string defined(std::string_view uuid) const;
    [[nodiscard]] std::string live(std::string_view uuid) const;
    void set_defined(std::string_view uuid, std::string_view xml) const;
    void set_live(std::string_view uuid, std::string_view xml) const;

    // Appends a line "MICROSECONDS PID WORDS" to <directory>/fake-libvirt.log.
    void log(std::string_view words) const;

private:
    [[nodiscard]] std::string document(std::string_view uuid, std::string_view kind) const;
    void replace(const std::string& path, std::string_view bytes) const;

    std::string directory_;
    Fd lock_;
};

} // namespace qmgmt::fake

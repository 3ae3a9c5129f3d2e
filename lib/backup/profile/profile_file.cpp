// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/fault.hpp"
#include "backup/profile/profile.hpp"
#include "backup/profile/yaml.hpp"
#include "base/fd.hpp"
#include "base/paths.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>

namespace qmgmt {
namespace {

[[noreturn]] void refuse(const ProfileId& id, const char* why)
{
    throw BackupError{BackupFault::config_permissions, "the profile '" + id.text() + "' " + why};
}

Fd open_profile(const ProfileId& id)
{
    const std::string directory = paths::below_root(paths::backup_profiles);
    const Fd at{::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    // A pipe of that name keeps nobody waiting.
    Fd file{at ? ::openat(at.get(), (id.text() + ".conf").c_str(),
                          O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK)
               : -1};
    if (file)
        return file;
    const int code = errno;
    if (code == ENOENT || code == ENOTDIR)
        throw BackupError{BackupFault::config_not_found, "no profile '" + id.text() + "'"};
    if (code == ELOOP)
        refuse(id, "is a symbolic link");
    throw BackupError{BackupFault::config_permissions,
                      "the profile '" + id.text() + "' cannot be read", std::strerror(code)};
}

// Whoever may change a profile decides where the data goes.
void check_owner(const ProfileId& id, const struct stat& facts)
{
    if (!S_ISREG(facts.st_mode))
        refuse(id, "is no ordinary file");
    // Below a scratch root there is nobody but who made it.
    const bool trusted =
        facts.st_uid == 0 || (!paths::root().empty() && facts.st_uid == ::geteuid());
    if (!trusted)
        refuse(id, "does not belong to root");
    if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        refuse(id, "can be changed by others than root");
}

Secret text_of(const ProfileId& id, const Fd& file)
{
    Secret text{most_profile + 1};
    std::size_t size = 0;
    while (size < text.room()) {
        const ssize_t got = ::read(file.get(), text.data() + size, text.room() - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw BackupError{BackupFault::config_permissions,
                              "the profile '" + id.text() + "' cannot be read",
                              std::strerror(errno)};
        if (got == 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    text.set_size(size);
    return text;
}

} // namespace

Profile load_profile(const ProfileId& id)
{
    const Fd file = open_profile(id);
    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0)
        refuse(id, "cannot be read");
    check_owner(id, facts);
    Profile profile = parse_profile(id, text_of(id, file).bytes());
    const bool secret = profile.passphrase.text || profile.restore.passphrase.text;
    if (secret && (facts.st_mode & S_IROTH) != 0)
        refuse(id, "holds a passphrase and can be read by everybody");
    return profile;
}

} // namespace qmgmt

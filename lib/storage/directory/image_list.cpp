// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/directory/image_list.hpp"

#include "base/directory_tree.hpp"
#include "base/error.hpp"
#include "storage/directory/image_name.hpp"

#include <cerrno>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>

namespace qmgmt {

namespace {

// The names in an opened directory; none when what was opened is missing or is none of ours.
std::vector<std::string> entries_of(const Fd& directory, const std::string& where)
{
    std::vector<std::string> names;
    const bool passed_over = !directory && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP);
    if (!passed_over && (!directory || !read_entries(directory.get(), names)))
        throw_errno(failure::storage, "cannot list volumes: a directory cannot be read", where);
    return names;
}

bool is_regular(int directory, const std::string& name)
{
    struct stat facts {};
    return ::fstatat(directory, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(facts.st_mode);
}

} // namespace

std::vector<std::string> list_images(const std::string& pool_directory)
{
    std::set<std::string> vids; // a volume may have both images
    const Fd pool = open_trusted_directory(pool_directory);
    if (!pool && errno == ENOENT)
        return {};
    if (!pool)
        throw_errno(failure::storage, "cannot list volumes: a directory cannot be read",
                    pool_directory);
    for (const std::string directory : {"appvms", "vm-templates"}) {
        const Fd parent = open_directory(pool.get(), directory);
        for (const auto& qube : entries_of(parent, directory)) {
            const Fd self = open_directory(parent.get(), qube);
            const std::string parent_vid = std::string{directory}.append("/").append(qube);
            for (const auto& name : entries_of(self, parent_vid)) {
                const auto role = role_of_image(name);
                const auto vid = std::string{parent_vid}.append("/").append(role.value_or(""));
                if (role && ImageVid::parse(vid) && is_regular(self.get(), name))
                    vids.insert(vid);
            }
        }
    }
    return {vids.begin(), vids.end()};
}

} // namespace qmgmt

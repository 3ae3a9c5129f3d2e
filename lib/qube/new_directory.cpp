// SPDX-License-Identifier: GPL-2.0-or-later

#include "qube/new_directory.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "storage/volume_config.hpp"

#include <cerrno>
#include <dirent.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

bool is_empty_directory(const std::string& path)
{
    DIR* listing = ::opendir(path.c_str());
    if (listing == nullptr)
        return false;
    bool empty = true;
    while (const dirent* entry = ::readdir(listing))
        empty = empty &&
                (std::string_view{entry->d_name} == "." || std::string_view{entry->d_name} == "..");
    ::closedir(listing);
    return empty;
}

} // namespace

NewDirectory::NewDirectory(const std::string& qube, unsigned klass)
    : qube_{qube}, below_store_{std::string{class_directory(klass)} + "/" + qube},
      path_{paths::below_root(std::string{paths::store_directory} + "/" + below_store_)}
{
    struct stat status {};
    is_there_ = ::lstat(path_.c_str(), &status) == 0;
    if (is_there_ && (!S_ISDIR(status.st_mode) || !is_empty_directory(path_)))
        throw Error{failure::failed,
                    "cannot create '" + qube + "': its directory exists and is not empty", path_};
}

void NewDirectory::make() const
{
    make_directories(path_.substr(0, path_.rfind('/')), 0775);
    if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST)
        throw_errno(failure::failed, "cannot create '" + qube_ + "': no directory", path_);
    ::chmod(path_.c_str(), 0775); // our umask is 0077
    try {
        flush_directory_of(path_);
    } catch (const Error&) {
        if (!is_there_)
            ::rmdir(path_.c_str());
        throw;
    }
}

} // namespace qmgmt

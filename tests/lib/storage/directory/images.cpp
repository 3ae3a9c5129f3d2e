// SPDX-License-Identifier: GPL-2.0-or-later

#include "images.hpp"

#include "base/fd.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace qmgmt::test {

std::unique_ptr<Pool> reflink_pool(const std::string& dir_path)
{
    return open_pool({"default", "file-reflink", {{"dir_path", dir_path}}});
}

Volume private_of_app1(int keep)
{
    return {.role = "private",
            .pool = "default",
            .vid = "appvms/app1/private",
            .size = 2 * gib,
            .revisions_to_keep = keep,
            .rw = true,
            .save_on_stop = true};
}

Volume root_of_t1()
{
    return {.role = "root",
            .pool = "default",
            .vid = "vm-templates/t1/root",
            .size = 10 * gib,
            .revisions_to_keep = 1,
            .rw = true,
            .save_on_stop = true};
}

Volume root_of_app1()
{
    return {.role = "root",
            .pool = "default",
            .vid = "appvms/app1/root",
            .source = "vm-templates/t1/root",
            .size = 10 * gib,
            .rw = true,
            .snap_on_start = true};
}

Volume volatile_of_app1()
{
    return {.role = "volatile",
            .pool = "default",
            .vid = "appvms/app1/volatile",
            .size = 10 * gib,
            .rw = true};
}

bool exists(const std::string& path)
{
    struct stat facts {};
    return ::lstat(path.c_str(), &facts) == 0;
}

struct stat facts_of(const std::string& path)
{
    struct stat facts {};
    INFO(path);
    REQUIRE(::lstat(path.c_str(), &facts) == 0);
    return facts;
}

ino_t inode(const std::string& path)
{
    return facts_of(path).st_ino;
}

std::uint64_t allocated(const std::string& path)
{
    return static_cast<std::uint64_t>(facts_of(path).st_blocks) * 512;
}

std::set<std::string> names_in(const std::string& directory)
{
    std::set<std::string> names;
    if (DIR* stream = ::opendir(directory.c_str())) {
        while (const dirent* entry = ::readdir(stream))
            names.insert(entry->d_name);
        ::closedir(stream);
    }
    names.erase(".");
    names.erase("..");
    return names;
}

void write_image(const std::string& path, const std::string& text, off_t at)
{
    static time_t now = 1714558272; // 2024-05-01T10:11:12Z
    INFO(path);
    const Fd image{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    REQUIRE(image);
    REQUIRE(::pwrite(image.get(), text.data(), text.size(), at) ==
            static_cast<ssize_t>(text.size()));
    const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                               {.tv_sec = ++now, .tv_nsec = 0}};
    REQUIRE(::futimens(image.get(), times) == 0);
}

std::string read_image(const std::string& path, std::size_t length, off_t at)
{
    INFO(path);
    const Fd image{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    REQUIRE(image);
    return read_at(image.get(), static_cast<std::size_t>(at), length);
}

void put_file(const std::string& path, const std::string& text)
{
    INFO(path);
    const Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    REQUIRE(file);
    REQUIRE(write_all(file.get(), text));
}

} // namespace qmgmt::test

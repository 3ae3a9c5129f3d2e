// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/fake_libvirt/world_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace qmgmt::fake {
namespace {

std::string read_whole(const std::string& path)
{
    const std::ifstream file{path, std::ios::binary};
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

[[noreturn]] void fail(const std::string& path)
{
    throw std::system_error{errno, std::generic_category(), path};
}

} // namespace

std::string directory_of_environment()
{
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    if (runtime != nullptr && *runtime != '\0')
        return std::string{runtime} + "/libvirt";
    const char* root = std::getenv("QUBES_MGMT_ROOT");
    return root == nullptr ? "" : root;
}

WorldFile::WorldFile(std::string directory) : directory_{std::move(directory)}
{
    const std::string path = directory_ + "/fake-libvirt.lock";
    lock_ = Fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)};
    if (!lock_)
        fail(path);
    while (::flock(lock_.get(), LOCK_EX) != 0) {
        if (errno != EINTR)
            fail(path);
    }
    world = World::parse(read_whole(directory_ + "/fake-libvirt"));
    if (world.let_pass(now()))
        save();
}

void WorldFile::replace(const std::string& path, std::string_view bytes) const
{
    const std::string fresh = path + "~";
    if (!(std::ofstream{fresh, std::ios::binary | std::ios::trunc} << bytes).flush() ||
        ::rename(fresh.c_str(), path.c_str()) != 0)
        fail(path);
}

void WorldFile::save() const
{
    replace(directory_ + "/fake-libvirt", world.text());
}

std::string WorldFile::document(std::string_view uuid, std::string_view kind) const
{
    return directory_ + "/fake-libvirt-" + std::string{uuid} + std::string{kind};
}

std::string WorldFile::defined(std::string_view uuid) const
{
    return read_whole(document(uuid, ".xml"));
}
std::string WorldFile::live(std::string_view uuid) const
{
    return read_whole(document(uuid, ".live.xml"));
}
void WorldFile::set_defined(std::string_view uuid, std::string_view xml) const
{
    replace(document(uuid, ".xml"), xml);
}
void WorldFile::set_live(std::string_view uuid, std::string_view xml) const
{
    replace(document(uuid, ".live.xml"), xml);
}

void WorldFile::log(std::string_view words) const
{
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    const std::string line =
        std::to_string(static_cast<long long>(time.tv_sec) * 1'000'000 + time.tv_nsec / 1000) +
        " " + std::to_string(::getpid()) + " " + std::string{words} + "\n";
    const std::string path = directory_ + "/fake-libvirt.log";
    const Fd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)};
    if (!fd || ::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        fail(path);
}

} // namespace qmgmt::fake

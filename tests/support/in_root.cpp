// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/in_root.hpp"

#include "base/paths.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace qmgmt::test {

Root::Root()
{
    std::array<char, 16> name{"/tmp/qm.XXXXXX"};
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error{"no scratch directory"};
    path_ = name.data();
}

Root::~Root()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string Root::make_way(std::string_view absolute) const
{
    std::filesystem::path path{path_ + std::string{absolute}};
    std::filesystem::create_directories(path.parent_path());
    return path;
}

void Root::write(std::string_view absolute, std::string_view bytes) const
{
    std::ofstream file{make_way(absolute), std::ios::binary};
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush())
        throw std::runtime_error{"cannot write a scratch file"};
}

bool Root::run(const std::function<bool()>& body) const
{
    const pid_t child = ::fork();
    if (child < 0)
        throw std::runtime_error{"cannot fork"};
    if (child == 0) {
        ::alarm(10);
        int code = 2;
        try {
            if (::setenv("QUBES_MGMT_ROOT", path_.c_str(), 1) == 0)
                code = paths::root() == path_ && body() ? 0 : 1;
        } catch (...) {
        }
        ::_exit(code);
    }
    int status = -1;
    if (::waitpid(child, &status, 0) != child)
        throw std::runtime_error{"cannot wait for a child"};
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Listener::Listener(const std::string& path)
    : fd_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)}
{
    struct sockaddr_un address {};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw std::runtime_error{"the path of a socket is too long"};
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (fd_ < 0 ||
        ::bind(fd_, reinterpret_cast<const struct sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error{"cannot listen"};
}

Listener::~Listener()
{
    ::close(fd_);
}

std::optional<std::string> Listener::next() const
{
    std::string bytes(65536, '\0');
    const ssize_t length = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (length < 0)
        return std::nullopt;
    bytes.resize(static_cast<std::size_t>(length));
    return bytes;
}

} // namespace qmgmt::test

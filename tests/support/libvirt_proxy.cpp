// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/libvirt_proxy.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <utility>

namespace qmgmt::test {
namespace {

constexpr int patience = 20'000; // milliseconds

Fd unix_socket()
{
    return Fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
}

struct sockaddr_un address_of(const std::string& path)
{
    struct sockaddr_un address {};
    if (path.size() >= sizeof address.sun_path)
        throw std::runtime_error{"too long for a socket: " + path};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

bool readable(int socket)
{
    pollfd wait{socket, POLLIN, 0};
    return ::poll(&wait, 1, patience) == 1;
}

std::size_t word_at(const std::string& message, std::size_t index)
{
    std::size_t value = 0;
    for (std::size_t i = 4 * index; i < 4 * index + 4; ++i)
        value = value << 8 | static_cast<unsigned char>(message.at(i));
    return value;
}

bool receive(int socket, std::string& bytes, std::size_t wanted)
{
    std::array<char, 65536> buffer{};
    while (bytes.size() < wanted) {
        const std::size_t room = std::min(buffer.size(), wanted - bytes.size());
        const ssize_t got = readable(socket) ? ::recv(socket, buffer.data(), room, 0) : -1;
        if (got <= 0)
            return false;
        bytes.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return true;
}

// A whole one; empty when there is none.
std::string message_from(int socket)
{
    std::string message;
    if (!receive(socket, message, 4) || !receive(socket, message, word_at(message, 0)))
        return {};
    return message;
}

bool send_all(int socket, const std::string& bytes)
{
    return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
}

bool deliver(int socket, const LibvirtProxy::Treated& treated)
{
    if (treated.between_bytes < std::chrono::milliseconds{0})
        return send_all(socket, treated.bytes);
    for (const char byte : treated.bytes) {
        if (!send_all(socket, {byte}))
            return false;
        std::this_thread::sleep_for(treated.between_bytes);
    }
    return true;
}

void wait_until_gone(int socket)
{
    std::string rest;
    while (receive(socket, rest, rest.size() + 1)) {
    }
}

// In doubt it has.
bool has_library(int socket)
{
    struct ucred peer {};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return true;
    std::ifstream file{"/proc/" + std::to_string(peer.pid) + "/maps"};
    const std::string maps{std::istreambuf_iterator<char>{file}, {}};
    return maps.find("/libc.so") == std::string::npos ||
           maps.find("/libvirt.so") != std::string::npos;
}

} // namespace

LibvirtProxy::LibvirtProxy(const std::string& front, std::string back)
    : back_{std::move(back)}, listener_{unix_socket()}
{
    const auto address = address_of(front);
    if (::bind(listener_.get(), reinterpret_cast<const struct sockaddr*>(&address),
               sizeof address) != 0 ||
        ::chmod(front.c_str(), 0777) != 0 || ::listen(listener_.get(), 8) != 0)
        throw std::runtime_error{"cannot listen at " + front};
    thread_ = std::thread{[this] { serve(); }};
}

LibvirtProxy::~LibvirtProxy()
{
    ::shutdown(listener_.get(), SHUT_RDWR); // accept fails then
    thread_.join();
}

void LibvirtProxy::treat_next(Treatment treatment)
{
    const std::lock_guard lock{mutex_};
    next_ = std::move(treatment);
}

std::vector<LibvirtProxy::Heard> LibvirtProxy::heard()
{
    std::unique_lock lock{mutex_};
    idle_.wait_for(lock, std::chrono::milliseconds{patience}, [this] { return !busy_; });
    return std::exchange(heard_, {});
}

void LibvirtProxy::serve()
{
    while (true) {
        const Fd client{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (!client)
            return;
        converse(client);
    }
}

void LibvirtProxy::converse(const Fd& client)
{
    std::string request = message_from(client.get());
    if (request.empty())
        return; // somebody who only looked whether somebody listens
    Treatment treatment;
    Heard heard;
    {
        const std::lock_guard lock{mutex_};
        treatment = std::exchange(next_, nullptr);
        busy_ = true;
    }
    const Fd daemon = unix_socket();
    const auto address = address_of(back_);
    if (::connect(daemon.get(), reinterpret_cast<const struct sockaddr*>(&address),
                  sizeof address) != 0)
        request.clear();
    for (; !request.empty(); request = message_from(client.get())) {
        heard.library |= has_library(client.get());
        heard.procedures.push_back(static_cast<std::uint32_t>(word_at(request, 3)));
        std::string answer = send_all(daemon.get(), request) ? message_from(daemon.get()) : "";
        heard.answers.push_back(answer);
        const Treated treated = treatment ? treatment(heard.procedures.back(), std::move(answer))
                                          : Treated{std::move(answer)};
        if (!deliver(client.get(), treated) || treated.then == Treated::Then::hang_up)
            break;
        if (treated.then == Treated::Then::stall) {
            wait_until_gone(client.get());
            break;
        }
    }
    const std::lock_guard lock{mutex_};
    heard_.push_back(std::move(heard));
    busy_ = false;
    idle_.notify_all();
}

} // namespace qmgmt::test

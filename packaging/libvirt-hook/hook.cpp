// SPDX-License-Identifier: GPL-2.0-or-later
//
// The hook of libvirt, /etc/libvirt/hooks/{libxl,qemu}.d/50-qubes-mgmt: when a domain of ours has
// been released it starts `qubes-mgmt-settle UUID`, detached, and ends.
//   arguments: NAME OPERATION SUB-OPERATION EXTRA   standard input: the XML of the domain
// libvirtd waits for it while it holds the domain, so it asks libvirt nothing, reads no more than
// it needs and starts its worker without any of its descriptors. Always succeeds: a hook that fails
// can keep a domain from starting. Domains of others, and users other than ours, are no concern of
// it: they have no run record. Static and without the C++ library: three of these run at each
// start.

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr std::size_t most_read = 4096; // name and uuid are the first elements of a domain
constexpr int patience_ms = 1000;       // libvirtd writes the document at once
constexpr std::size_t uuid_length = 36;

struct Buffer {
    char bytes[most_read];
    std::size_t filled = 0;

    [[nodiscard]] std::string_view text() const { return {bytes, filled}; }
};

struct Path {
    char text[4096];

    bool set(std::string_view first, std::string_view second)
    {
        if (first.size() + second.size() >= sizeof text)
            return false;
        std::memcpy(text, first.data(), first.size());
        std::memcpy(text + first.size(), second.data(), second.size());
        text[first.size() + second.size()] = '\0';
        return true;
    }
};

bool is_uuid(std::string_view text)
{
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return text.size() == uuid_length;
}

// The content of the first <uuid>; empty when it is not there, not whole or none. What a user may
// have put into the name before it is escaped.
std::string_view uuid_in(std::string_view xml)
{
    constexpr std::string_view opening = "<uuid>";
    constexpr std::string_view closing = "</uuid>";
    const auto at = xml.find(opening);
    if (at == std::string_view::npos)
        return {};
    xml.remove_prefix(at + opening.size());
    const auto uuid = xml.substr(0, uuid_length);
    return is_uuid(uuid) && xml.substr(uuid.size()).starts_with(closing) ? uuid
                                                                         : std::string_view{};
}

long milliseconds()
{
    struct timespec now {};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

// Until there is a uuid, the buffer is full, the document ends, or the time is up.
std::string_view read_uuid(Buffer& buffer)
{
    const long end = milliseconds() + patience_ms;
    while (buffer.filled < most_read) {
        const long left = end - milliseconds();
        pollfd wait{STDIN_FILENO, POLLIN, 0};
        if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) <= 0)
            return {};
        const ssize_t got =
            ::read(STDIN_FILENO, buffer.bytes + buffer.filled, most_read - buffer.filled);
        if (got <= 0)
            return {};
        buffer.filled += static_cast<std::size_t>(got);
        if (const auto uuid = uuid_in(buffer.text()); !uuid.empty())
            return uuid;
    }
    return {};
}

// The program beside this one, or where a package puts it.
bool find_worker(Path& worker)
{
    char own[4096];
    const ssize_t length = ::readlink("/proc/self/exe", own, sizeof own);
    if (length > 0) {
        const std::string_view path{own, static_cast<std::size_t>(length)};
        if (worker.set(path.substr(0, path.rfind('/')), "/qubes-mgmt-settle") &&
            ::access(worker.text, X_OK) == 0)
            return true;
    }
    return worker.set(QMGMT_LIBEXEC, "/qubes-mgmt-settle") && ::access(worker.text, X_OK) == 0;
}

// In the child of the child, which init takes over.
[[noreturn]] void become_worker(Path& worker, char* uuid)
{
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char locale[] = "LC_ALL=C";
    char* const words[] = {worker.text, uuid, nullptr};
    char* const environment[] = {path, locale, nullptr};
    ::close_range(0, ~0U, 0);
    // 0, 1 and 2 again, for the worker: nobody waits for their end.
    if (::open("/dev/null", O_RDWR | O_NOCTTY) == 0 && // NOLINT(android-cloexec-open): inherited
        ::fcntl(0, F_DUPFD, 1) == 1 && ::fcntl(0, F_DUPFD, 2) == 2 && ::chdir("/") == 0)
        ::execve(worker.text, words, environment);
    ::_exit(1);
}

void start_detached(Path& worker, char* uuid)
{
    const pid_t child = ::fork();
    if (child == 0) {
        if (::setsid() > 0 && ::fork() == 0)
            become_worker(worker, uuid);
        ::_exit(0);
    }
    while (child > 0 && ::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 3 || std::string_view{argv[2]} != "release")
        return 0;
    Buffer buffer;
    const std::string_view found = read_uuid(buffer);
    Path record;
    Path worker;
    if (found.empty() || !record.set("/run/qubes-mgmt/run/", found) ||
        ::access(record.text, F_OK) != 0 || !find_worker(worker))
        return 0;
    char uuid[uuid_length + 1] = {};
    std::memcpy(uuid, found.data(), found.size());
    start_detached(worker, uuid);
    return 0;
}

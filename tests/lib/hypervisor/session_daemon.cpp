// SPDX-License-Identifier: GPL-2.0-or-later

#include "lib/hypervisor/session_daemon.hpp"

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "support/guest.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace qmgmt::test {
namespace {

namespace fs = std::filesystem;

constexpr uid_t nobody = 65534;
constexpr int unexpected = 100;
constexpr std::chrono::seconds patience{60};

} // namespace

SessionDaemon::SessionDaemon(const std::string& disk)
{
    if (::mkdtemp(path_.data()) == nullptr)
        throw std::system_error{errno, std::generic_category(), "mkdtemp"};
    for (const char* const name : {"/run", "/conf", "/cache"})
        fs::create_directory(path_ + name);
    for (const char* const name : {"/root.img", "/more.img"})
        std::ofstream{path_ + name} << disk;
    if (::geteuid() != 0)
        return;
    for (const auto& entry : fs::directory_iterator{path_}) {
        if (::chown(entry.path().c_str(), nobody, nobody) != 0)
            throw std::system_error{errno, std::generic_category(), "chown"};
    }
    if (::chown(path_.c_str(), nobody, nobody) != 0)
        throw std::system_error{errno, std::generic_category(), "chown"};
}

SessionDaemon::~SessionDaemon()
{
    for (const char* const file :
         {"libvirt/qemu/run/work.pid", "libvirt/libvirtd.pid", "libvirt/virtlogd.pid"})
        stop(file);
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

int SessionDaemon::exit_of(const std::function<void()>& body) const
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (::geteuid() == 0 &&
            (::setgroups(0, nullptr) != 0 || ::setresgid(nobody, nobody, nobody) != 0 ||
             ::setresuid(nobody, nobody, nobody) != 0))
            ::_exit(unexpected - 1);
        ::setenv("HOME", path_.c_str(), 1);
        ::setenv("XDG_RUNTIME_DIR", (path_ + "/run").c_str(), 1);
        ::setenv("XDG_CONFIG_HOME", (path_ + "/conf").c_str(), 1);
        ::setenv("XDG_CACHE_HOME", (path_ + "/cache").c_str(), 1);
        std::signal(SIGPIPE, SIG_IGN); // as every call does
        try {
            body();
        } catch (const Error& error) {
            std::fprintf(stderr, "%s (%s)\n", error.text().c_str(), error.detail().c_str());
            ::_exit(static_cast<int>(error.kind()));
        } catch (...) {
            ::_exit(unexpected - 2);
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t SessionDaemon::pid(const std::string& file) const
{
    const std::string text = read_small_file(path_ + "/run/" + file, 32);
    return text.empty() ? -1 : std::stoi(text);
}

std::string SessionDaemon::definition() const
{
    DomainPlan plan = small_plan();
    plan.disks = {{"root", path_ + "/root.img", false, true}};
    plan.console_log = console();
    return qemu_domain_xml(plan, QemuNet::none);
}

bool SessionDaemon::guest_is_up() const
{
    return wait_for_sign_of_life(console(), Deadline::in(patience));
}

std::string SessionDaemon::more() const
{
    return "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='" +
           path_ + "/more.img'/><target dev='vdi' bus='virtio'/></disk>";
}

void SessionDaemon::stop(const std::string& file) const
{
    const pid_t process = pid(file);
    if (process <= 1)
        return;
    const Fd ending{static_cast<int>(::syscall(SYS_pidfd_open, process, 0))};
    ::kill(process, SIGCONT);
    if (!ending || ::kill(process, SIGTERM) != 0)
        return;
    pollfd wait{ending.get(), POLLIN, 0};
    if (::poll(&wait, 1, 10'000) != 1)
        ::kill(process, SIGKILL);
}

void expect(bool as_expected, int step)
{
    if (!as_expected)
        ::_exit(unexpected + step);
}

bool in_time(const std::function<bool()>& seen)
{
    const auto deadline = Deadline::in(patience);
    while (!seen()) {
        if (deadline.passed())
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    return true;
}

std::unique_ptr<Hypervisor> connect_session(std::chrono::seconds read)
{
    HypervisorConfig config;
    config.connection = "qemu:///session";
    config.open = std::chrono::seconds{20};
    config.read = read;
    config.define = std::chrono::seconds{60};
    return connect_hypervisor(config);
}

void load_object()
{
    HypervisorConfig config;
    config.connection = "test:///default";
    static_cast<void>(connect_hypervisor(config));
}

} // namespace qmgmt::test

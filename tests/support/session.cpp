// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/session.hpp"

#include "support/guest.hpp"

#include <csignal>
#include <filesystem>
#include <poll.h>
#include <stdexcept>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace qmgmt::test {
namespace {

namespace fs = std::filesystem;

constexpr uid_t nobody = 65534;

// Ends the process whose number stands in `pid_file` and waits until it is gone.
void stop(const ScratchRoot& root, std::string_view pid_file)
{
    if (!root.exists(pid_file))
        return;
    const pid_t pid = std::stoi(root.read(pid_file));
    const Fd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (!process || ::kill(pid, SIGTERM) != 0)
        return;
    pollfd wait{process.get(), POLLIN, 0};
    if (::poll(&wait, 1, 10'000) != 1)
        ::kill(pid, SIGKILL);
}

} // namespace

Session::Session(ScratchRoot& root) : root_{root}, drops_{::geteuid() == 0}
{
    root_.configure("hypervisor = qemu:///session\n");
    for (const char* const directory : {"/xdg", "/xdg/run", "/xdg/conf", "/xdg/cache", "/calls"}) {
        fs::create_directory(root_.below(directory));
        ::chmod(root_.below(directory).c_str(), 0700);
    }
    Environment& environment = root_.environment();
    environment["HOME"] = root_.below("/xdg");
    environment["XDG_RUNTIME_DIR"] = root_.below("/xdg/run");
    environment["XDG_CONFIG_HOME"] = root_.below("/xdg/conf");
    environment["XDG_CACHE_HOME"] = root_.below("/xdg/cache");
    environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"; // libvirtd is in sbin

    // The user may not reach the build folder: the calls and what they load stand below the root.
    for (const auto& entry : fs::directory_iterator{fs::path{call_path("x")}.parent_path()})
        if (entry.is_symlink() || entry.is_regular_file())
            fs::copy(entry.path(), root_.below("/calls") / entry.path().filename(),
                     fs::copy_options::copy_symlinks);
    fs::copy_file(test_program("test-domain"), root_.below("/calls/test-domain"));
    root_.write("/xdg/guest.img", guest_image());
    if (!drops_)
        return;
    ::chown(root_.path().c_str(), nobody, nobody);
    for (const auto& entry : fs::recursive_directory_iterator{root_.path()}) {
        if (::lchown(entry.path().c_str(), nobody, nobody) != 0)
            throw std::runtime_error{"cannot give the scratch root away"};
    }
}

Session::~Session()
{
    try {
        domain({"destroy-all"});
    } catch (const std::exception&) {
        // The daemon is stopped below; no domain means nothing to do.
    }
    stop(root_, "/xdg/run/libvirt/libvirtd.pid");
    stop(root_, "/xdg/run/libvirt/virtlogd.pid");
}

Command Session::as_user(Command command) const
{
    if (!drops_)
        return command;
    command.words.insert(command.words.begin(),
                         {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"});
    command.words.at(5) = command.program;
    command.program = "/usr/bin/setpriv";
    return command;
}

Command Session::command(const Ask& ask) const
{
    Command command = remote_command(root_, ask);
    command.program = root_.below("/calls/" + full_name(ask.call));
    command.words.front() = command.program;
    return as_user(std::move(command));
}

Outcome Session::run_call(const Ask& ask) const
{
    return run(command(ask));
}

Command Session::tool(std::string_view program, std::vector<std::string> words) const
{
    Command command;
    command.program = root_.below("/calls/" + std::string{program});
    command.words = {command.program};
    command.words.insert(command.words.end(), words.begin(), words.end());
    command.environment = root_.environment();
    return as_user(std::move(command));
}

std::string Session::domain(std::vector<std::string> words) const
{
    const std::string verb = words.front();
    Outcome outcome = run(tool("test-domain", std::move(words)));
    if (outcome.status != 0)
        throw std::runtime_error{"test-domain " + verb + ": " + outcome.err};
    return outcome.out;
}

void Session::start_paused(std::string_view name, std::string_view uuid) const
{
    domain({"start-paused", std::string{name}, std::string{uuid}, root_.below("/xdg/guest.img")});
}

void Session::resume(std::string_view uuid) const
{
    domain({"resume", std::string{uuid}});
}

void Session::suspend(std::string_view uuid) const
{
    domain({"suspend", std::string{uuid}});
}

void Session::destroy(std::string_view uuid) const
{
    domain({"destroy", std::string{uuid}});
}

void Session::edit(std::string_view uuid, std::string_view text, std::string_view instead) const
{
    domain({"edit", std::string{uuid}, std::string{text}, std::string{instead}});
}

std::string Session::live_xml(std::string_view uuid) const
{
    return domain({"live-xml", std::string{uuid}});
}

pid_t daemon_pid(const ScratchRoot& root)
{
    return std::stoi(root.read("/xdg/run/libvirt/libvirtd.pid"));
}

} // namespace qmgmt::test

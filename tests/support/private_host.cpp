// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/private_host.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace qmgmt::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr std::array<const char*, 3> replaced = {"/etc", "/run", "/var"};

// What programs want to find in /etc, whatever they do.
constexpr std::array<std::string_view, 9> kept = {
    "/etc/passwd", "/etc/group",     "/etc/nsswitch.conf",   "/etc/ld.so.cache", "/etc/hosts",
    "/etc/qemu",   "/etc/localtime", "/etc/crypto-policies", "/etc/alternatives"};

constexpr std::string_view qemu_conf = R"(user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
)";

constexpr std::string_view daemon_conf = R"(unix_sock_rw_perms = "0700"
auth_unix_rw = "none"
auth_unix_ro = "none"
log_outputs = "3:file:/run/libvirtd.log"
)";

// The packages of libvirt's driver make the user; without it the daemon ends, even if its
// configuration says root.
void add_user(const ScratchRoot& root)
{
    const std::string users = root.read("/etc/passwd");
    const std::string groups = root.read("/etc/group");
    if (users.find("\nlibvirt-qemu:") == std::string::npos)
        root.write("/etc/passwd", users + "libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin\n");
    if (groups.find("\nlibvirt-qemu:") == std::string::npos)
        root.write("/etc/group", groups + "libvirt-qemu:x:64055:\n");
}

void fill(const ScratchRoot& root)
{
    for (const std::string_view path : kept) {
        if (fs::exists(path))
            fs::copy(path, root.below(path),
                     fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    }
    add_user(root);
    root.write("/etc/libvirt/qemu.conf", qemu_conf);
    root.write("/etc/libvirt/libvirtd.conf", daemon_conf);
    for (const char* directory : {"/var/log/libvirt", "/var/cache", "/var/tmp"})
        fs::create_directories(root.below(directory));
    fs::create_symlink("/run", root.below("/var/run"));
}

} // namespace

PrivateHost::PrivateHost(ScratchRoot& root) : root_{root}
{
    if (std::getenv("QMGMT_PRIVATE_HOST") == nullptr || ::getppid() != 1)
        throw std::logic_error{"start this with tests/support/private-host"};
    fill(root_);
    root_.configure("hypervisor = qemu:///system\n");
    root_.environment().erase("QUBES_MGMT_ROOT");
    fs::create_directory(root_.below("/libexec"));
    fs::copy_file(QMGMT_TEST_HOOK, hook());
    fs::create_symlink(call_path("qubes-mgmt-settle"), worker());
    for (const char* directory : replaced) {
        if (::mount(root_.below(directory).c_str(), directory, nullptr, MS_BIND, nullptr) != 0)
            throw std::system_error{errno, std::generic_category(), directory};
    }
}

PrivateHost::~PrivateHost()
{
    try {
        if (daemon_) {
            domain({"destroy-all"});
            stop_daemon();
        }
    } catch (const std::exception&) {
        // What is left ends with this process, which is the first of its namespace.
    }
    for (const char* directory : replaced)
        ::umount2(directory, MNT_DETACH);
}

void PrivateHost::install_hook() const
{
    fs::create_directories("/etc/libvirt/hooks/qemu.d");
    fs::create_symlink(hook(), "/etc/libvirt/hooks/qemu.d/50-qubes-mgmt");
}

std::string PrivateHost::hook() const
{
    return root_.below("/libexec/qubes-mgmt-libvirt-hook");
}

std::string PrivateHost::worker() const
{
    return root_.below("/libexec/qubes-mgmt-settle");
}

void PrivateHost::start_daemon()
{
    const Environment environment{{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}};
    daemon_ =
        std::make_unique<Process>(Command{"/usr/sbin/libvirtd", {"libvirtd"}, environment, ""});
    for (int i = 0; i < 200; ++i) {
        if (fs::exists("/run/libvirt/libvirt-sock"))
            return;
        std::this_thread::sleep_for(milliseconds{50});
    }
    throw std::runtime_error{"libvirtd does not listen: " + root_.read("/run/libvirtd.log")};
}

void PrivateHost::stop_daemon()
{
    ::kill(daemon_->pid(), SIGTERM);
    if (!daemon_->ends_within(std::chrono::seconds{20}))
        daemon_->kill_now();
    daemon_.reset();
    fs::remove("/run/libvirt/libvirt-sock");
}

void PrivateHost::domain(std::vector<std::string> words) const
{
    Command command;
    command.program = test_program("test-domain");
    command.words = {command.program};
    command.words.insert(command.words.end(), words.begin(), words.end());
    const Outcome outcome = run(std::move(command));
    if (outcome.status != 0)
        throw std::runtime_error{"test-domain " + words.front() + ": " + outcome.err};
}

pid_t PrivateHost::qemu(std::string_view name) const
{
    return std::stoi(root_.read("/run/libvirt/qemu/" + std::string{name} + ".pid"));
}

} // namespace qmgmt::test

// SPDX-License-Identifier: GPL-2.0-or-later

#include "rpc/rights.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/loadable.hpp"
#include "base/paths.hpp"

#include <cstdlib>

namespace qmgmt::rpc {
namespace {

std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value != nullptr && *value == '/' ? value : "";
}

// One that cannot be made is reported by whoever needs it.
void make_if_missing(const std::string& directory, mode_t mode)
{
    try {
        make_directories(directory, mode);
    } catch (const Error&) {
        return;
    }
}

void add_writable(Rights& rights, std::string_view absolute)
{
    constexpr mode_t shared_directory = 02770;
    const std::string directory = paths::below_root(absolute);
    make_if_missing(directory, shared_directory);
    rights.may_write(directory);
}

// libvirt and the fifty libraries it needs, what they read when they are loaded, and where a
// session's daemon listens.
void add_hypervisor(Rights& rights)
{
    rights.may_read(program_directory());
    for (const char* path :
         {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/libvirt", "/etc/passwd", "/etc/group",
          "/etc/nsswitch.conf", "/etc/localtime", "/etc/crypto-policies", "/etc/gnutls",
          "/proc/xen", "/dev/urandom", "/dev/null"})
        rights.may_read(path);
    std::string path = variable("LD_LIBRARY_PATH"); // the loader follows it, and so must we
    for (std::size_t at = 0; at < path.size();) {
        const auto end = std::min(path.find(':', at), path.size());
        if (path[at] == '/')
            rights.may_read(path.substr(at, end - at));
        at = end + 1;
    }
    rights.syscalls.unix_sockets = true;
}

void add_changes(Rights& rights)
{
    for (const std::string_view directory :
         {paths::store_directory, paths::lasting, paths::upstream_runtime})
        add_writable(rights, directory);
    rights.may_read(paths::below_root(paths::hooks));
    for (const char* path : {"/etc/group", "/etc/localtime", "/proc/sys/kernel/random"})
        rights.may_read(path);
    rights.syscalls.unix_sockets = true; // is somebody listening on qubesd.sock?
}

// What the document of a domain depends on beside the store: what the administrator wants
// otherwise, the processor, the machine's devices.
void add_documents(Rights& rights)
{
    for (const std::string_view path : {paths::domain_overrides, std::string_view{"/sys/bus/pci"},
                                        std::string_view{"/sys/devices"}})
        rights.may_read(paths::below_root(path));
    rights.may_read("/proc/cpuinfo");
}

// And how large the home of dom0's user is.
void add_profiles(Preparation& prepared)
{
    for (const std::string_view path : {paths::backup_profiles, paths::kept_of_backups})
        prepared.rights.may_read(paths::below_root(path));
    for (const char* path : {"/etc/passwd", "/etc/group"})
        prepared.rights.may_read(paths::below_root(path));
    prepared.helper.programs.push_back(program_directory() + "/qubes-mgmt-home");
    prepared.has_helper = true;
}

// Bulk data, for hours if need be; libcrypto reads its configuration when it is first used.
void add_backup(Preparation& prepared)
{
    Rights& rights = prepared.rights;
    rights.limits.memory.reset();
    rights.limits.processor_time.reset();
    rights.limits.files = 8192; // the disks of all qubes are open at once
    rights.syscalls.threads = true;
    rights.syscalls.background = true;
    rights.may_write("/var/tmp");
    for (const char* path :
         {"/proc/meminfo", "/proc/cpuinfo", "/proc/sys/vm", "/etc/localtime",
          "/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf", "/etc/crypto-policies"})
        rights.may_read(path);
    for (const char* program : {"/usr/bin/qrexec-client", "/usr/lib/qubes/qrexec-client"})
        prepared.helper.programs.push_back(paths::below_root(program));
    prepared.helper.programs.push_back(program_directory() + "/mgmt.vm.Start");
    prepared.has_helper = true;
}

spawner::Allowed helper_programs()
{
    spawner::Allowed allowed;
    for (const char* program :
         {"/etc/qubes/mgmt-hooks/", "/usr/sbin/qrexec-daemon", "/usr/lib/qubes/qrexec-daemon",
          "/usr/sbin/qubesdb-daemon", "/usr/bin/qubesdb-cmd", "/usr/sbin/qubes-mgmt-settle",
          "/usr/bin/qrexec-client", "/usr/lib/qubes/qrexec-client"})
        allowed.programs.push_back(paths::below_root(program));
    allowed.programs.push_back(program_directory() + "/qubes-mgmt-settle");
    allowed.variables = {"QREXEC_STARTUP_NOWAIT", "QREXEC_STARTUP_TIMEOUT"};
    return allowed;
}

} // namespace

unsigned needs_of(const CallSpec& spec, const Request& request)
{
    return spec.needs_of == nullptr ? spec.needs : spec.needs & spec.needs_of(request);
}

Preparation preparation_for(const CallSpec& spec, const Request& request)
{
    const unsigned needs = needs_of(spec, request);
    Preparation prepared;
    Rights& rights = prepared.rights;
    // A program that needs nothing of the host may be run in a qube, which has none of its
    // directories and is to be given none.
    const bool anywhere = spec.destination == Destination::none && spec.needs == needs_nothing;
    if ((needs & needs_storage) != 0) {
        rights.limits.processor_time.reset();
        rights.may_read(paths::below_root(paths::kept_of_backups)); // what backups read of volumes
    }
    if (spec.effect != Effect::read) {
        add_changes(rights);
        prepared.helper = helper_programs();
        prepared.has_helper = true;
    } else if (!anywhere) {
        rights.may_read(paths::below_root(paths::store_directory));
    }
    if ((needs & needs_tables) != 0 && spec.effect == Effect::read) {
        prepared.helper.programs.push_back(paths::below_root("/usr/bin/qubesdb-cmd"));
        prepared.has_helper = true;
    }
    if ((needs & needs_backup) != 0)
        add_backup(prepared);
    if ((needs & (needs_backup | needs_profiles)) != 0)
        add_profiles(prepared);
    if ((needs & needs_events) != 0)
        rights.limits.processor_time.reset();
    rights.syscalls.signals = (needs & needs_signals) != 0;
    if (!anywhere)
        add_writable(rights, paths::runtime);
    rights.may_read("/sys/devices/system/cpu"); // how many there are
    if ((needs & needs_hypervisor) != 0 && spec.effect != Effect::read)
        add_documents(rights);
    if ((needs & needs_hypervisor) != 0)
        add_hypervisor(rights);
    else if (!request.remote)
        rights.may_read(program_directory());
    return prepared;
}

} // namespace qmgmt::rpc

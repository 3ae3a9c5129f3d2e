// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/rights.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "call/call.hpp"
#include "call/intent.hpp"
#include "call/visibility.hpp"
#include "device/host_disk.hpp"
#include "device/id_names.hpp"
#include "device/pci/back_end.hpp"
#include "device/pci/bus.hpp"
#include "device/pci/system_disks.hpp"
#include "hypervisor/libxl/reader.hpp"
#include "hypervisor/session_daemon.hpp"
#include "storage/directory/loop_device.hpp"
#include "storage/driver_table.hpp"
#include "storage/lvm/name.hpp"
#include "storage/lvm/program.hpp"
#include "storage/pool_options.hpp"
#include "storage/pool_table.hpp"
#include "storage/zfs/device.hpp"
#include "storage/zfs/zfs_pool.hpp"

#include <algorithm>
#include <iterator>
#include <sys/stat.h>

namespace qmgmt {
namespace {

// The helper runs lvm, and opens the volumes of the group: they may not be there yet.
void add_thin_pool(const PoolConfig& config, rpc::Preparation& prepared)
{
    prepared.helper.programs.push_back(lvm::program());
    prepared.helper.devices.push_back(lvm::device_path_start(lvm_name(config, "volume_group")));
    prepared.has_helper = true;
}

// Likewise with the programs of ZFS and the volumes of the container.
void add_zfs_pool(const PoolConfig& config, rpc::Preparation& prepared)
{
    prepared.helper.devices.push_back(zvol_path(zfs_container(config)) + "/");
    for (std::string& program : zfs::programs())
        prepared.helper.programs.push_back(std::move(program));
    prepared.has_helper = true;
}

void add_pool(const PoolConfig& config, bool changes, rpc::Preparation& prepared)
{
    try {
        if (config.driver == "lvm_thin")
            return add_thin_pool(config, prepared);
        if (config.driver == "zfs")
            return add_zfs_pool(config, prepared);
        const bool kernels = config.driver == "linux-kernel";
        const std::string directory = pool_directory(config);
        prepared.rights.paths.push_back(
            {directory, changes && !kernels ? Access::write : Access::read});
        if (changes && !kernels) // they follow the size of an image that runs
            std::ranges::copy(loop_devices_below(directory),
                              std::back_inserter(prepared.helper.devices));
    } catch (const Error&) {
        return; // a pool without a directory, or one that cannot be used
    }
}

void add_drivers(rpc::Preparation& prepared)
{
    prepared.helper.programs.push_back(lvm::program());
    for (std::string& program : zfs::programs())
        prepared.helper.programs.push_back(std::move(program));
}

// Without them nobody can tell which devices dom0 must keep.
void add_system_disks(Rights& rights)
{
    for (std::string& path : system_disk_paths(paths::root()))
        rights.may_read(std::move(path));
}

// Which of dom0's disks a qube may have.
void add_host_disks(Rights& rights)
{
    for (std::string& path : host_disk_paths(paths::root()))
        rights.may_read(std::move(path));
    rights.may_read(paths::below_root("/etc/qubes/mgmt-dom0-block.list"));
}

// The directories of sysfs that the links of the bus lead to depend on the machine.
void add_devices(Rights& rights)
{
    try {
        for (std::string& directory : pci_directories(paths::below_root("/sys")))
            rights.may_read(std::move(directory));
    } catch (const Error&) {
        return; // the call lists them again
    }
    add_system_disks(rights);
    for (const IdTable kind : {IdTable::pci, IdTable::usb})
        for (const std::string_view table : id_table_paths(kind))
            rights.may_read(paths::below_root(table));
}

// Of a caller whose view is filtered. Who listens for hours is to see a directory that was not
// there when he began.
void add_policy(unsigned needs, bool changes, const Request& request, Rights& rights)
{
    const bool listens = (needs & needs_events) != 0;
    const bool judges =
        (needs & needs_store) != 0 && !(listens ? request.from_dom0() : sees_everything(request));
    const bool explains = (needs & needs_policy) != 0 && !changes;
    if (!judges && !explains)
        return;
    for (const std::string_view path :
         {paths::policy, listens ? paths::upstream_runtime : paths::policy_until_boot,
          paths::service_policy})
        rights.may_read(paths::below_root(path));
}

enum class Which { all, of_kernels };

void add_pools(bool changes, Which which, rpc::Preparation& prepared)
{
    try {
        const Store store = Store::open(configured_dialect());
        for (const StoredPool& pool : store.pools())
            if (which == Which::all || pool.driver == "linux-kernel")
                add_pool(config_of(pool), changes, prepared);
    } catch (const Error&) {
        return; // the call reads it again
    }
}

bool is_directory(const std::string& path)
{
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

// The directory that the call is to make in, or the one that is to hold it.
void add_new_place(const std::string& place, Rights& rights)
{
    const std::string directory = paths::below_root(place);
    const bool there = is_directory(directory);
    rights.may_write(there ? directory : directory.substr(0, directory.rfind('/')));
}

// One that cannot be made is reported by libvirt.
void make_if_missing(const std::string& directory, mode_t mode)
{
    try {
        make_directories(directory, mode);
    } catch (const Error&) {
        return;
    }
}

// All of the policy is read to judge a change of it.
void add_policy_files(bool changes, Rights& rights)
{
    const std::string own = paths::below_root(paths::policy);
    if (changes)
        rights.may_write(own);
    else
        rights.may_read(own);
    for (const std::string_view other : {paths::policy_until_boot, paths::service_policy})
        rights.may_read(paths::below_root(other));
}

// What libxl opens where this process may ask Xen; and xenstore through the kernel, where its
// daemon's socket is not for this user.
void add_xen(const HypervisorConfig& config, bool changes, Rights& rights)
{
    rights.may_control("/dev/xen/xenbus");
    if (!libxl::may_ask(config))
        return;
    rights.may_control("/dev/xen/privcmd");
    rights.may_control("/dev/xen/hypercall");
    rights.syscalls.hypercalls = true;
    if (!changes)
        return;
    rights.may_write("/var/lib/xen"); // what libxl keeps of each domain, its disks among it
    rights.syscalls.threads = true;   // one waits for xenstore while a disk comes or goes
}

} // namespace

bool machine_needs_root(const CallSpec& spec, const Request& request)
{
    const unsigned needs = rpc::needs_of(spec, request);
    if ((needs & needs_hypervisor) != 0 && spec.effect != Effect::read &&
        is_xen(hypervisor_config()))
        return true;
    if ((needs & needs_storage) == 0)
        return false;
    try {
        const Store store = Store::open(configured_dialect());
        return std::ranges::any_of(store.pools(), [](const StoredPool& pool) {
            const Driver* driver = find_driver(pool.driver);
            return driver != nullptr && driver->of_devices;
        });
    } catch (const Error&) {
        return false; // the call reads it again
    }
}

void prepare_rights(const CallSpec& spec, const Request& request, rpc::Preparation& prepared)
{
    const unsigned needs = rpc::needs_of(spec, request);
    const bool changes = spec.effect != Effect::read;
    if ((needs & needs_storage) != 0 || (changes && !Intent::pending().empty()))
        add_pools(changes, Which::all, prepared);
    else if ((needs & needs_kernels) != 0)
        add_pools(changes, Which::of_kernels, prepared);
    if ((needs & needs_storage) != 0 && changes) {
        add_drivers(prepared); // a new pool may be one of theirs
        prepared.rights.syscalls.aio = true;
    }
    if ((needs & needs_storage) != 0) { // what lies below the file system of a pool
        prepared.rights.may_read("/sys/dev/block");
        prepared.rights.may_read("/sys/devices/virtual/block");
    }
    add_policy(needs, changes, request, prepared.rights);
    if ((changes && spec.destination != Destination::none) || (needs & needs_policy) != 0)
        prepared.rights.may_read(paths::below_root(paths::constraints));
    if ((needs & needs_pci) != 0 && changes)
        prepared.rights.may_write(pci_drivers(paths::below_root("/sys")));
    if ((needs & needs_policy) != 0 && changes)
        prepared.rights.may_write(paths::below_root(paths::service_policy));
    if ((needs & needs_policy_files) != 0)
        add_policy_files(changes, prepared.rights);
    if ((needs & needs_devices) != 0)
        add_devices(prepared.rights);
    else if ((needs & needs_hypervisor) != 0 && changes)
        add_system_disks(prepared.rights); // the domain that is made may be given devices
    if ((needs & needs_disks) != 0 || ((needs & needs_hypervisor) != 0 && changes))
        add_host_disks(prepared.rights);
    if (const std::string place = spec.new_place ? spec.new_place(request) : ""; !place.empty())
        add_new_place(place, prepared.rights);
    const HypervisorConfig hypervisor = hypervisor_config();
    if ((needs & needs_hypervisor) == 0)
        return;
    if (is_xen(hypervisor))
        add_xen(hypervisor, changes, prepared.rights);
    if (!is_session(hypervisor))
        return;
    const SessionDirectories session = session_directories();
    prepared.rights.may_read(session.configuration);
    make_if_missing(session.runtime, 0700); // where libvirt locks the start of its daemon
    prepared.rights.may_write(session.runtime);
    prepared.helper.errand = [hypervisor] { start_session_daemon(hypervisor); };
    prepared.has_helper = true;
}

} // namespace qmgmt

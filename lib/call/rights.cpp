// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/rights.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "call/call.hpp"
#include "call/intent.hpp"
#include "hypervisor/session_daemon.hpp"
#include "storage/pool_options.hpp"
#include "storage/zfs/device.hpp"
#include "storage/zfs/zfs_pool.hpp"

namespace qmgmt {
namespace {

void add_pool(const StoredPool& stored, Access access, Rights& rights)
{
    PoolConfig config{stored.name, stored.driver, {}};
    for (const Attribute& option : stored.options)
        config.options[option.name] = option.value;
    try {
        rights.paths.push_back({pool_directory(config), access});
    } catch (const Error&) {
        return; // a pool without a directory, or one that cannot be used
    }
}

// The helper runs the programs of ZFS, and opens the zvols: they may not be there yet.
void add_zfs_pool(const StoredPool& stored, rpc::Preparation& prepared)
{
    PoolConfig config{stored.name, stored.driver, {}};
    for (const Attribute& option : stored.options)
        config.options[option.name] = option.value;
    try {
        prepared.helper.devices.push_back(zvol_path(zfs_container(config)) + "/");
    } catch (const Error&) {
        return; // it cannot be used
    }
    for (auto& program : zfs::programs())
        prepared.helper.programs.push_back(std::move(program));
    prepared.has_helper = true;
}

void add_pools(bool changes, rpc::Preparation& prepared)
{
    try {
        const Store store = Store::open(configured_dialect());
        for (const StoredPool& pool : store.pools()) {
            if (pool.driver == "zfs") {
                add_zfs_pool(pool, prepared);
                continue;
            }
            const bool kernels = pool.driver == "linux-kernel";
            add_pool(pool, changes && !kernels ? Access::write : Access::read, prepared.rights);
        }
    } catch (const Error&) {
        return; // the call reads it again
    }
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

} // namespace

void prepare_rights(const CallSpec& spec, const Request& request, rpc::Preparation& prepared)
{
    const unsigned needs = rpc::needs_of(spec, request);
    const bool changes = spec.effect != Effect::read;
    if ((needs & needs_storage) != 0 || (changes && !Intent::pending().empty()))
        add_pools(changes, prepared);
    if ((needs & needs_storage) != 0 && changes)
        for (auto& program : zfs::programs()) // a new pool may be one of zfs
            prepared.helper.programs.push_back(std::move(program));
    const HypervisorConfig hypervisor = hypervisor_config();
    if ((needs & needs_hypervisor) == 0 || !is_session(hypervisor))
        return;
    const SessionDirectories session = session_directories();
    prepared.rights.may_read(session.configuration);
    make_if_missing(session.runtime, 0700); // where libvirt locks the start of its daemon
    prepared.rights.may_write(session.runtime);
    prepared.helper.errand = [hypervisor] { start_session_daemon(hypervisor); };
    prepared.has_helper = true;
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// libvirt behind the border. One round trip an operation; a C error becomes ours in the line after
// the call.

#include "base/released_by.hpp"
#include "hypervisor/libvirt/border.h"
#include "hypervisor/libvirt/failure.hpp"

#include <cstdlib>
#include <cstring>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <memory>
#include <new>

using namespace qmgmt::libvirt;
using qmgmt::ReleasedBy;

struct qmgmt_hv_connection {
    virConnectPtr handle;
};

namespace {

using Domain = std::unique_ptr<virDomain, ReleasedBy<virDomainFree>>;
using NodeDevice = std::unique_ptr<virNodeDevice, ReleasedBy<virNodeDeviceFree>>;

constexpr int shut_off_state = VIR_DOMAIN_SHUTOFF;

void ignore_error(void*, virErrorPtr) {} // libvirt prints each error on stderr otherwise

Domain find(qmgmt_hv_connection* connection, const unsigned char* uuid)
{
    return Domain{virDomainLookupByUUID(connection->handle, uuid)};
}

void copy_name(virDomainPtr domain, qmgmt_hv_status& status)
{
    const char* name = virDomainGetName(domain);
    std::strncpy(status.name, name == nullptr ? "" : name, sizeof status.name - 1);
}

// Identity of a domain and whether it is active; the state itself comes from elsewhere.
void identify(virDomainPtr domain, qmgmt_hv_status& status)
{
    status = {};
    virDomainGetUUID(domain, status.uuid);
    copy_name(domain, status);
    const unsigned id = virDomainGetID(domain);
    status.id = id == static_cast<unsigned>(-1) ? -1 : static_cast<int>(id);
    status.active = status.id == -1 ? 0 : 1;
}

int open(const char* uri, int reads_only, qmgmt_hv_connection** connection, qmgmt_hv_error* error)
{
    for (const char* name : {"LIBVIRT_DEFAULT_URI", "LIBVIRT_DEBUG", "LIBVIRT_LOG_FILTERS",
                             "LIBVIRT_LOG_OUTPUTS", "LIBVIRTD_PATH", "LIBVIRT_AUTOSTART"})
        ::unsetenv(name); // the connection is what our configuration says
    virSetErrorFunc(nullptr, ignore_error);
    virConnectPtr handle = reads_only != 0 ? virConnectOpenReadOnly(uri) : virConnectOpen(uri);
    if (handle == nullptr)
        return fail(*error, Doing::opening);
    *connection = new (std::nothrow) qmgmt_hv_connection{handle};
    if (*connection != nullptr)
        return 0;
    virConnectClose(handle);
    return no_memory(*error);
}

void close(qmgmt_hv_connection* connection)
{
    virConnectClose(connection->handle);
    delete connection;
}

int type(qmgmt_hv_connection* connection, const char** name, qmgmt_hv_error* error)
{
    *name = virConnectGetType(connection->handle);
    return *name != nullptr ? 0 : fail(*error, Doing::reading);
}

int version(qmgmt_hv_connection* connection, unsigned long* version, qmgmt_hv_error* error)
{
    return virConnectGetLibVersion(connection->handle, version) == 0 ? 0
                                                                     : fail(*error, Doing::reading);
}

int parameter(const virDomainStatsRecord& record, const char* field, int otherwise)
{
    for (int i = 0; i < record.nparams; ++i) {
        if (std::strcmp(record.params[i].field, field) == 0 &&
            record.params[i].type == VIR_TYPED_PARAM_INT)
            return record.params[i].value.i;
    }
    return otherwise;
}

// For drivers that have no statistics.
int list_one_by_one(qmgmt_hv_connection* connection, qmgmt_hv_status** statuses, size_t* count,
                    qmgmt_hv_error* error)
{
    virDomainPtr* domains = nullptr;
    const int found = virConnectListAllDomains(connection->handle, &domains, 0);
    if (found < 0)
        return fail(*error, Doing::reading);
    auto* out = static_cast<qmgmt_hv_status*>(
        std::calloc(static_cast<std::size_t>(found) + 1, sizeof(qmgmt_hv_status)));
    size_t filled = 0;
    for (int i = 0; i < found; ++i) {
        const Domain domain{domains[i]};
        if (out == nullptr)
            continue;
        identify(domain.get(), out[filled]);
        // A domain that went away between the two questions is not there.
        if (virDomainGetState(domain.get(), &out[filled].state, &out[filled].reason, 0) == 0)
            ++filled;
    }
    std::free(static_cast<void*>(domains));
    if (out == nullptr)
        return no_memory(*error);
    *statuses = out;
    *count = filled;
    return 0;
}

int list(qmgmt_hv_connection* connection, qmgmt_hv_status** statuses, size_t* count,
         qmgmt_hv_error* error)
{
    virDomainStatsRecordPtr* records = nullptr;
    const int found =
        virConnectGetAllDomainStats(connection->handle, VIR_DOMAIN_STATS_STATE, &records, 0);
    if (found < 0) {
        const int code = virGetLastErrorCode();
        if (code == VIR_ERR_NO_SUPPORT || code == VIR_ERR_OPERATION_UNSUPPORTED)
            return list_one_by_one(connection, statuses, count, error);
        return fail(*error, Doing::reading);
    }
    auto* out = static_cast<qmgmt_hv_status*>(
        std::calloc(static_cast<std::size_t>(found) + 1, sizeof(qmgmt_hv_status)));
    for (int i = 0; out != nullptr && i < found; ++i) {
        identify(records[i]->dom, out[i]);
        out[i].state = parameter(*records[i], "state.state", VIR_DOMAIN_NOSTATE);
        out[i].reason = parameter(*records[i], "state.reason", 0);
    }
    virDomainStatsRecordListFree(records);
    if (out == nullptr)
        return no_memory(*error);
    *statuses = out;
    *count = static_cast<size_t>(found);
    return 0;
}

int status(qmgmt_hv_connection* connection, const unsigned char* uuid, qmgmt_hv_status* status,
           qmgmt_hv_error* error)
{
    const Domain domain = find(connection, uuid);
    if (!domain)
        return fail(*error, Doing::reading);
    identify(domain.get(), *status);
    if (virDomainGetState(domain.get(), &status->state, &status->reason, 0) != 0)
        return fail(*error, Doing::reading);
    // Xen says "shut off" before the domain object is gone: both answers are needed.
    const int active = virDomainIsActive(domain.get());
    if (active < 0)
        return fail(*error, Doing::reading);
    status->active = active;
    if (active == 0)
        status->id = -1;
    return 0;
}

int usage(qmgmt_hv_connection* connection, const unsigned char* uuid, qmgmt_hv_usage* usage,
          qmgmt_hv_error* error)
{
    const Domain domain = find(connection, uuid);
    virDomainInfo info{};
    if (!domain || virDomainGetInfo(domain.get(), &info) != 0)
        return fail(*error, Doing::reading);
    *usage = {};
    if (virDomainGetID(domain.get()) != static_cast<unsigned>(-1))
        *usage = {info.memory, info.maxMem, info.cpuTime};
    return 0;
}

int define(qmgmt_hv_connection* connection, const char* xml, qmgmt_hv_error* error)
{
    const Domain domain{virDomainDefineXML(connection->handle, xml)};
    return domain ? 0 : fail(*error, Doing::defining);
}

int create(qmgmt_hv_connection* connection, const unsigned char* uuid, int* id,
           qmgmt_hv_error* error)
{
    const Domain domain = find(connection, uuid);
    if (!domain || virDomainCreateWithFlags(domain.get(), VIR_DOMAIN_START_PAUSED) != 0)
        return fail(*error, Doing::changing);
    const Domain started = find(connection, uuid); // the old object remembers no id
    if (!started)
        return fail(*error, Doing::changing);
    *id = static_cast<int>(virDomainGetID(started.get()));
    return 0;
}

int undefine(virDomainPtr domain)
{
    if (virDomainUndefineFlags(domain, 0) == 0)
        return 0;
    if (virGetLastErrorCode() != VIR_ERR_OPERATION_INVALID)
        return -1;
    return virDomainUndefineFlags(domain,
                                  VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_NVRAM);
}

int act(qmgmt_hv_connection* connection, const unsigned char* uuid, qmgmt_hv_verb verb,
        qmgmt_hv_error* error)
{
    const Domain domain = find(connection, uuid);
    if (!domain) {
        if (verb == QMGMT_HV_UNDEFINE && virGetLastErrorCode() == VIR_ERR_NO_DOMAIN)
            return 0;
        return fail(*error, Doing::changing);
    }
    int result = -1;
    switch (verb) {
    case QMGMT_HV_RESUME: result = virDomainResume(domain.get()); break;
    case QMGMT_HV_PAUSE: result = virDomainSuspend(domain.get()); break;
    case QMGMT_HV_SHUTDOWN: result = virDomainShutdownFlags(domain.get(), 0); break;
    case QMGMT_HV_DESTROY: result = virDomainDestroyFlags(domain.get(), 0); break;
    case QMGMT_HV_UNDEFINE: result = undefine(domain.get()); break;
    }
    return result == 0 ? 0 : fail(*error, Doing::changing);
}

int attach(qmgmt_hv_connection* connection, const unsigned char* uuid, const char* xml,
           qmgmt_hv_error* error)
{
    const Domain domain = find(connection, uuid);
    if (!domain || virDomainAttachDeviceFlags(domain.get(), xml, VIR_DOMAIN_AFFECT_LIVE) != 0)
        return fail(*error, Doing::changing);
    return 0;
}

int detach(qmgmt_hv_connection* connection, const unsigned char* uuid, const char* xml,
           qmgmt_hv_error* error)
{
    const Domain domain = find(connection, uuid);
    if (!domain || virDomainDetachDeviceFlags(domain.get(), xml, VIR_DOMAIN_AFFECT_LIVE) != 0)
        return fail(*error, Doing::changing);
    return 0;
}

int take_from_host(qmgmt_hv_connection* connection, const char* name, qmgmt_hv_error* error)
{
    const NodeDevice device{virNodeDeviceLookupByName(connection->handle, name)};
    if (!device || virNodeDeviceDetachFlags(device.get(), nullptr, 0) != 0)
        return fail(*error, Doing::changing);
    return 0;
}

int give_to_host(qmgmt_hv_connection* connection, const char* name, qmgmt_hv_error* error)
{
    const NodeDevice device{virNodeDeviceLookupByName(connection->handle, name)};
    if (!device || virNodeDeviceReAttach(device.get()) != 0)
        return fail(*error, Doing::changing);
    return 0;
}

int resize_disk(qmgmt_hv_connection* connection, const unsigned char* uuid, const char* source,
                unsigned long long size, qmgmt_hv_error* error)
{
    const Domain domain = find(connection, uuid);
    if (!domain ||
        virDomainBlockResize(domain.get(), source, size, VIR_DOMAIN_BLOCK_RESIZE_BYTES) != 0)
        return fail(*error, Doing::changing);
    return 0;
}

int live_xml(qmgmt_hv_connection* connection, const unsigned char* uuid, char** xml,
             qmgmt_hv_error* error)
{
    const Domain domain = find(connection, uuid);
    *xml = domain ? virDomainGetXMLDesc(domain.get(), 0) : nullptr;
    return *xml != nullptr ? 0 : fail(*error, Doing::reading);
}

void release(void* memory)
{
    std::free(memory);
}

static_assert(shut_off_state == 5, "the numbers of states are part of the border");

constexpr qmgmt_libvirt functions = {
    open, close,  type,   version,        list,         status,      usage,    define, create,
    act,  attach, detach, take_from_host, give_to_host, resize_disk, live_xml, release};

} // namespace

extern "C" __attribute__((visibility("default"))) const qmgmt_libvirt* qmgmt_libvirt_v5()
{
    return &functions;
}

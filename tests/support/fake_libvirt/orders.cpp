// SPDX-License-Identifier: GPL-2.0-or-later
//
// What can be ordered: the life of a domain, its devices, and who has a device of the host.

#include "support/fake_libvirt/document.hpp"
#include "support/fake_libvirt/handle.hpp"
#include "support/fake_libvirt/operation.hpp"

#include <algorithm>

using namespace qmgmt::fake;

namespace {

bool not_valid(const char* text)
{
    return refuse(VIR_ERR_OPERATION_INVALID, text);
}

// An order about one domain. 0 or -1, as libvirt answers.
template<typename Effect>
int order(const char* operation, virDomainPtr handle, Effect effect)
{
    const bool done = perform(operation, handle->uuid, [&](WorldFile& file) {
        Domain* domain = file.world.find(handle->uuid);
        if (domain == nullptr)
            return refuse(VIR_ERR_NO_DOMAIN, "Domain not found");
        if (!effect(file, *domain))
            return false;
        file.save();
        return true;
    });
    return done ? 0 : -1;
}

// The same, about one that is active.
template<typename Effect>
int order_active(const char* operation, virDomainPtr handle, Effect effect)
{
    return order(operation, handle, [&](WorldFile& file, Domain& domain) {
        if (!domain.active() || domain.state == VIR_DOMAIN_SHUTOFF)
            return not_valid("domain is not running");
        return effect(file, domain);
    });
}

// What the guest is going to do by itself once it runs.
void let_live(World& world, const Domain& domain)
{
    if (const long span = world.switched(domain.uuid, "dies-after"))
        world.dues.push_back(
            {domain.uuid, now() + span, VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_SHUTDOWN, -1});
    if (const long span = world.switched(domain.uuid, "crashes-after"))
        world.dues.push_back(
            {domain.uuid, now() + span, VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_CRASHED, -1});
}

} // namespace

extern "C" {

virDomainPtr virDomainDefineXML(virConnectPtr, const char* xml)
{
    const auto identity = identity_of(xml);
    virDomainPtr handle = nullptr;
    const bool done = perform("define", identity ? identity->uuid : "", [&](WorldFile& file) {
        if (!identity)
            return refuse(VIR_ERR_XML_ERROR, "not a domain");
        World& world = file.world;
        Domain* domain = world.find(identity->uuid);
        const auto namesake = std::ranges::find(world.domains, identity->name, &Domain::name);
        if (namesake != world.domains.end() && namesake->uuid != identity->uuid)
            return refuse(VIR_ERR_OPERATION_FAILED, "domain '" + identity->name +
                                                        "' already exists with uuid " +
                                                        namesake->uuid);
        if (domain == nullptr)
            domain = &world.domains.emplace_back(
                Domain{identity->name, identity->uuid, VIR_DOMAIN_SHUTOFF, 0, -1});
        domain->name = identity->name;
        domain->transient = false;
        file.set_defined(identity->uuid, xml);
        file.save();
        handle = handle_of(*domain);
        return true;
    });
    return done ? handle : nullptr;
}

int virDomainCreateWithFlags(virDomainPtr handle, unsigned int flags)
{
    return order("create", handle, [&](WorldFile& file, Domain& domain) {
        if (domain.active())
            return not_valid("domain is already running");
        const bool paused = (flags & VIR_DOMAIN_START_PAUSED) != 0;
        domain.id = file.world.next_id++;
        domain.state = paused ? VIR_DOMAIN_PAUSED : VIR_DOMAIN_RUNNING;
        domain.reason = 1; // by the user; booted
        file.set_live(domain.uuid, file.defined(domain.uuid));
        if (!paused)
            let_live(file.world, domain);
        return true;
    });
}

int virDomainResume(virDomainPtr handle)
{
    return order_active("resume", handle, [](WorldFile& file, Domain& domain) {
        if (domain.state != VIR_DOMAIN_PAUSED)
            return not_valid("domain is already running");
        domain.state = VIR_DOMAIN_RUNNING;
        domain.reason = VIR_DOMAIN_RUNNING_UNPAUSED;
        let_live(file.world, domain);
        return true;
    });
}

int virDomainSuspend(virDomainPtr handle)
{
    return order_active("suspend", handle, [](WorldFile&, Domain& domain) {
        domain.state = VIR_DOMAIN_PAUSED;
        domain.reason = VIR_DOMAIN_PAUSED_USER;
        return true;
    });
}

int virDomainShutdownFlags(virDomainPtr handle, unsigned int)
{
    return order_active("shutdown", handle, [](WorldFile& file, Domain& domain) {
        World& world = file.world;
        if (domain.state != VIR_DOMAIN_RUNNING ||
            world.switched(domain.uuid, "ignores-shutdown") != 0)
            return true; // asked, and not heard
        const long span = world.switched(domain.uuid, "shutdown-takes");
        if (span == 0)
            world.stop(std::string{domain.uuid}, VIR_DOMAIN_SHUTOFF_SHUTDOWN, now());
        else
            world.dues.push_back(
                {domain.uuid, now() + span, VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_SHUTDOWN, -1});
        return true;
    });
}

int virDomainDestroyFlags(virDomainPtr handle, unsigned int)
{
    return order_active("destroy", handle, [](WorldFile& file, Domain& domain) {
        file.world.stop(std::string{domain.uuid}, VIR_DOMAIN_SHUTOFF_DESTROYED, now());
        return true;
    });
}

int virDomainUndefineFlags(virDomainPtr handle, unsigned int)
{
    return order("undefine", handle, [](WorldFile& file, Domain& domain) {
        if (domain.active()) {
            domain.transient = true;
            return true;
        }
        file.set_defined(domain.uuid, "");
        const std::string uuid = domain.uuid;
        std::erase_if(file.world.domains, [&](const Domain& one) { return one.uuid == uuid; });
        return true;
    });
}

int virDomainAttachDeviceFlags(virDomainPtr handle, const char* xml, unsigned int)
{
    return order_active("attach", handle, [&](WorldFile& file, Domain& domain) {
        const auto changed = with_device(file.live(domain.uuid), xml);
        if (!changed)
            return refuse(VIR_ERR_XML_ERROR, "target duplicated");
        file.set_live(domain.uuid, *changed);
        return true;
    });
}

int virDomainDetachDeviceFlags(virDomainPtr handle, const char* xml, unsigned int)
{
    return order_active("detach", handle, [&](WorldFile& file, Domain& domain) {
        const auto changed = without_device(file.live(domain.uuid), xml);
        if (!changed)
            return refuse(VIR_ERR_DEVICE_MISSING, "device not found");
        if (file.world.switched(domain.uuid, "keeps-devices") == 0)
            file.set_live(domain.uuid, *changed);
        return true;
    });
}

// Every device of the host is there.
virNodeDevicePtr virNodeDeviceLookupByName(virConnectPtr, const char* name)
{
    return new _virNodeDevice{name};
}
int virNodeDeviceFree(virNodeDevicePtr device)
{
    delete device;
    return 0;
}
int virNodeDeviceDetachFlags(virNodeDevicePtr device, const char*, unsigned int)
{
    return perform("take", device->name, [](WorldFile&) { return true; }) ? 0 : -1;
}
int virNodeDeviceReAttach(virNodeDevicePtr device)
{
    return perform("give", device->name, [](WorldFile&) { return true; }) ? 0 : -1;
}

int virDomainBlockResize(virDomainPtr handle, const char*, unsigned long long, unsigned int)
{
    return order_active("resize", handle, [](WorldFile&, Domain&) { return true; });
}

} // extern "C"

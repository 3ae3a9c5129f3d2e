// SPDX-License-Identifier: GPL-2.0-or-later
//
// What can be asked: connections, domains, their states.

#include "support/fake_libvirt/document.hpp"
#include "support/fake_libvirt/handle.hpp"
#include "support/fake_libvirt/operation.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace qmgmt::fake;

namespace {

_virConnect connection;
std::string driver_type;

bool no_domain()
{
    return refuse(VIR_ERR_NO_DOMAIN, "Domain not found");
}

void put(virTypedParameter& parameter, const char* field, int value)
{
    std::strncpy(parameter.field, field, sizeof parameter.field - 1);
    parameter.type = VIR_TYPED_PARAM_INT;
    parameter.value.i = value;
}

virDomainStatsRecordPtr record_of(const Domain& domain)
{
    auto* record =
        static_cast<virDomainStatsRecordPtr>(std::calloc(1, sizeof(virDomainStatsRecord)));
    record->dom = handle_of(domain);
    record->params = static_cast<virTypedParameterPtr>(std::calloc(2, sizeof(virTypedParameter)));
    record->nparams = 2;
    put(record->params[0], "state.state", domain.state);
    put(record->params[1], "state.reason", domain.reason);
    return record;
}

} // namespace

namespace qmgmt::fake {

std::string uuid_text(const unsigned char* raw)
{
    std::string text;
    for (int i = 0; i < VIR_UUID_BUFLEN; ++i) {
        std::array<char, 3> digits{};
        std::snprintf(digits.data(), digits.size(), "%02x", raw[i]);
        text += i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        text += digits.data();
    }
    return text;
}

void uuid_bytes(const std::string& text, unsigned char* raw)
{
    std::string digits;
    for (const char c : text)
        digits += c == '-' ? "" : std::string{c};
    for (std::size_t i = 0; i < VIR_UUID_BUFLEN && 2 * i + 1 < digits.size(); ++i)
        raw[i] = static_cast<unsigned char>(std::stoi(digits.substr(2 * i, 2), nullptr, 16));
}

} // namespace qmgmt::fake

extern "C" {

virConnectPtr virConnectOpen(const char*)
{
    return perform("open", "", [](WorldFile&) { return true; }) ? &connection : nullptr;
}
virConnectPtr virConnectOpenReadOnly(const char* uri)
{
    return virConnectOpen(uri);
}
int virConnectClose(virConnectPtr)
{
    return 0;
}
const char* virConnectGetType(virConnectPtr)
{
    const bool known = perform("type", "", [](WorldFile& file) {
        driver_type = file.world.type;
        return true;
    });
    return known ? driver_type.c_str() : nullptr;
}
int virConnectGetLibVersion(virConnectPtr, unsigned long* version)
{
    const bool known = perform("version", "", [&](WorldFile&) {
        *version = LIBVIR_VERSION_NUMBER;
        return true;
    });
    return known ? 0 : -1;
}
virErrorPtr virGetLastError(void)
{
    return last_error();
}
int virGetLastErrorCode(void)
{
    return last_error() == nullptr ? 0 : last_error()->code;
}
void virSetErrorFunc(void*, virErrorFunc) {}

const char* virDomainGetName(virDomainPtr domain)
{
    return domain->name.c_str();
}
int virDomainGetUUID(virDomainPtr domain, unsigned char* uuid)
{
    uuid_bytes(domain->uuid, uuid);
    return 0;
}
unsigned int virDomainGetID(virDomainPtr domain)
{
    return static_cast<unsigned int>(domain->id);
}
int virDomainFree(virDomainPtr domain)
{
    delete domain;
    return 0;
}

virDomainPtr virDomainLookupByUUID(virConnectPtr, const unsigned char* raw)
{
    const std::string uuid = uuid_text(raw);
    virDomainPtr found = nullptr;
    const bool known = perform("lookup", uuid, [&](WorldFile& file) {
        const Domain* domain = file.world.find(uuid);
        if (domain == nullptr)
            return no_domain();
        found = handle_of(*domain);
        return true;
    });
    return known ? found : nullptr;
}

int virDomainIsActive(virDomainPtr handle)
{
    int active = 0;
    const bool known = perform("active", handle->uuid, [&](WorldFile& file) {
        const Domain* domain = file.world.find(handle->uuid);
        active = domain != nullptr && domain->active() ? 1 : 0;
        return domain != nullptr || no_domain();
    });
    return known ? active : -1;
}

int virDomainGetState(virDomainPtr handle, int* state, int* reason, unsigned int)
{
    const bool known = perform("state", handle->uuid, [&](WorldFile& file) {
        const Domain* domain = file.world.find(handle->uuid);
        if (domain == nullptr)
            return no_domain();
        *state = domain->state;
        if (reason != nullptr)
            *reason = domain->reason;
        return true;
    });
    return known ? 0 : -1;
}

int virDomainGetInfo(virDomainPtr handle, virDomainInfoPtr info)
{
    const bool known = perform("info", handle->uuid, [&](WorldFile& file) {
        const Domain* domain = file.world.find(handle->uuid);
        if (domain == nullptr)
            return no_domain();
        const auto identity = identity_of(file.defined(handle->uuid));
        *info = {};
        info->state = static_cast<unsigned char>(domain->state);
        info->maxMem = info->memory = identity ? identity->memory_kib : 0;
        info->cpuTime = domain->active() ? 1'000'000 : 0;
        return true;
    });
    return known ? 0 : -1;
}

char* virDomainGetXMLDesc(virDomainPtr handle, unsigned int flags)
{
    std::string xml;
    const bool known = perform("xml", handle->uuid, [&](WorldFile& file) {
        const Domain* domain = file.world.find(handle->uuid);
        if (domain == nullptr)
            return no_domain();
        const bool live = domain->active() && (flags & VIR_DOMAIN_XML_INACTIVE) == 0;
        xml = live ? file.live(handle->uuid) : file.defined(handle->uuid);
        return true;
    });
    return known ? ::strdup(xml.c_str()) : nullptr;
}

int virConnectGetAllDomainStats(virConnectPtr, unsigned int, virDomainStatsRecordPtr** records,
                                unsigned int)
{
    int count = -1;
    const bool known = perform("list", "", [&](WorldFile& file) {
        const auto& domains = file.world.domains;
        auto** list = static_cast<virDomainStatsRecordPtr*>(
            std::calloc(domains.size() + 1, sizeof(virDomainStatsRecordPtr)));
        for (std::size_t i = 0; i < domains.size(); ++i)
            list[i] = record_of(domains[i]);
        *records = list;
        count = static_cast<int>(domains.size());
        return true;
    });
    return known ? count : -1;
}

void virDomainStatsRecordListFree(virDomainStatsRecordPtr* records)
{
    for (virDomainStatsRecordPtr* record = records; record != nullptr && *record != nullptr;
         ++record) {
        delete (*record)->dom;
        std::free((*record)->params);
        std::free(*record);
    }
    std::free(records);
}

int virConnectListAllDomains(virConnectPtr, virDomainPtr** handles, unsigned int)
{
    int count = -1;
    const bool known = perform("list-all", "", [&](WorldFile& file) {
        const auto& domains = file.world.domains;
        auto** list =
            static_cast<virDomainPtr*>(std::calloc(domains.size() + 1, sizeof(virDomainPtr)));
        for (std::size_t i = 0; i < domains.size(); ++i)
            list[i] = handle_of(domains[i]);
        *handles = list;
        count = static_cast<int>(domains.size());
        return true;
    });
    return known ? count : -1;
}

} // extern "C"

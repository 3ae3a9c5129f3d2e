// SPDX-License-Identifier: GPL-2.0-or-later
//
// A libvirt.so.0 that says what no real hypervisor can be made to say. It only answers who runs and
// in which state; to everything that changes something it says "not supported". What it answers
// stands in <root>/fake-libvirt, a line each:
//   domain NAME UUID STATE REASON ID      libvirt's numbers; ID -1: not active
//   fail-list CODE                        the question for all domains ends in this error
// Never installed; a test puts it on the loader's path.

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <sstream>
#include <string>
#include <vector>

struct _virConnect {};

struct _virDomain {
    std::string name;
    unsigned char uuid[VIR_UUID_BUFLEN] = {};
    int state = VIR_DOMAIN_NOSTATE;
    int reason = 0;
    int id = -1;
};

namespace {

struct World {
    std::vector<_virDomain> domains;
    int list_error = 0;
};

_virConnect connection;
virError last_error;

int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

void read_uuid(const std::string& text, unsigned char* uuid)
{
    std::string digits;
    for (const char c : text)
        if (c != '-')
            digits += c;
    for (std::size_t i = 0; i < VIR_UUID_BUFLEN && 2 * i + 1 < digits.size(); ++i)
        uuid[i] = static_cast<unsigned char>(digit(digits[2 * i]) * 16 + digit(digits[2 * i + 1]));
}

World read_world()
{
    World world;
    const char* root = std::getenv("QUBES_MGMT_ROOT");
    std::ifstream file{std::string{root == nullptr ? "" : root} + "/fake-libvirt"};
    std::string line;
    while (std::getline(file, line)) {
        std::istringstream words{line};
        std::string kind;
        words >> kind;
        if (kind == "fail-list") {
            words >> world.list_error;
        } else if (kind == "domain") {
            _virDomain domain;
            std::string uuid;
            words >> domain.name >> uuid >> domain.state >> domain.reason >> domain.id;
            read_uuid(uuid, domain.uuid);
            world.domains.push_back(domain);
        }
    }
    return world;
}

int fail(int code)
{
    static char text[] = "said by the test's own libvirt";
    last_error = {};
    last_error.code = code;
    last_error.domain = VIR_FROM_TEST;
    last_error.level = VIR_ERR_ERROR;
    last_error.message = text;
    return -1;
}

int refuse()
{
    return fail(VIR_ERR_NO_SUPPORT);
}

void put(virTypedParameter& parameter, const char* field, int value)
{
    std::strncpy(parameter.field, field, sizeof parameter.field - 1);
    parameter.type = VIR_TYPED_PARAM_INT;
    parameter.value.i = value;
}

} // namespace

extern "C" {

virConnectPtr virConnectOpen(const char*)
{
    return &connection;
}
int virConnectClose(virConnectPtr)
{
    return 0;
}
const char* virConnectGetType(virConnectPtr)
{
    return "TEST";
}
virErrorPtr virGetLastError(void)
{
    return last_error.code == 0 ? nullptr : &last_error;
}
int virGetLastErrorCode(void)
{
    return last_error.code;
}
void virSetErrorFunc(void*, virErrorFunc) {}

const char* virDomainGetName(virDomainPtr domain)
{
    return domain->name.c_str();
}
int virDomainGetUUID(virDomainPtr domain, unsigned char* uuid)
{
    std::memcpy(uuid, domain->uuid, VIR_UUID_BUFLEN);
    return 0;
}
unsigned int virDomainGetID(virDomainPtr domain)
{
    return static_cast<unsigned int>(domain->id);
}
int virDomainIsActive(virDomainPtr domain)
{
    return domain->id >= 0 ? 1 : 0;
}
int virDomainGetState(virDomainPtr domain, int* state, int* reason, unsigned int)
{
    *state = domain->state;
    if (reason != nullptr)
        *reason = domain->reason;
    return 0;
}
int virDomainFree(virDomainPtr domain)
{
    delete domain;
    return 0;
}

virDomainPtr virDomainLookupByUUID(virConnectPtr, const unsigned char* uuid)
{
    for (const _virDomain& domain : read_world().domains)
        if (std::memcmp(domain.uuid, uuid, VIR_UUID_BUFLEN) == 0)
            return new _virDomain{domain};
    fail(VIR_ERR_NO_DOMAIN);
    return nullptr;
}

int virConnectGetAllDomainStats(virConnectPtr, unsigned int, virDomainStatsRecordPtr** records,
                                unsigned int)
{
    const World world = read_world();
    if (world.list_error != 0)
        return fail(world.list_error);
    auto** list = static_cast<virDomainStatsRecordPtr*>(
        std::calloc(world.domains.size() + 1, sizeof(virDomainStatsRecordPtr)));
    for (std::size_t i = 0; i < world.domains.size(); ++i) {
        list[i] =
            static_cast<virDomainStatsRecordPtr>(std::calloc(1, sizeof(virDomainStatsRecord)));
        list[i]->dom = new _virDomain{world.domains[i]};
        list[i]->params =
            static_cast<virTypedParameterPtr>(std::calloc(2, sizeof(virTypedParameter)));
        list[i]->nparams = 2;
        put(list[i]->params[0], "state.state", world.domains[i].state);
        put(list[i]->params[1], "state.reason", world.domains[i].reason);
    }
    *records = list;
    return static_cast<int>(world.domains.size());
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

int virConnectListAllDomains(virConnectPtr, virDomainPtr**, unsigned int)
{
    return refuse();
}
virDomainPtr virDomainDefineXML(virConnectPtr, const char*)
{
    refuse();
    return nullptr;
}
char* virDomainGetXMLDesc(virDomainPtr, unsigned int)
{
    refuse();
    return nullptr;
}
int virDomainCreateWithFlags(virDomainPtr, unsigned int)
{
    return refuse();
}
int virDomainResume(virDomainPtr)
{
    return refuse();
}
int virDomainSuspend(virDomainPtr)
{
    return refuse();
}
int virDomainShutdownFlags(virDomainPtr, unsigned int)
{
    return refuse();
}
int virDomainDestroyFlags(virDomainPtr, unsigned int)
{
    return refuse();
}
int virDomainUndefineFlags(virDomainPtr, unsigned int)
{
    return refuse();
}
int virDomainAttachDeviceFlags(virDomainPtr, const char*, unsigned int)
{
    return refuse();
}
int virDomainDetachDeviceFlags(virDomainPtr, const char*, unsigned int)
{
    return refuse();
}

} // extern "C"

// SPDX-License-Identifier: GPL-2.0-or-later
//
// test-domain VERB ...: does to a domain of the session daemon what no call does, on libvirt's own
// library.
//   start-paused NAME UUID IMAGE | resume UUID | suspend UUID | destroy UUID | destroy-all |
//   live-xml UUID
//   start-crashing NAME UUID IMAGE: as start-paused, but it runs, and stays when it crashes
//   define COUNT: so many that are shut off
//   edit UUID TEXT INSTEAD: its definition, with the first TEXT in it replaced
//   list: UUID ID STATE REASON NAME of all, a line each, sorted; asked one by one

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <string>
#include <string_view>
#include <vector>

namespace {

[[noreturn]] void fail()
{
    std::fprintf(stderr, "%s\n", virGetLastErrorMessage());
    std::exit(1);
}

void check(int result)
{
    if (result < 0)
        fail();
}

virDomainPtr find(virConnectPtr connection, const char* uuid)
{
    virDomainPtr domain = virDomainLookupByUUIDString(connection, uuid);
    if (domain == nullptr)
        fail();
    return domain;
}

virDomainPtr define(virConnectPtr connection, const std::string& name, const std::string& uuid,
                    const std::string& more, const std::string& devices)
{
    const std::string xml =
        "<domain type='qemu'><name>" + name + "</name><uuid>" + uuid +
        "</uuid><memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>"
        "<features><acpi/></features>" +
        more + "<devices>" + devices + "<memballoon model='none'/></devices></domain>";
    virDomainPtr domain = virDomainDefineXML(connection, xml.c_str());
    if (domain == nullptr)
        fail();
    return domain;
}

std::string disk(const std::string& image)
{
    return "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='" +
           image + "'/><target dev='hda' bus='ide'/></disk>";
}

void start_paused(virConnectPtr connection, const std::string& name, const std::string& uuid,
                  const std::string& image)
{
    virDomainPtr domain = define(connection, name, uuid, "", disk(image));
    check(virDomainCreateWithFlags(domain, VIR_DOMAIN_START_PAUSED));
    virDomainFree(domain);
}

void start_crashing(virConnectPtr connection, const std::string& name, const std::string& uuid,
                    const std::string& image)
{
    virDomainPtr domain = define(connection, name, uuid, "<on_crash>preserve</on_crash>",
                                 disk(image) + "<panic model='isa'/>");
    check(virDomainCreate(domain));
    virDomainFree(domain);
}

void define_many(virConnectPtr connection, int count)
{
    for (int i = 0; i < count; ++i) {
        std::array<char, 40> uuid{};
        std::snprintf(uuid.data(), uuid.size(), "00000000-0000-4000-8000-%012d", i);
        virDomainFree(define(connection, "many-" + std::to_string(i), uuid.data(), "", ""));
    }
}

void list(virConnectPtr connection)
{
    virDomainPtr* domains = nullptr;
    const int count = virConnectListAllDomains(connection, &domains, 0);
    check(count);
    std::vector<std::string> lines;
    for (int i = 0; i < count; ++i) {
        std::array<char, VIR_UUID_STRING_BUFLEN> uuid{};
        int state = 0;
        int reason = 0;
        check(virDomainGetUUIDString(domains[i], uuid.data()));
        check(virDomainGetState(domains[i], &state, &reason, 0));
        lines.push_back(std::string{uuid.data()} + " " +
                        std::to_string(static_cast<int>(virDomainGetID(domains[i]))) + " " +
                        std::to_string(state) + " " + std::to_string(reason) + " " +
                        virDomainGetName(domains[i]) + "\n");
        virDomainFree(domains[i]);
    }
    std::free(domains);
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines)
        std::fputs(line.c_str(), stdout);
}

void print_xml(virDomainPtr domain)
{
    char* xml = virDomainGetXMLDesc(domain, 0);
    if (xml == nullptr)
        fail();
    std::fputs(xml, stdout);
    std::free(xml);
}

void edit(virConnectPtr connection, const char* uuid, std::string_view text,
          const std::string& instead)
{
    char* raw = virDomainGetXMLDesc(find(connection, uuid), VIR_DOMAIN_XML_INACTIVE);
    if (raw == nullptr)
        fail();
    std::string xml{raw};
    std::free(raw);
    const auto at = xml.find(text);
    if (at == std::string::npos ||
        virDomainDefineXML(connection, xml.replace(at, text.size(), instead).c_str()) == nullptr)
        fail();
}

void destroy_all(virConnectPtr connection)
{
    virDomainPtr* domains = nullptr;
    const int count = virConnectListAllDomains(connection, &domains, 0);
    check(count);
    for (int i = 0; i < count; ++i) {
        if (virDomainIsActive(domains[i]) == 1)
            virDomainDestroy(domains[i]);
        virDomainFree(domains[i]);
    }
    std::free(domains);
}

} // namespace

int main(int argc, char** argv)
{
    const std::string_view verb = argc > 1 ? argv[1] : "";
    virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});
    virConnectPtr connection = virConnectOpen("qemu:///session");
    if (connection == nullptr)
        fail();
    if (verb == "start-paused" && argc == 5)
        start_paused(connection, argv[2], argv[3], argv[4]);
    else if (verb == "start-crashing" && argc == 5)
        start_crashing(connection, argv[2], argv[3], argv[4]);
    else if (verb == "define" && argc == 3)
        define_many(connection, std::atoi(argv[2]));
    else if (verb == "list" && argc == 2)
        list(connection);
    else if (verb == "edit" && argc == 5)
        edit(connection, argv[2], argv[3], argv[4]);
    else if (verb == "live-xml" && argc == 3)
        print_xml(find(connection, argv[2]));
    else if (verb == "resume" && argc == 3)
        check(virDomainResume(find(connection, argv[2])));
    else if (verb == "suspend" && argc == 3)
        check(virDomainSuspend(find(connection, argv[2])));
    else if (verb == "destroy" && argc == 3)
        check(virDomainDestroy(find(connection, argv[2])));
    else if (verb == "destroy-all" && argc == 2)
        destroy_all(connection);
    else
        return 2;
    return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// test-domain VERB ...: does to a domain of the session daemon what no call does, on libvirt's own
// library.
//   start-paused NAME UUID IMAGE | resume UUID | suspend UUID | destroy UUID | destroy-all |
//   live-xml UUID

#include <cstdio>
#include <cstdlib>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <string>
#include <string_view>

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

void start_paused(virConnectPtr connection, const std::string& name, const std::string& uuid,
                  const std::string& image)
{
    const std::string xml =
        "<domain type='qemu'><name>" + name + "</name><uuid>" + uuid +
        "</uuid><memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>"
        "<features><acpi/></features><devices><disk type='file' device='disk'>"
        "<driver name='qemu' type='raw'/><source file='" +
        image +
        "'/><target dev='hda' bus='ide'/></disk><memballoon "
        "model='none'/></devices></domain>";
    virDomainPtr domain = virDomainDefineXML(connection, xml.c_str());
    if (domain == nullptr)
        fail();
    check(virDomainCreateWithFlags(domain, VIR_DOMAIN_START_PAUSED));
    virDomainFree(domain);
}

void print_xml(virDomainPtr domain)
{
    char* xml = virDomainGetXMLDesc(domain, 0);
    if (xml == nullptr)
        fail();
    std::fputs(xml, stdout);
    std::free(xml);
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

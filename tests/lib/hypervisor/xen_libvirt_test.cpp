// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a libvirt as everybody has it makes of documents for Xen: read by its parser, through its
// in-memory driver, and written again.

#include "base/error.hpp"
#include "hypervisor/hypervisor.hpp"
#include "lib/hypervisor/xen_plans.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <pugixml.hpp>

#include <set>
#include <sstream>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

Hypervisor& in_memory()
{
    static const auto hypervisor = [] {
        HypervisorConfig config;
        config.connection = "test:///default";
        return connect_hypervisor(config);
    }();
    return *hypervisor;
}

pugi::xml_document parsed(const std::string& text)
{
    pugi::xml_document document;
    REQUIRE(document.load_string(text.c_str()));
    return document;
}

std::string text_of(const pugi::xml_document& document)
{
    std::ostringstream text;
    document.save(text, "", pugi::format_raw);
    return text.str();
}

// The document as one for the driver at hand, which knows one kind of machine.
pugi::xml_document for_driver(const std::string& text)
{
    pugi::xml_document document = parsed(text);
    pugi::xml_node domain = document.child("domain");
    domain.attribute("type").set_value("test");
    pugi::xml_node type = domain.child("os").child("type");
    type.remove_attribute("machine");
    type.text().set("hvm");
    return document;
}

pugi::xml_document read_back(const Uuid& uuid, const pugi::xml_document& document)
{
    in_memory().define(uuid, text_of(document));
    pugi::xml_document found = parsed(in_memory().live_xml(uuid));
    in_memory().undefine(uuid);
    return found;
}

std::string kib(pugi::xml_node size)
{
    const bool mib = std::string_view{size.attribute("unit").value()} == "MiB";
    return std::to_string(size.text().as_ullong() * (mib ? 1024 : 1));
}

// What must not change on the way: who it is, how large, its disks, its way into the network.
std::string essence(const pugi::xml_document& document)
{
    const pugi::xml_node domain = document.child("domain");
    std::ostringstream text;
    for (const char* const name : {"name", "uuid", "on_poweroff", "on_reboot", "on_crash"})
        text << domain.child(name).text().get() << "\n";
    for (const char* const size : {"maxMemory", "memory", "currentMemory"})
        text << kib(domain.child(size)) << "\n";
    text << domain.child("vcpu").text().get() << "\n";
    for (const char* const name : {"kernel", "initrd", "cmdline"})
        text << domain.child("os").child(name).text().get() << "\n";
    std::set<std::string> disks; // libvirt has an order of its own
    for (const auto& disk : domain.child("devices").children("disk"))
        disks.insert(std::string{disk.child("target").attribute("dev").value()} + " " +
                     disk.attribute("device").value() + " " +
                     disk.child("source").attribute("dev").value() + " " +
                     disk.child("backenddomain").attribute("name").value() +
                     (disk.child("readonly") ? " ro\n" : "\n"));
    for (const std::string& disk : disks)
        text << disk;
    for (const auto& interface : domain.child("devices").children("interface")) {
        text << interface.child("mac").attribute("address").value() << " "
             << interface.child("backenddomain").attribute("name").value() << " "
             << interface.child("script").attribute("path").value();
        for (const auto& ip : interface.children("ip"))
            text << " " << ip.attribute("address").value();
        text << "\n";
    }
    const pugi::xml_node ours = domain.child("metadata").first_child();
    for (const char* const name : {"qid", "class", "virt-mode", "netvm", "ip"})
        text << ours.attribute(name).value() << "\n";
    return text.str();
}

} // namespace

TEST_CASE("hypervisor.md 46: a libvirt as everybody has it reads the documents that are kept")
{
    for (const XenCase& one : xen_cases()) {
        INFO(one.name);
        pugi::xml_document document = for_driver(xen_domain_xml(one.plan, one.dialect));
        pugi::xml_node devices = document.child("domain").child("devices");
        if (devices.child("graphics")) { // only the libvirt of Qubes OS knows this screen
            try {
                in_memory().define(one.plan.uuid, text_of(document));
                FAIL("it is read");
            } catch (const Error& error) {
                CHECK(error.kind() == Failure::failed);
                CHECK(error.detail().starts_with("libvirt 27/"));
            }
            devices.remove_child("graphics");
        }
        CHECK(essence(read_back(one.plan.uuid, document)) == essence(document));
    }
}

TEST_CASE("hypervisor.md 47: any text is the same after libvirt has read and written it")
{
    const std::string values[] = {
        R"(<&>"')",
        R"(]]> &amp; <!-- --> <?x?> &#10; %s \n)",
        "one\ntwo\tthree",
        std::string(512, 'x'),
        "h\u00e9t\u00e9rog\u00e8ne \u65e5\u672c\u8a9e \U0001F600",
    };
    for (const std::string& value : values) {
        INFO(value);
        DomainPlan plan = pvh_plan();
        plan.klass = plan.kernel->kernel = value;
        if (value.find('\n') == std::string::npos) // libvirt writes line ends as blanks here
            plan.netvm = value;
        plan.kernel->initrd = plan.kernel->options = value;
        plan.xen.common_options = false;
        plan.xen.security.clear();
        const pugi::xml_document document = for_driver(xen_domain_xml(plan, libvirt_of_qubes));
        const pugi::xml_node domain = document.child("domain");
        CHECK(domain.child("os").child("cmdline").text().get() == value);
        CHECK(domain.child("devices")
                  .child("interface")
                  .child("backenddomain")
                  .attribute("name")
                  .value() == plan.netvm);
        CHECK(essence(read_back(plan.uuid, document)) == essence(document));
    }
}

TEST_CASE("hypervisor.md 47: no value breaks out of its place")
{
    constexpr const char* awkward = R"(<&>"'/><x> ]]> &amp; <!-- x)";
    const auto with = [](const std::string& value, const std::string& path) {
        DomainPlan plan = hvm_plan();
        plan.name = plan.klass = plan.netvm = plan.ip = plan.ip6 = plan.mac = value;
        plan.kernel = KernelPlan{value, value, value, value};
        plan.disks = {{"root", path, true, true, path}};
        plan.xen.security = plan.xen.boot_mode = plan.xen.clock_basis = value;
        plan.xen.blocks = {{.path = path, .backend = value, .target = value}};
        plan.xen.device_model.arguments = plan.xen.device_model.gateway = value;
        plan.xen.device_model.video = plan.xen.device_model.sound = value;
        plan.xen.device_model.guivm = value;
        return plan;
    };
    std::string path = std::string{"/"} + awkward;
    std::erase(path, ' ');
    const auto document = parsed(xen_domain_xml(with(awkward, path), libvirt_of_qubes));
    const auto plain = parsed(xen_domain_xml(with("x", "/y"), libvirt_of_qubes));
    CHECK(document.select_nodes("//*").size() == plain.select_nodes("//*").size());
    CHECK(document.select_nodes("//@*").size() == plain.select_nodes("//@*").size());
    const pugi::xml_node devices = document.child("domain").child("devices");
    CHECK(document.child("domain").child("name").text().get() == std::string{awkward});
    CHECK(devices.child("disk").child("source").attribute("dev").value() == path);
    CHECK(devices.child("video").child("model").attribute("type").value() == std::string{awkward});
    CHECK(std::string_view{devices.child("emulator").attribute("cmdline").value()}.find(awkward) !=
          std::string_view::npos);
}

TEST_CASE("xen xml: a value that no document can hold is refused, as is a path that is two words")
{
    for (const char* const value : {"\r", "\x01", "\x1b[0m"}) {
        DomainPlan plan = pvh_plan();
        plan.kernel->options = value;
        CHECK(failure_of([&] { static_cast<void>(xen_domain_xml(plan, stock_libvirt)); }) ==
              Failure::failed);
        plan = pvh_plan();
        plan.netvm = value;
        CHECK(failure_of([&] { static_cast<void>(xen_domain_xml(plan, stock_libvirt)); }) ==
              Failure::failed);
    }
    for (const char* const path : {"/a b", "/a\n", "/a\tb"}) {
        DomainPlan plan = pvh_plan();
        plan.disks[0].path = path;
        CHECK(failure_of([&] { static_cast<void>(xen_domain_xml(plan, stock_libvirt)); }) ==
              Failure::failed);
    }
}

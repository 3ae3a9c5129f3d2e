// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/xen/probe.hpp"

#include "base/config.hpp"
#include "base/error.hpp"
#include "hypervisor/xml_tree.hpp"
#include "state/named_lock.hpp"
#include "state/record.hpp"
#include "state/runtime.hpp"

#include <unistd.h>

namespace qmgmt {
namespace {

using pugi::xml_node;
using xml::attribute;
using xml::text;

constexpr const char* known_answer = "libvirt-dialect";

// One for all processes and times: what a killed one has left, the next takes away.
constexpr std::string_view probe_uuid = "b1c5d0b6-6f0e-4a54-9f0b-7a4f3b6f0d21";

// Every libvirt takes this; what it does not know it leaves out.
std::string question(const Uuid& uuid)
{
    pugi::xml_document document;
    xml_node domain = document.append_child("domain");
    attribute(domain, "type", "xen");
    text(domain, "name", "qubes-mgmt-question");
    text(domain, "uuid", uuid.text());
    xml::memory(domain, "memory", 16);
    xml_node os = domain.append_child("os");
    xml_node type = os.append_child("type");
    attribute(type, "arch", "x86_64");
    attribute(type, "machine", "xenpv");
    type.text().set("linux");
    text(os, "kernel", "/nonexistent");
    xml_node devices = domain.append_child("devices");
    xml_node emulator = devices.append_child("emulator");
    attribute(emulator, "type", "stubdom-linux");
    attribute(emulator, "cmdline", "-question");
    xml_node disk = devices.append_child("disk");
    attribute(disk, "type", "block");
    attribute(disk, "device", "disk");
    attribute(disk.append_child("driver"), "name", "phy");
    attribute(disk.append_child("source"), "dev", "/dev/null");
    attribute(disk.append_child("target"), "dev", "xvda");
    attribute(disk.append_child("backenddomain"), "name", "somebody");
    attribute(disk.append_child("script"), "path", disk_script);
    return xml::text_of(document);
}

bool holds(xml_node node, const char* name, std::string_view value)
{
    return node.attribute(name).value() == value;
}

XenDialect dialect_of(const std::string& definition)
{
    pugi::xml_document document;
    if (!document.load_buffer(definition.data(), definition.size()))
        throw Error{failure::vm_failed, "cannot read what libvirt made of a domain", definition};
    const xml_node devices = document.child("domain").child("devices");
    const xml_node disk = devices.child("disk");
    const xml_node emulator = devices.child("emulator");
    return {.qubes =
                holds(emulator, "type", "stubdom-linux") && holds(emulator, "cmdline", "-question"),
            .disk_script = holds(disk.child("script"), "path", disk_script),
            .disk_backend = holds(disk.child("backenddomain"), "name", "somebody")};
}

std::optional<XenDialect> remembered(const std::string& path, const std::string& version)
{
    const auto record = Record::load(path);
    if (!record || record->get("version") != version)
        return std::nullopt;
    return XenDialect{.qubes = record->get("qubes") == "yes",
                      .disk_script = record->get("disk-script") == "yes",
                      .disk_backend = record->get("disk-backend") == "yes"};
}

void remember(const std::string& path, const std::string& version, const XenDialect& dialect)
{
    const auto word = [](bool value) { return std::string{value ? "yes" : "no"}; };
    Record record;
    record.add("version", version);
    record.add("qubes", word(dialect.qubes));
    record.add("disk-script", word(dialect.disk_script));
    record.add("disk-backend", word(dialect.disk_backend));
    record.save(path, false);
}

XenDialect found_out(Hypervisor& hypervisor, Deadline deadline)
{
    const std::string path = runtime_file(known_answer);
    const std::string version = std::to_string(hypervisor.version());
    if (const auto known = remembered(path, version))
        return *known;
    const NamedLock lock = NamedLock::wait(std::string{known_answer} + ".lock", LockMode::exclusive,
                                           deadline, "a question to libvirt");
    if (const auto known = remembered(path, version))
        return *known;
    const XenDialect dialect = ask_for_dialect(hypervisor);
    remember(path, version, dialect);
    return dialect;
}

} // namespace

XenDialect ask_for_dialect(Hypervisor& hypervisor)
{
    const Uuid uuid = *Uuid::parse(probe_uuid);
    hypervisor.define(uuid, question(uuid));
    std::string definition;
    try {
        definition = hypervisor.live_xml(uuid);
    } catch (const Error&) {
        hypervisor.undefine(uuid);
        throw;
    }
    hypervisor.undefine(uuid);
    return dialect_of(definition);
}

bool has_disk_script()
{
    return ::access(disk_script, F_OK) == 0;
}

XenDialect xen_dialect(Hypervisor& hypervisor, Deadline deadline)
{
    const std::string wanted = config().word("qubes-libvirt", "auto", {"auto", "yes", "no"});
    XenDialect dialect;
    if (wanted == "yes")
        dialect = {.qubes = true, .disk_script = true, .disk_backend = true};
    else if (wanted == "auto")
        dialect = found_out(hypervisor, deadline);
    dialect.disk_script = dialect.disk_script && has_disk_script();
    return dialect;
}

} // namespace qmgmt

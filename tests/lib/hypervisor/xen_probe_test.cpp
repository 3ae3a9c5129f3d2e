// SPDX-License-Identifier: GPL-2.0-or-later
//
// Finding out which libvirt it is, from ones that keep more or less of a document.

#include "hypervisor/xen/probe.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/in_root.hpp"

#include <pugixml.hpp>

#include <functional>
#include <sstream>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

// Remembers one document, after `change`.
class Libvirt : public Hypervisor {
public:
    std::function<void(pugi::xml_document&)> change = [](auto&) {};
    unsigned long number = 9'000'000;
    bool refuses = false;
    bool mute = false;
    int asked = 0;
    std::string defined;

    void define(const Uuid&, const std::string& xml) override
    {
        ++asked;
        if (refuses)
            throw Error{failure::vm_failed, "no"};
        pugi::xml_document document;
        REQUIRE(document.load_string(xml.c_str()));
        change(document);
        std::ostringstream text;
        document.save(text);
        defined = text.str();
    }
    std::string live_xml(const Uuid&) override
    {
        if (mute)
            throw Error{failure::timeout, "no answer"};
        return defined;
    }
    void undefine(const Uuid&) override { defined.clear(); }
    Kind kind() override { return Kind::xen; }
    unsigned long version() override { return number; }

    std::vector<DomainStatus> list() override { return {}; }
    DomainStatus status(const Uuid& uuid) override { return {.uuid = uuid}; }
    DomainUsage usage(const Uuid&) override { return {}; }
    int start_paused(const Uuid&) override { return -1; }
    void resume(const Uuid&) override {}
    void pause(const Uuid&) override {}
    void request_shutdown(const Uuid&) override {}
    void destroy(const Uuid&) override {}
    void attach(const Uuid&, const std::string&) override {}
    void detach(const Uuid&, const std::string&) override {}
    void take_from_host(const PciPlan&) override {}
    void give_to_host(const PciPlan&) override {}
    void resize_disk(const Uuid&, const std::string&, std::uint64_t) override {}
};

void as_stock(pugi::xml_document& document)
{
    pugi::xml_node devices = document.child("domain").child("devices");
    devices.child("emulator").remove_attributes();
    devices.child("disk").remove_child("script");
}

std::string words(const XenDialect& dialect)
{
    return std::string{dialect.qubes ? "qubes " : ""} + (dialect.disk_script ? "script " : "") +
           (dialect.disk_backend ? "backend" : "");
}

const Deadline soon = Deadline::in(std::chrono::seconds{5});

} // namespace

TEST_CASE("xen probe: what libvirt keeps of a document is what it knows")
{
    Libvirt libvirt;
    CHECK(words(ask_for_dialect(libvirt)) == "qubes script backend");
    CHECK(libvirt.defined.empty());
    libvirt.change = as_stock;
    CHECK(words(ask_for_dialect(libvirt)) == "backend");
    libvirt.change = [](pugi::xml_document& document) {
        document.child("domain").child("devices").child("disk").remove_child("backenddomain");
    };
    CHECK(words(ask_for_dialect(libvirt)) == "qubes script ");
    libvirt.change = [](pugi::xml_document& document) {
        document.child("domain").child("devices").child("emulator").remove_attribute("cmdline");
    };
    CHECK(words(ask_for_dialect(libvirt)) == "script backend");
}

TEST_CASE("xen probe: it is asked once for each version, and an answer that failed is none")
{
    const auto fails = [](Libvirt& libvirt, Failure failure) {
        return failure_of([&] { static_cast<void>(xen_dialect(libvirt, soon)); }) == failure;
    };
    const Root root;
    CHECK(root.run([&] {
        Libvirt libvirt;
        libvirt.refuses = true;
        const bool refused = fails(libvirt, Failure::failed);
        libvirt.refuses = false;
        libvirt.mute = true;
        const bool muted = fails(libvirt, Failure::timeout);
        return refused && muted && libvirt.defined.empty(); // taken away all the same
    }));
    CHECK(root.run([] {
        Libvirt libvirt;
        libvirt.change = as_stock;
        return !xen_dialect(libvirt, soon).qubes && libvirt.asked == 1;
    }));
    CHECK(root.run([] { // another process
        Libvirt libvirt;
        const XenDialect remembered = xen_dialect(libvirt, soon);
        return !remembered.qubes && remembered.disk_backend && libvirt.asked == 0;
    }));
    CHECK(root.run([] {
        Libvirt libvirt;
        libvirt.number = 10'000'000;
        return xen_dialect(libvirt, soon).qubes && xen_dialect(libvirt, soon).qubes &&
               libvirt.asked == 1;
    }));
}

TEST_CASE("xen probe: mgmt.conf may say so")
{
    for (const bool qubes : {true, false}) {
        const Root root;
        root.write("/etc/qubes/mgmt.conf",
                   qubes ? "qubes-libvirt = yes\n" : "qubes-libvirt = no\n");
        CHECK(root.run([qubes] {
            Libvirt libvirt;
            const XenDialect dialect = xen_dialect(libvirt, soon);
            return dialect.qubes == qubes && dialect.disk_backend && libvirt.asked == 0;
        }));
    }
}

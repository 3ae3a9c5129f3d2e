// SPDX-License-Identifier: GPL-2.0-or-later
//
// A host of a libvirt that says it drives Xen, with a qube that exposes block devices.
#pragma once

#include "calls/simulated.hpp"
#include "support/catch.hpp"

#include <pugixml.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt::test::block {

using simulated::with_property;

inline constexpr std::string_view usb_uuid = "3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e78";
inline constexpr std::string_view vault_uuid = "3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e79";
inline const std::string ok{"0\0", 2};

// A qube of the template that needs nobody.
inline std::string with_qube(std::string text, const std::string& name, int qid,
                             std::string_view uuid)
{
    const std::string before = "    <domain id=\"domain-6\" class=\"AppVM\">";
    return with(std::move(text), before,
                "    <domain id=\"domain-" + std::to_string(qid) +
                    "\" class=\"AppVM\">\n      <properties>"
                    "<property name=\"label\">red</property><property name=\"name\">" +
                    name +
                    "</property><property name=\"netvm\"></property><property name=\"qid\">" +
                    std::to_string(qid) +
                    "</property><property name=\"template\">fedora-25</property>"
                    "<property name=\"uuid\">" +
                    std::string{uuid} + "</property></properties>\n      <features/>\n" +
                    "      <tags/>\n    </domain>\n" + before);
}

inline std::string store_with_backend()
{
    std::string text = simulated::store_without_network();
    text = with_qube(std::move(text), "sys-usb", 40, usb_uuid);
    text = with_qube(std::move(text), "vault", 41, vault_uuid);
    return with_property(with_property(std::move(text), "work", "virt_mode", "pvh"), "mgr", "netvm",
                         "");
}

// sys-usb and work run, vault is halted.
class Devices : public simulated::Host {
public:
    explicit Devices(const std::string& text = store_with_backend(),
                     std::string_view lines = "qubesdb = dir\n")
        : simulated::Host{text, "store-dialect = current\n" + std::string{lines}}
    {
        hypervisor.change([](fake::World& world) { world.type = "Xen"; });
        for (const char* const qube : {"sys-usb", "vault"}) {
            const std::string image =
                "/var/lib/qm-lvm/appvms/" + std::string{qube} + "/private.img";
            root.write(image, "image\n");
            std::filesystem::resize_file(root.below(image), std::uintmax_t{2} << 30U);
        }
        for (const char* const qube : {"sys-usb", "work"})
            gives({qube, "vm.Start"}, "");
        expose("sda", {{"desc", "Acme_Key (stick)"}, {"size", "8388608"}, {"mode", "w"}});
        expose("sdb", {{"mode", "r"}});
    }

    void expose(const std::string& name,
                const std::vector<std::pair<std::string, std::string>>& keys) const
    {
        // Where a key is a file, one that has others below it has no value.
        if (std::filesystem::is_regular_file(root.below(table)))
            std::filesystem::remove(root.below(table));
        for (const auto& [key, value] : keys)
            root.write(table + "/" + name + "/" + key, value);
    }

    void expose_usb(const std::string& port,
                    const std::vector<std::pair<std::string, std::string>>& keys) const
    {
        const std::string usb = base + std::string{usb_uuid} + "/qubes-usb-devices";
        if (std::filesystem::is_regular_file(root.below(usb)))
            std::filesystem::remove(root.below(usb));
        for (const auto& [key, value] : keys)
            root.write(usb + "/" + port + "/" + key, value);
    }

    [[nodiscard]] static Ask attach(const std::string& device, const std::string& options = "",
                                    const std::string& qube = "work")
    {
        return {qube, "vm.device.block.Attach", device, options};
    }
    [[nodiscard]] static Ask detach(const std::string& device, const std::string& qube = "work")
    {
        return {qube, "vm.device.block.Detach", device};
    }
    [[nodiscard]] std::string list(const std::string& qube = "work") const
    {
        return reply({qube, "vm.device.block.List"});
    }

    // The disk of that name in the live document, as one line; empty: there is none.
    [[nodiscard]] std::string disk(const std::string& target,
                                   std::string_view uuid = work_uuid) const
    {
        pugi::xml_document document;
        REQUIRE(document.load_string(hypervisor.live_xml(uuid).c_str()));
        const std::string path = "//disk[target/@dev='" + target + "']";
        const pugi::xml_node node = document.select_node(path.c_str()).node();
        if (!node)
            return {};
        std::string line = node.child("source").attribute("dev").value();
        line += " of ";
        line += node.child("backenddomain").attribute("name").value();
        line += node.child("readonly") ? " ro" : " rw";
        const std::string_view kind = node.attribute("device").value();
        return kind == "disk" ? line : line + " " + std::string{kind};
    }
    // The event of that name that was journalled last about a qube.
    [[nodiscard]] std::size_t seen(std::string_view event, std::string_view qube = "work") const
    {
        return count(qube, event);
    }

private:
    static constexpr const char* base = "/run/qubes-mgmt/qdb/";
    const std::string table = base + std::string{usb_uuid} + "/qubes-block-devices";
};

// Plain calls alone take words.
inline void refuses(const World& world, const Ask& ask, Failure kind)
{
    INFO(describe(ask));
    const std::string before = world.root.store();
    check_refusal(run_call(world.root, ask), "mgmt." + std::string{ask.call}, kind);
    CHECK(world.root.store() == before);
}

// What the store gives `work`.
inline std::string assigned(const World& world, const std::string& qube = "work")
{
    return world.reply({qube, "vm.device.block.Assigned"});
}

} // namespace qmgmt::test::block

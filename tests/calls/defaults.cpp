// SPDX-License-Identifier: GPL-2.0-or-later
//
// One thing changes, and every default that depends on it moves, and no other value does: the whole
// of GetAll of every qube is compared before and after.

#include "calls/world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <map>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using Values =
    std::map<std::string, std::string>; // "work netvm" to "default=yes type=vm sys-firewall"

Values all_values(const World& world)
{
    Values values;
    for (const std::string& qube : world.view().names()) {
        const std::string text = world.reply({qube, "vm.property.GetAll"});
        std::size_t at = 0;
        while (at < text.size()) {
            const std::size_t end = text.find('\n', at);
            const std::size_t blank = text.find(' ', at);
            REQUIRE(blank < end);
            values[qube + " " + text.substr(at, blank - at)] =
                text.substr(blank + 1, end - blank - 1);
            at = end + 1;
        }
    }
    return values;
}

// "qube property: before -> after", sorted.
std::vector<std::string> moved(const Values& before, const Values& after)
{
    std::vector<std::string> found;
    for (const auto& [key, value] : before) {
        const auto now = after.find(key);
        const std::string fresh = now == after.end() ? "gone" : now->second;
        if (fresh != value)
            found.push_back(key + ": " + value + " -> " + fresh);
    }
    for (const auto& [key, value] : after)
        if (!before.contains(key))
            found.push_back(key + ": new -> " + value);
    return found;
}

struct Row {
    Ask change;
    std::vector<std::string> moves; // without the value that was set itself
};

void check_rows(const std::string& store, const std::vector<Row>& rows)
{
    for (const Row& row : rows) {
        INFO(describe(row.change));
        const World world{store};
        world.root.add_kernel("4.9.45-21");
        const Values before = all_values(world);
        world.gives(row.change, "");
        std::vector<std::string> seen = moved(before, all_values(world));
        std::erase_if(seen, [&](const std::string& line) {
            return row.change.call == "vm.property.Set" &&
                   line.starts_with(row.change.dest + " " + row.change.argument + ": ");
        });
        std::vector<std::string> wanted = row.moves;
        std::ranges::sort(wanted);
        std::ranges::sort(seen);
        CHECK(seen == wanted);
    }
}

// A second template, equal to the first but for one value, so that a change of template shows.
std::string with_second_template(const std::string& store)
{
    return with(store, "    <domain id=\"domain-6\" class=\"AppVM\">",
                "    <domain id=\"domain-20\" class=\"TemplateVM\">\n"
                "      <properties>\n"
                "        <property name=\"default_user\">bob</property>\n"
                "        <property name=\"label\">black</property>\n"
                "        <property name=\"name\">other</property>\n"
                "        <property name=\"qid\">20</property>\n"
                "        <property name=\"uuid\">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e20</property>\n"
                "        <property name=\"kernelopts\">quiet</property>\n"
                "      </properties>\n"
                "    </domain>\n"
                "    <domain id=\"domain-6\" class=\"AppVM\">");
}

} // namespace

TEST_CASE("defaults: in dialect r40 each follows its template, netvm, feature or global")
{
    check_rows(
        with_second_template(store_text_on_files()),
        {
            // The template.
            {{"work", "vm.property.Set", "template", "other"},
             {"work default_user: default=yes type=str user -> default=yes type=str bob",
              "work kernelopts: default=yes type=str nopat -> default=yes type=str quiet"}},
            {{"fedora-25", "vm.property.Set", "default_user", "eve"},
             {"fedora-25-dvm default_user: default=yes type=str user -> default=yes type=str eve",
              "mgr default_user: default=yes type=str user -> default=yes type=str eve",
              "sys-firewall default_user: default=yes type=str user -> default=yes type=str eve",
              "sys-net default_user: default=yes type=str user -> default=yes type=str eve",
              "work default_user: default=yes type=str user -> default=yes type=str eve"}},
            {{"fedora-25", "vm.property.Set", "kernelopts", "quiet"},
             {"fedora-25-dvm kernelopts: default=yes type=str nopat -> default=yes type=str quiet",
              "sys-firewall kernelopts: default=yes type=str nopat -> default=yes type=str quiet",
              "work kernelopts: default=yes type=str nopat -> default=yes type=str quiet"}},
            // The netvm.
            {{"work", "vm.property.Set", "netvm", ""},
             {"work ip: default=yes type=str 10.137.0.4 -> default=yes type=str ",
              "work ip6: default=yes type=str fd09:24ef:4179::a89:4 -> default=yes type=str ",
              "work visible_gateway: default=yes type=str 10.137.0.3 -> default=yes type=str ",
              "work visible_gateway6: default=yes type=str fd09:24ef:4179::a89:3 -> default=yes "
              "type=str ",
              "work visible_ip: default=yes type=str 10.137.0.4 -> default=yes type=str ",
              "work visible_ip6: default=yes type=str fd09:24ef:4179::a89:4 -> default=yes "
              "type=str ",
              "work visible_netmask: default=yes type=str 255.255.255.255 -> default=yes "
              "type=str "}},
            {{"work", "vm.property.Set", "netvm", "sys-net"},
             {"work visible_gateway: default=yes type=str 10.137.0.3 -> default=yes type=str "
              "10.137.0.2",
              "work visible_gateway6: default=yes type=str fd09:24ef:4179::a89:3 -> default=yes "
              "type=str fd09:24ef:4179::a89:2"}},
            {{"sys-firewall", "vm.property.Set", "ip", "10.9.8.7"},
             {"fedora-25-dvm visible_gateway: default=yes type=str 10.137.0.3 -> default=yes "
              "type=str 10.9.8.7",
              "sys-firewall gateway: default=yes type=str 10.137.0.3 -> default=yes type=str "
              "10.9.8.7",
              "sys-firewall visible_ip: default=yes type=str 10.137.0.3 -> default=yes type=str "
              "10.9.8.7",
              "work visible_gateway: default=yes type=str 10.137.0.3 -> default=yes type=str "
              "10.9.8.7"}},
            {{"work", "vm.property.Set", "provides_network", "True"},
             {"work gateway: default=yes type=str  -> default=yes type=str 10.137.0.4",
              "work gateway6: default=yes type=str  -> default=yes type=str "
              "fd09:24ef:4179::a89:4"}},
            // A global.
            {{"dom0", "property.Set", "default_netvm", "sys-net"},
             {"fedora-25-dvm netvm: default=yes type=vm sys-firewall -> default=yes type=vm "
              "sys-net",
              "fedora-25-dvm visible_gateway: default=yes type=str 10.137.0.3 -> default=yes "
              "type=str 10.137.0.2",
              "fedora-25-dvm visible_gateway6: default=yes type=str fd09:24ef:4179::a89:3 -> "
              "default=yes type=str fd09:24ef:4179::a89:2",
              "work netvm: default=yes type=vm sys-firewall -> default=yes type=vm sys-net",
              "work visible_gateway: default=yes type=str 10.137.0.3 -> default=yes type=str "
              "10.137.0.2",
              "work visible_gateway6: default=yes type=str fd09:24ef:4179::a89:3 -> default=yes "
              "type=str fd09:24ef:4179::a89:2"}},
            {{"dom0", "property.Set", "default_kernel", "4.9.45-21"},
             {"fedora-25 kernel: default=yes type=str 4.8.12-12 -> default=yes type=str 4.9.45-21",
              "fedora-25-dvm kernel: default=yes type=str 4.8.12-12 -> default=yes type=str "
              "4.9.45-21",
              "mgr kernel: default=yes type=str 4.8.12-12 -> default=yes type=str 4.9.45-21",
              "other kernel: default=yes type=str 4.8.12-12 -> default=yes type=str 4.9.45-21",
              "sys-firewall kernel: default=yes type=str 4.8.12-12 -> default=yes type=str "
              "4.9.45-21",
              "sys-net kernel: default=yes type=str 4.8.12-12 -> default=yes type=str 4.9.45-21",
              "work kernel: default=yes type=str 4.8.12-12 -> default=yes type=str 4.9.45-21"}},
            {{"dom0", "property.Set", "default_dispvm", ""},
             {"dom0 default_dispvm: default=yes type=vm fedora-25-dvm -> default=yes type=vm ",
              "fedora-25 default_dispvm: default=yes type=vm fedora-25-dvm -> default=yes type=vm ",
              "fedora-25-dvm default_dispvm: default=yes type=vm fedora-25-dvm -> default=yes "
              "type=vm ",
              "mgr default_dispvm: default=yes type=vm fedora-25-dvm -> default=yes type=vm ",
              "other default_dispvm: default=yes type=vm fedora-25-dvm -> default=yes type=vm ",
              "sys-firewall default_dispvm: default=yes type=vm fedora-25-dvm -> default=yes "
              "type=vm ",
              "sys-net default_dispvm: default=yes type=vm fedora-25-dvm -> default=yes type=vm ",
              "work default_dispvm: default=yes type=vm fedora-25-dvm -> default=yes type=vm "}},
            // A feature.
            {{"sys-net", "vm.feature.Remove", "ipv6"},
             {"fedora-25-dvm ip6: default=yes type=str fd09:24ef:4179::a89:6 -> default=yes "
              "type=str ",
              "fedora-25-dvm visible_gateway6: default=yes type=str fd09:24ef:4179::a89:3 -> "
              "default=yes type=str ",
              "fedora-25-dvm visible_ip6: default=yes type=str fd09:24ef:4179::a89:6 -> "
              "default=yes type=str ",
              "sys-firewall gateway6: default=yes type=str fd09:24ef:4179::a89:3 -> default=yes "
              "type=str ",
              "sys-firewall ip6: default=yes type=str fd09:24ef:4179::a89:3 -> default=yes "
              "type=str ",
              "sys-firewall visible_gateway6: default=yes type=str fd09:24ef:4179::a89:2 -> "
              "default=yes type=str ",
              "sys-firewall visible_ip6: default=yes type=str fd09:24ef:4179::a89:3 -> default=yes "
              "type=str ",
              "sys-net gateway6: default=yes type=str fd09:24ef:4179::a89:2 -> default=yes "
              "type=str ",
              "sys-net ip6: default=yes type=str fd09:24ef:4179::a89:2 -> default=yes type=str ",
              "sys-net visible_ip6: default=yes type=str fd09:24ef:4179::a89:2 -> default=yes "
              "type=str ",
              "work ip6: default=yes type=str fd09:24ef:4179::a89:4 -> default=yes type=str ",
              "work visible_gateway6: default=yes type=str fd09:24ef:4179::a89:3 -> default=yes "
              "type=str ",
              "work visible_ip6: default=yes type=str fd09:24ef:4179::a89:4 -> default=yes "
              "type=str "}},
            {{"work", "vm.feature.Set", "net.fake-ip", "192.168.1.128"},
             {"work visible_ip: default=yes type=str 10.137.0.4 -> default=yes type=str "
              "192.168.1.128"}},
            {{"work", "vm.feature.Set", "net.fake-gateway", "192.168.1.1"},
             {"work visible_gateway: default=yes type=str 10.137.0.3 -> default=yes type=str "
              "192.168.1.1"}},
            {{"work", "vm.feature.Set", "net.fake-netmask", "24"},
             {"work visible_netmask: default=yes type=str 255.255.255.255 -> default=yes type=str "
              "24"}},
        });
}

TEST_CASE("defaults: in dialect current more of them follow the template")
{
    check_rows(
        with_second_template(store_text("current.xml")),
        {
            {{"debian-12", "vm.property.Set", "vcpus", "3"},
             {"debian-12-dvm vcpus: default=yes type=int 2 -> default=yes type=int 3",
              "disp4711 vcpus: default=yes type=int 2 -> default=yes type=int 3",
              "sys-firewall vcpus: default=yes type=int 2 -> default=yes type=int 3",
              "sys-net vcpus: default=yes type=int 2 -> default=yes type=int 3",
              "work vcpus: default=yes type=int 2 -> default=yes type=int 3"}},
            {{"debian-12", "vm.property.Set", "virt_mode", "pv"},
             {"debian-12-dvm virt_mode: default=yes type=str pvh -> default=yes type=str pv",
              "disp4711 virt_mode: default=yes type=str pvh -> default=yes type=str pv",
              "sys-firewall virt_mode: default=yes type=str pvh -> default=yes type=str pv",
              "work virt_mode: default=yes type=str pvh -> default=yes type=str pv"}},
            {{"debian-12", "vm.property.Set", "kernel", "4.9.45-21"},
             {"debian-12-dvm kernel: default=yes type=str 4.8.12-12 -> default=yes type=str "
              "4.9.45-21",
              "disp4711 kernel: default=yes type=str 4.8.12-12 -> default=yes type=str 4.9.45-21",
              "sys-firewall kernel: default=yes type=str 4.8.12-12 -> default=yes type=str "
              "4.9.45-21",
              "sys-net kernel: default=yes type=str 4.8.12-12 -> default=yes type=str 4.9.45-21",
              "work kernel: default=yes type=str 4.8.12-12 -> default=yes type=str 4.9.45-21"}},
            {{"debian-12", "vm.property.Set", "qrexec_timeout", "90"},
             {"debian-12-dvm qrexec_timeout: default=yes type=int 60 -> default=yes type=int 90",
              "disp4711 qrexec_timeout: default=yes type=int 60 -> default=yes type=int 90",
              "sys-firewall qrexec_timeout: default=yes type=int 60 -> default=yes type=int 90",
              "sys-net qrexec_timeout: default=yes type=int 60 -> default=yes type=int 90",
              "work qrexec_timeout: default=yes type=int 60 -> default=yes type=int 90"}},
            {{"work", "vm.property.Set", "label", "green"},
             {"work icon: default=yes type=str appvm-blue -> default=yes type=str appvm-green"}},
            {{"work", "vm.feature.Set", "servicevm", "1"},
             {"work icon: default=yes type=str appvm-blue -> default=yes type=str servicevm-blue"}},
            {{"work", "vm.property.Set", "template_for_dispvms", "True"},
             {"work icon: default=yes type=str appvm-blue -> default=yes type=str "
              "templatevm-blue"}},
            {{"sys-net", "vm.property.Set", "keyboard_layout", "de++"}, {}},
            {{"work", "vm.feature.Set", "boot-mode.active", "single"}, {}},
            {{"dom0", "property.Set", "default_shutdown_timeout", "30"},
             {"debian-12 shutdown_timeout: default=yes type=int 60 -> default=yes type=int 30",
              "debian-12-dvm shutdown_timeout: default=yes type=int 60 -> default=yes type=int 30",
              "disp4711 shutdown_timeout: default=yes type=int 60 -> default=yes type=int 30",
              "other shutdown_timeout: default=yes type=int 60 -> default=yes type=int 30",
              "sys-firewall shutdown_timeout: default=yes type=int 60 -> default=yes type=int 30",
              "sys-net shutdown_timeout: default=yes type=int 60 -> default=yes type=int 30",
              "work shutdown_timeout: default=yes type=int 60 -> default=yes type=int 30"}},
            {{"disp4711", "vm.property.Set", "auto_cleanup", "False"},
             {"disp4711 include_in_backups: default=yes type=bool False -> default=yes type=bool "
              "True"}},
            {{"work", "vm.property.Set", "netvm", ""},
             {"work dns: default=yes type=str 10.139.1.1 10.139.1.2 -> default=yes type=str ",
              "work ip: default=yes type=str 10.137.0.4 -> default=yes type=str ",
              "work visible_gateway: default=yes type=str 10.137.0.3 -> default=yes type=str ",
              "work visible_ip: default=yes type=str 10.137.0.4 -> default=yes type=str ",
              "work visible_netmask: default=yes type=str 255.255.255.255 -> default=yes "
              "type=str "}},
        });
}

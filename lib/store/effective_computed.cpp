// SPDX-License-Identifier: GPL-2.0-or-later
//
// Defaults that are more than a constant or somebody else's value (store.md 3.6, 8.3).

#include "names/number.hpp"
#include "store/address.hpp"
#include "store/effective.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

bool truthy(const std::optional<std::string>& feature)
{
    return feature && !feature->empty();
}

std::string_view word(bool value)
{
    return value ? "True" : "False";
}

std::string without_line_end(std::string text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    return text;
}

} // namespace

PropertyValue Effective::computed(const Qube& qube, const PropertyRow& row)
{
    const auto is = [&](std::string_view name) { return row.name == name; };
    const auto answer = [](std::string_view text) {
        return PropertyValue{std::string{text}, true, true};
    };
    const auto of_netvm = [&](std::string_view property) {
        const Qube* netvm = this->netvm(qube);
        return netvm == nullptr ? std::string{} : text(*netvm, property);
    };
    if (is("klass"))
        return answer(qube.klass());
    if (is("name"))
        return answer(qube.name());
    if (is("icon"))
        return answer(icon(qube));
    if (is("updateable"))
        return answer(word(qube.class_bit() == class_admin || template_of(qube) == nullptr));
    if (is("ip") || is("ip6"))
        return answer(address(qube, is("ip6")));
    if (is("gateway") || is("gateway6")) {
        const bool version_6 = is("gateway6");
        if (text(qube, "provides_network") != "True" || (version_6 && !has_ipv6(qube)))
            return answer("");
        return answer(text(qube, version_6 ? "visible_ip6" : "visible_ip"));
    }
    if (is("visible_ip")) {
        const std::string masking = masked(qube, "net.fake-ip");
        return answer(masking.empty() ? text(qube, "ip") : masking);
    }
    if (is("visible_ip6"))
        return answer(text(qube, "ip6"));
    if (is("visible_gateway")) {
        const std::string masking = masked(qube, "net.fake-gateway");
        return answer(masking.empty() ? of_netvm("gateway") : masking);
    }
    if (is("visible_gateway6"))
        return answer(of_netvm("gateway6"));
    if (is("visible_netmask")) {
        const std::string masking = masked(qube, "net.fake-netmask");
        if (!masking.empty())
            return answer(masking);
        return answer(netvm(qube) == nullptr ? "" : netmask_of_qubes);
    }
    if (is("dns"))
        return answer(networked(qube) ? std::string{primary_dns} + " " + std::string{secondary_dns}
                                      : std::string{});
    if (is("virt_mode")) {
        if (qube.has_pci_devices())
            return answer("hvm");
        return from_template(qube, row, answer("pvh"));
    }
    if (is("default_dispvm")) // of a disposable: what it was made from
        return answer(text(qube, "template"));
    if (is("include_in_backups")) // of a disposable
        return answer(word(text(qube, "auto_cleanup") != "True"));
    if (is("keyboard_layout")) {
        const std::string gui = text(qube, "guivm");
        const Qube* guivm = gui.empty() || gui == qube.name() ? nullptr : store_.find_any(gui);
        return answer(guivm == nullptr ? "us++" : text(*guivm, "keyboard_layout"));
    }
    if (is("is_preload")) {
        const Qube* base = template_of(qube);
        const std::string list =
            base == nullptr ? "" : " " + base->feature("preload-dispvm").value_or("") + " ";
        return answer(word(list.find(" " + qube.name() + " ") != std::string::npos));
    }
    if (is("bootmode") || is("appvm_default_bootmode"))
        return answer(boot_mode(qube, row));
    if (is("kernelopts"))
        return kernel_options(qube, row);
    if (is("maxmem"))
        return memory_limit(qube, row);
    return answer(live_.value(&qube, row.name));
}

std::string Effective::icon(const Qube& qube)
{
    const std::string label = text(qube, "label");
    if (qube.class_bit() == class_admin)
        return "adminvm-black";
    if (qube.class_bit() == class_template || text(qube, "template_for_dispvms") == "True")
        return "templatevm-" + label;
    if (truthy(feature_with_template(qube, "servicevm")))
        return "servicevm-" + label;
    switch (qube.class_bit()) {
    case class_disp: return "dispvm-" + label;
    case class_standalone: return "standalonevm-" + label;
    case class_remote: return "remotevm-" + label;
    default: return "appvm-" + label;
    }
}

bool Effective::networked(const Qube& qube)
{
    return !text(qube, "netvm").empty() || text(qube, "provides_network") == "True";
}

bool Effective::has_ipv6(const Qube& qube)
{
    return !feature_with_netvm(qube, "ipv6").value_or("").empty();
}

std::string Effective::address(const Qube& qube, bool version_6)
{
    if (!networked(qube) || (version_6 && !has_ipv6(qube)))
        return "";
    const bool disposable = qube.class_bit() == class_disp;
    const auto id = parse_integer(qube.property(disposable ? "dispid" : "qid").value_or(""));
    if (!id || *id < 0)
        return "";
    const auto number = static_cast<unsigned>(*id);
    return version_6 ? ipv6_of(number, disposable) : ipv4_of(number, disposable);
}

std::string Effective::masked(const Qube& qube, std::string_view feature)
{
    return feature_with_template(qube, feature).value_or("");
}

PropertyValue Effective::kernel_options(const Qube& qube, const PropertyRow& row)
{
    const bool pci = qube.has_pci_devices();
    if (store_.dialect() == Dialect::r40) {
        if (pci)
            return {"nopat iommu=soft swiotlb=8192", true, true};
        return from_template(qube, row, {"nopat", true, true});
    }
    const std::string kernel = text(qube, "kernel");
    if (kernel.empty())
        return {"", true, true};
    if (pci) {
        std::string options =
            without_line_end(live_.kernel_file(kernel, "default-kernelopts-pci.txt").value_or(""));
        const Qube* dom0 = store_.find_any("dom0");
        if (dom0 != nullptr && truthy(dom0->feature("suspend-s0ix")))
            options += " qubes_exp_pm_use_suspend=1";
        return {options, true, true};
    }
    const auto file = live_.kernel_file(kernel, "default-kernelopts-nopci.txt");
    return from_template(qube, row, {file ? without_line_end(*file) : "swiotlb=2048", true, true});
}

PropertyValue Effective::memory_limit(const Qube& qube, const PropertyRow& row)
{
    const auto host_half = [this] { return live_.host_memory_mib() / 2; };
    const auto limit = [](std::uint64_t mib) {
        return PropertyValue{std::to_string(mib), true, true};
    };
    if (store_.dialect() == Dialect::r40)
        return limit(std::min<std::uint64_t>(4000, host_half()));
    if (qube.has_pci_devices())
        return limit(0);
    if (text(qube, "virt_mode") == "hvm") {
        const auto features = qube.features();
        const bool announces = std::ranges::any_of(features, [](const Feature& feature) {
            return feature.name.starts_with("supported-service.");
        });
        if (!truthy(feature_with_template(qube, "qrexec")) ||
            (announces && !truthy(feature_with_template(qube, "supported-service.meminfo-writer"))))
            return limit(0);
    }
    if (template_of(qube) != nullptr)
        return from_template(qube, row, limit(0));
    const bool linux_guest = feature_with_template(qube, "os") == "Linux";
    const auto memory = parse_integer(text(qube, "memory")).value_or(400);
    return limit(std::min(host_half(), linux_guest ? 10 * static_cast<std::uint64_t>(memory)
                                                   : std::uint64_t{4000}));
}

std::string Effective::boot_mode(const Qube& qube, const PropertyRow& row)
{
    if (row.name == "appvm_default_bootmode")
        return qube.feature("boot-mode.appvm-default").value_or("default");
    const auto usable = [&](const std::string& mode) {
        return mode == "default" ||
               feature_with_template(qube, "boot-mode.kernelopts." + mode).has_value();
    };
    const auto active = feature_with_template(qube, "boot-mode.active");
    if (active && usable(*active))
        return *active;
    const Qube* base = template_of(qube);
    if (base != nullptr && base->class_bit() == class_template) {
        std::string mode = text(*base, "appvm_default_bootmode");
        if (!mode.empty() && usable(mode))
            return mode;
    }
    return "default";
}

std::string Effective::default_pool()
{
    if (store_.pool("default") != nullptr)
        return "default";
    for (const StoredPool& pool : store_.pools()) {
        for (const Attribute& option : pool.options) {
            if ((pool.driver == "file" || pool.driver == "file-reflink") &&
                option.name == "dir_path" && option.value == "/var/lib/qubes")
                return pool.name;
        }
    }
    return "";
}

} // namespace qmgmt

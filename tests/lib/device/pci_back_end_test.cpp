// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/pci/back_end.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"
#include "support/pci_tree.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

const PciAddress sound{.segment = 0, .bus = 0, .device = 0x1f, .function = 3};

std::string text_of(const fs::path& file)
{
    std::ifstream stream{file};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

struct Tree {
    Root root;
    PciTree tree{root.make_way("/sys")};

    Tree() { tree.add("pci0000:00/0000:00:1f.3", "040300", "8086", "a348"); }

    [[nodiscard]] fs::path driver(const std::string& name) const
    {
        return fs::path{pci_drivers(tree.sysfs())} / name;
    }
    // The device is that driver's.
    void bind(const std::string& name) const
    {
        fs::create_directories(driver(name));
        std::ofstream{driver(name) / "unbind"};
        const fs::path link = tree.bus() / "0000:00:1f.3/driver";
        fs::remove(link);
        fs::create_symlink("../../../bus/pci/drivers/" + name, link);
    }
};

} // namespace

TEST_CASE("PCI back end: a device is held by the driver that its link leads to", "[device]")
{
    const Tree tree;
    CHECK_FALSE(is_held_for_domains(tree.tree.sysfs(), sound));
    tree.bind("snd_hda_intel");
    CHECK_FALSE(is_held_for_domains(tree.tree.sysfs(), sound));
    tree.bind("not-pciback");
    CHECK_FALSE(is_held_for_domains(tree.tree.sysfs(), sound));
    tree.bind("pciback");
    CHECK(is_held_for_domains(tree.tree.sysfs(), sound));
    CHECK(hold_for_domains(tree.tree.sysfs(), sound)); // and nothing is done
    CHECK(text_of(tree.driver("pciback") / "unbind").empty());
    CHECK_FALSE(is_held_for_domains(tree.tree.sysfs(), {}));
}

TEST_CASE("PCI back end: the kernel is asked to hand a device over", "[device]")
{
    const Tree tree;
    tree.bind("snd_hda_intel");
    // Without pciback nobody would have it.
    CHECK_FALSE(hold_for_domains(tree.tree.sysfs(), sound));
    CHECK(text_of(tree.driver("snd_hda_intel") / "unbind").empty());
    fs::create_directories(tree.driver("pciback"));
    for (const char* const file : {"new_slot", "bind"})
        std::ofstream{tree.driver("pciback") / file};
    CHECK_FALSE(hold_for_domains(tree.tree.sysfs(), sound)); // these files do nothing
    CHECK(text_of(tree.driver("snd_hda_intel") / "unbind") == "0000:00:1f.3");
    CHECK(text_of(tree.driver("pciback") / "new_slot") == "0000:00:1f.3");
    CHECK(text_of(tree.driver("pciback") / "bind") == "0000:00:1f.3");
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// PCI devices as the kernel shows them in sysfs, below a directory of the tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace qmgmt::test {

class PciTree {
public:
    // `sysfs` stands for /sys.
    explicit PciTree(std::filesystem::path sysfs) : sysfs_{std::move(sysfs)}
    {
        std::filesystem::create_directories(bus());
    }

    [[nodiscard]] std::string sysfs() const { return sysfs_; }
    [[nodiscard]] std::filesystem::path bus() const { return sysfs_ / "bus/pci/devices"; }

    // `way` leads from the root bus: "pci0000:00/0000:00:1c.4/0000:02:00.0".
    void add(const std::string& way, const std::string& klass, const std::string& vendor,
             const std::string& product) const
    {
        const std::filesystem::path device = sysfs_ / "devices" / way;
        std::filesystem::create_directories(device);
        put(device / "class", "0x" + klass);
        put(device / "vendor", "0x" + vendor);
        put(device / "device", "0x" + product);
        std::filesystem::create_symlink("../../../devices/" + way, bus() / device.filename());
    }

    // A bridge, and the first bus behind it as the kernel writes it.
    void add_bridge(const std::string& way, const std::string& bus_behind) const
    {
        add(way, "060400", "8086", "a33e");
        put(sysfs_ / "devices" / way / "secondary_bus_number", bus_behind);
    }

    static void put(const std::filesystem::path& file, const std::string& line)
    {
        std::ofstream{file} << line << '\n';
    }

private:
    std::filesystem::path sysfs_;
};

} // namespace qmgmt::test

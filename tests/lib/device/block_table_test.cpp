// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/block_table.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace qmgmt;

namespace {

using Table = std::map<std::string, std::string, std::less<>>;

Table below(const Table& keys)
{
    Table table;
    for (const auto& [key, value] : keys)
        table.emplace("/qubes-block-devices/" + key, value);
    return table;
}

std::string summary(const BlockDevice& device)
{
    return device.name + " '" + device.description + "' " + std::to_string(device.size) + " " +
           (device.read_only ? "r" : "w") + " '" + device.parent + "'";
}

std::vector<std::string> parsed(const Table& keys)
{
    std::vector<std::string> found;
    for (const BlockDevice& device : parse_block_table(below(keys), "sys-usb"))
        found.push_back(summary(device));
    return found;
}

std::string row_of(const Table& keys, const std::string& name)
{
    const auto all = parse_block_table(below(keys), "sys-usb");
    const auto found = std::ranges::find(all, name, &BlockDevice::name);
    REQUIRE(found != all.end());
    return framed_row(exposed_block(*found, "sys-usb", all,
                                    [](const std::string& port) { return "id-of-" + port; }));
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("block table: what an agent of good will writes", "[device]")
{
    CHECK(parsed({{"sda", ""},
                  {"sda/desc", "Acme_Key (stick)"},
                  {"sda/size", "8388608"},
                  {"sda/mode", "w"},
                  {"sda/parent", "2-1.4:1.0"},
                  {"sda1/size", "4096"},
                  {"sda1/parent", "sda"},
                  {"sr0/mode", "r"},
                  {"mapper_data", ""}}) == Texts{"mapper_data '' 0 w ''",
                                                 "sda 'Acme_Key (stick)' 8388608 w '2-1.4:1.0'",
                                                 "sda1 '' 4096 w 'sda'", "sr0 '' 0 r ''"});
    CHECK(parsed({}).empty());
    CHECK(parse_block_table({{"/qubes-block-devices", ""},
                             {"/qubes-block-devicesx/sda", ""},
                             {"/qubes-usb-devices/sda", ""},
                             {"/qubes-block-devices/", ""}},
                            "x")
              .empty());
}

TEST_CASE("firewall-devices.md V17: a name that cannot be one is not listed", "[device]")
{
    CHECK(parsed({{"s da!", ""},
                  {"sda", ""},
                  {"..", ""},
                  {"SDA", ""},
                  {std::string(33, 'a'), ""},
                  {std::string(32, 'a'), ""},
                  {"_etc", ""},
                  {"a__b", ""},
                  {"s\xc3\xa9", ""},
                  {std::string("s\0", 2), ""}}) ==
          Texts{std::string(32, 'a') + " '' 0 w ''", "sda '' 0 w ''"});
}

TEST_CASE("firewall-devices.md V18 V19: values that cannot be are what they would be without",
          "[device]")
{
    for (const char* const size : {"4096xyz", "-1", "", " 1", "99999999999999999999", "0x10"}) {
        INFO(size);
        CHECK(parsed({{"sda/size", size}}) == Texts{"sda '' 0 w ''"});
    }
    CHECK(parsed({{"sda/mode", "rw"}}) == Texts{"sda '' 0 w ''"});
    CHECK(parsed({{"sda/mode", "R"}}) == Texts{"sda '' 0 w ''"});
    CHECK(parsed({{"sda/desc", "a'b\"c\n\x1b[0m\xff<&>;`$\\{}"}}) ==
          Texts{"sda 'a_b_c___0m__________' 0 w ''"});
    CHECK(parse_block_table(below({{"sda/desc", std::string(300, 'x')}}), "u")[0]
              .description.size() == 255);
    for (const char* const parent :
         {"../etc", "a b", "2-1:", ":1.0", "2-1.4:1.0:2", "x:1.0", "SDA", "2:1.0", "2-:1.0"}) {
        INFO(parent);
        CHECK(parsed({{"sda/parent", parent}}) == Texts{"sda '' 0 w ''"});
    }
    CHECK(parsed({{"sda/nosuch", "1"}, {"sda/desc/more", "2"}}) == Texts{"sda '' 0 w ''"});
}

TEST_CASE("block table: a qube that exposes without end is heard to a bound", "[device]")
{
    Table many;
    for (int i = 0; i < 1000; ++i)
        many.emplace("d" + std::to_string(i), "");
    CHECK(parsed(many).size() == most_block_devices);
}

TEST_CASE("firewall-devices.md V20: the row of a block device", "[device]")
{
    const std::string row =
        row_of({{"sda/desc", "Acme_Key (stick)"}, {"sda/size", "8388608"}}, "sda");
    CHECK(row.starts_with("sda:"));
    CHECK(row.find(" port_id='sda' devclass='block' backend_domain='sys-usb'") !=
          std::string::npos);
    CHECK(row.find(" manufacturer='hosted by sys-usb' name='stick' serial='Acme Key' "
                   "interfaces='b******'") != std::string::npos);
    CHECK(row.ends_with(" _device_node='/dev/sda' _size='8388608' _mode='w'"));
}

TEST_CASE("block table: what a device is a part of is in its id", "[device]")
{
    const Table table{{"sda/parent", "2-1.4:1.0"},     {"sda1/parent", "sda"}, {"nvme0n1", ""},
                      {"nvme0n1p2/parent", "nvme0n1"}, {"x/parent", "y"},      {"y/parent", "x"},
                      {"dm-0/parent", "nvme0n1"},      {"z1/parent", "z"}};
    CHECK(row_of(table, "sda").starts_with("sda:id-of-2-1.4:1.0 "));
    CHECK(row_of(table, "sda").find(" parent_port_id='2-1.4' parent_devclass='usb'") !=
          std::string::npos);
    CHECK(row_of(table, "sda1").starts_with("sda1:id-of-2-1.4:1.0:1 "));
    CHECK(row_of(table, "sda1").find("manufacturer='sub-device of sda'") != std::string::npos);
    CHECK(row_of(table, "nvme0n1").starts_with("nvme0n1::None "));
    CHECK(row_of(table, "nvme0n1p2").starts_with("nvme0n1p2::None:2 "));
    CHECK(row_of(table, "dm-0").starts_with("dm-0::None:None "));
    CHECK(row_of(table, "z1").starts_with("z1:0000:0000::?******:1 "));
    CHECK(row_of(table, "x").size() < 400); // two that are parts of each other
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/error.hpp"
#include "life/device/pci/users.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <set>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

// Xenstore as a table of paths, to be read.
class Table : public Xenstore {
public:
    explicit Table(std::map<std::string, std::string> nodes) : nodes_{std::move(nodes)} {}

    std::optional<std::string> read(const std::string& path) override
    {
        ++reads;
        const auto at = nodes_.find(path);
        return at == nodes_.end() ? std::nullopt : std::optional{at->second};
    }

    std::vector<std::string> list(const std::string& path) override
    {
        std::set<std::string> names;
        for (const auto& [node, value] : nodes_)
            if (node.starts_with(path + "/")) {
                const std::string below = node.substr(path.size() + 1);
                names.insert(below.substr(0, below.find('/')));
            }
        return {names.begin(), names.end()};
    }

    void write(const std::string& path, std::string_view) override { refuse(path); }
    void remove(const std::string& path) override { refuse(path); }
    void permit(const std::string& path, int, Access) override { refuse(path); }

    int reads = 0;

private:
    [[noreturn]] static void refuse(const std::string& path)
    {
        throw Error{failure::failed, "only to be read", path};
    }

    std::map<std::string, std::string> nodes_;
};

// Of each device whose it is and, where that is known, where it is there.
std::map<std::string, std::string> users(std::map<std::string, std::string> nodes)
{
    std::map<std::string, std::string> below;
    for (auto& [path, value] : nodes)
        below.emplace("/local/domain/0/backend/pci/" + path, std::move(value));
    Table table{std::move(below)};
    std::map<std::string, std::string> found;
    for (const auto& [address, user] : pci_users(table))
        found.emplace(address.text(), user.name + (user.slot.empty() ? "" : " " + user.slot));
    CHECK(table.reads < 1000);
    return found;
}

using Found = std::map<std::string, std::string>;

} // namespace

TEST_CASE("PCI users: each device of each domain's back end", "[device]")
{
    CHECK(users({}).empty());
    CHECK(users({{"3/0/domain", "sys-net"},
                 {"3/0/num_devs", "2"},
                 {"3/0/dev-0", "0000:00:14.0"},
                 {"3/0/dev-1", "0001:02:00.7"},
                 {"3/0/opts-0", "msitranslate=0"},
                 {"11/0/domain", "work"},
                 {"11/0/num_devs", "1"},
                 {"11/0/dev-0", "0000:05:00.0"},
                 {"12/0/domain", "idle"},
                 {"12/0/num_devs", "0"}}) == Found{{"0000:00:14.0", "sys-net"},
                                                   {"0001:02:00.7", "sys-net"},
                                                   {"0000:05:00.0", "work"}});
}

TEST_CASE("PCI users: the device model of a domain is not who has it", "[device]")
{
    CHECK(users({{"3/0/domain", "sys-net"},
                 {"3/0/num_devs", "1"},
                 {"3/0/dev-0", "0000:00:14.0"},
                 {"2/0/domain", "sys-net-dm"},
                 {"2/0/num_devs", "1"},
                 {"2/0/dev-0", "0000:00:14.0"}}) == Found{{"0000:00:14.0", "sys-net"}});
}

TEST_CASE("PCI users: what makes no sense is left out", "[device]")
{
    CHECK(users({{"3/0/num_devs", "1"}, {"3/0/dev-0", "0000:00:14.0"}}).empty());
    CHECK(users({{"3/0/domain", "a b"}, {"3/0/num_devs", "1"}, {"3/0/dev-0", "0000:00:14.0"}})
              .empty());
    CHECK(users({{"3/0/domain", "work"}, {"3/0/dev-0", "0000:00:14.0"}}).empty());
    CHECK(users({{"3/0/domain", "work"}, {"3/0/num_devs", "-1"}, {"3/0/dev-0", "0000:00:14.0"}})
              .empty());
    CHECK(users({{"3/0/domain", "work"},
                 {"3/0/num_devs", "9999999999"}, // as many as a domain may have are asked for
                 {"3/0/dev-0", "elsewhere"},
                 {"3/0/dev-2", "0000:00:14.0"}}) == Found{{"0000:00:14.0", "work"}});
}

TEST_CASE("PCI users: where the guest sees a device", "[device]")
{
    const auto seen = [](const std::string& node, const std::string& value) {
        return users({{"3/0/domain", "work"},
                      {"3/0/num_devs", "1"},
                      {"3/0/dev-0", "0000:00:14.0"},
                      {"3/0/" + node + "-0", value}})
            .at("0000:00:14.0");
    };
    CHECK(seen("vdevfn", "28") == "work 00:05.0");
    CHECK(seen("vdevfn", "ff") == "work 00:1f.7");
    CHECK(seen("vdevfn", "0") == "work 00:00.0");
    CHECK(seen("vdev", "0000:00:00.00") == "work 00:00.0");
    CHECK(seen("vdev", "0000:02:1f.07") == "work 02:1f.7");
    for (const char* const value : {"", "100", "-8", "0x28", "2 8", "g"}) {
        INFO(value);
        CHECK(seen("vdevfn", value) == "work");
    }
    for (const char* const value : {"0001:00:00.00", "0000:00:20.00", "0000:00:00.08",
                                    "0000:00:00.0", "0000:00:00.00 ", "0000-00:00.00"}) {
        INFO(value);
        CHECK(seen("vdev", value) == "work");
    }
}

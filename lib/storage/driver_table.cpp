// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/driver_table.hpp"

#include "base/error.hpp"
#include "names/number.hpp"

#include <algorithm>
#include <array>

namespace qmgmt {
namespace {

constexpr std::size_t longest_path = 512;
constexpr std::size_t longest_lvm_name = 126;
constexpr std::size_t longest_dataset = 255;

constexpr DriverOption keeps{"revisions_to_keep", OptionKind::revisions, false, "1"};
constexpr DriverOption directory{"dir_path", OptionKind::directory, true};
constexpr DriverOption checks{"setup_check", OptionKind::truth, false, "True", false};
constexpr DriverOption ephemeral{"ephemeral_volatile", OptionKind::truth, false, "False"};

constexpr std::array file_options{keeps, directory, ephemeral};
constexpr std::array reflink_options{keeps, directory, checks, ephemeral};
constexpr std::array kernel_options{directory};
constexpr std::array lvm_options{keeps, DriverOption{"volume_group", OptionKind::lvm_name, true},
                                 DriverOption{"thin_pool", OptionKind::lvm_name, true}, ephemeral};
constexpr std::array zfs_options{
    keeps, DriverOption{"container", OptionKind::dataset, true}, ephemeral,
    DriverOption{"snap_on_start_forensics", OptionKind::truth, false, "False"}};

constexpr std::array<Driver, 5> table{{{"file", file_options, 1},
                                       {"file-reflink", reflink_options},
                                       {"linux-kernel", kernel_options},
                                       {"lvm_thin", lvm_options, 100'000, true},
                                       {"zfs", zfs_options, 100'000, true}}};

[[noreturn]] void refuse(const DriverOption& option, std::string_view reason)
{
    throw Error{failure::bad_value, "the value is not valid for the option '" +
                                        std::string{option.name} + "': " + std::string{reason}};
}

bool made_of(std::string_view text, std::string_view others)
{
    return std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               others.find(c) != std::string_view::npos;
    });
}

// Whether every part between slashes passes.
template<typename Check>
bool all_parts(std::string_view path, Check check)
{
    for (;;) {
        const auto slash = path.find('/');
        if (!check(path.substr(0, slash)))
            return false;
        if (slash == std::string_view::npos)
            return true;
        path.remove_prefix(slash + 1);
    }
}

bool is_normal_path(std::string_view path)
{
    return path.size() > 1 && path.size() <= longest_path && path.front() == '/' &&
           std::ranges::all_of(path, [](char c) { return c > 0x20 && c < 0x7f; }) &&
           all_parts(path.substr(1), [](std::string_view part) {
               return !part.empty() && part != "." && part != "..";
           });
}

bool is_lvm_name(std::string_view name)
{
    return !name.empty() && name.size() <= longest_lvm_name && made_of(name, "+_.-") &&
           name.front() != '-' && name != "." && name != "..";
}

bool is_dataset(std::string_view path)
{
    return path.size() <= longest_dataset && all_parts(path, [](std::string_view part) {
               return !part.empty() && made_of(part, "_.:-") && part.front() != '-' &&
                      part != "." && part != "..";
           });
}

std::string word(bool value)
{
    return value ? "True" : "False";
}

} // namespace

const DriverOption* Driver::option(std::string_view wanted) const
{
    const auto found = std::ranges::find(options, wanted, &DriverOption::name);
    return found == options.end() ? nullptr : &*found;
}

std::span<const Driver> drivers()
{
    return table;
}

const Driver* find_driver(std::string_view name)
{
    const auto found = std::ranges::find(table, name, &Driver::name);
    return found == table.end() ? nullptr : &*found;
}

std::string checked_value(const Driver& driver, const DriverOption& option,
                          std::string_view untrusted_value)
{
    std::string_view value = untrusted_value;
    switch (option.kind) {
    case OptionKind::directory:
        if (value.ends_with('/'))
            value.remove_suffix(1);
        if (!is_normal_path(value))
            refuse(option, "it is not a normal absolute path of at most 512 bytes");
        break;
    case OptionKind::lvm_name:
        if (!is_lvm_name(value))
            refuse(option, "it is not a name that LVM takes");
        break;
    case OptionKind::dataset:
        if (!is_dataset(value))
            refuse(option, "it is not a name that ZFS takes");
        break;
    case OptionKind::revisions: {
        const auto number = parse_decimal(value);
        if (value != "-1" && !number)
            refuse(option, "it is not a number from -1");
        if (number && *number > static_cast<std::uint64_t>(driver.most_revisions))
            refuse(option, "this driver keeps at most " + std::to_string(driver.most_revisions));
        break;
    }
    case OptionKind::truth: {
        const auto truth = parse_boolean(value);
        if (!truth)
            refuse(option, "it is neither True nor False");
        return word(*truth);
    }
    }
    return std::string{value};
}

PoolConfig new_pool(const Driver& driver, std::string name,
                    const std::map<std::string, std::string>& untrusted_options)
{
    for (const auto& [untrusted_key, untrusted_value] : untrusted_options)
        if (driver.option(untrusted_key) == nullptr)
            throw Error{failure::protocol, "malformed request: the driver '" +
                                               std::string{driver.name} +
                                               "' does not have one of the options"};
    PoolConfig config{std::move(name), std::string{driver.name}, {}};
    std::string missing;
    for (const DriverOption& option : driver.options) {
        const auto given = untrusted_options.find(std::string{option.name});
        if (given != untrusted_options.end())
            config.options[given->first] = checked_value(driver, option, given->second);
        else if (option.required)
            missing += " '" + std::string{option.name} + "'";
        else
            config.options[std::string{option.name}] = option.otherwise;
    }
    if (!missing.empty())
        throw Error{failure::protocol, "malformed request: the driver needs" + missing};
    return config;
}

std::vector<Attribute> pool_attributes(const Driver& driver, const PoolConfig& config,
                                       Dialect dialect)
{
    std::vector<Attribute> attributes{{"name", config.name}};
    for (const bool required : {true, false}) {
        if (!required)
            attributes.push_back({"driver", config.driver});
        for (const DriverOption& option : driver.options) {
            if (option.required != required || !option.stored)
                continue;
            const std::string& value = config.options.at(std::string{option.name});
            check_dialect(dialect, option, value);
            if (dialect == Dialect::current || option.name != ephemeral.name)
                attributes.push_back({std::string{option.name}, value});
        }
    }
    return attributes;
}

void check_dialect(Dialect dialect, const DriverOption& option, std::string_view value)
{
    if (dialect == Dialect::r40 && option.name == ephemeral.name && value == "True")
        throw Error{failure::unsupported,
                    "cannot make volatile volumes ephemeral: the store is of a generation that "
                    "does not know them"};
}

} // namespace qmgmt

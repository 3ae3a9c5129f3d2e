// SPDX-License-Identifier: GPL-2.0-or-later

#include "model.hpp"

#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;
using nlohmann::json;

namespace qmgmt::test {

namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

std::string file(const char* name)
{
    return on_disk(std::string{"/lvm/"} + name);
}

json read_state()
{
    std::ifstream stream{file("state")};
    return json::parse(stream);
}

void write_state(const json& state)
{
    std::ofstream stream{file("state")};
    stream << state;
    REQUIRE(stream.flush());
}

json value_of(const std::string& fact, const std::string& text)
{
    if (fact == "size")
        return std::stoull(text);
    return text;
}

} // namespace

LvmModel::LvmModel()
{
    for (const char* directory : {"/lvm", "/dev", "/run/qubes", "/run/qubes-mgmt"})
        fs::remove_all(on_disk(directory));
    fs::create_directories(on_disk("/lvm"));
    fs::create_directories(on_disk("/usr/sbin"));
    fs::remove(on_disk("/usr/sbin/lvm"));
    fs::create_symlink(LVM_MODEL, on_disk("/usr/sbin/lvm"));
    write_state(
        {{"extent", 4 << 20},
         {"volumes",
          {{"tp",
            {{"size", 100 * gib}, {"attr", "twi-aotz--"}, {"data", "10.00"}, {"meta", "5.50"}}}}}});
}

void LvmModel::add(const std::string& name, const std::map<std::string, std::string>& facts)
{
    json volume{{"pool", "tp"},         {"origin", ""}, {"size", 2 * gib},
                {"attr", "Vwi-a-tz--"}, {"meta", ""},   {"data", "25.00"}};
    for (const auto& [fact, value] : facts)
        volume[fact] = value_of(fact, value);
    json state = read_state();
    state["volumes"][name] = volume;
    write_state(state);
}

void LvmModel::set(const std::string& name, const std::string& fact, const std::string& value)
{
    json state = read_state();
    state["volumes"][name][fact] = value_of(fact, value);
    write_state(state);
}

void LvmModel::refuse(const std::string& start, const std::string& text)
{
    std::ofstream{file("refuse")} << start << '\n' << text;
}

std::set<std::string> LvmModel::volumes()
{
    std::set<std::string> names;
    const json state = read_state();
    for (const auto& [name, facts] : state["volumes"].items())
        if (name != "tp")
            names.insert(name);
    return names;
}

std::string LvmModel::fact(const std::string& name, const std::string& fact)
{
    const json state = read_state();
    const json& value = state.at("volumes").at(name).at(fact);
    return value.is_string() ? value.get<std::string>() : value.dump();
}

LvmModel::Commands LvmModel::commands()
{
    Commands found;
    std::ifstream log{file("log")};
    for (std::string line; std::getline(log, line);)
        if (line.starts_with("lvs "))
            ++found.reads;
        else
            found.changes.push_back(line);
    fs::remove(file("log"));
    return found;
}

Volume thin_private(int keep)
{
    return {.role = "private",
            .pool = "lp",
            .vid = "vg0/vm-app1-private",
            .size = 2 * gib,
            .revisions_to_keep = keep,
            .rw = true,
            .save_on_stop = true};
}

Volume thin_root_of_t1()
{
    return {.role = "root",
            .pool = "lp",
            .vid = "vg0/vm-t1-root",
            .size = 10 * gib,
            .revisions_to_keep = 1,
            .rw = true,
            .save_on_stop = true};
}

Volume thin_root_of_app1()
{
    return {.role = "root",
            .pool = "lp",
            .vid = "vg0/vm-app1-root",
            .source = "vg0/vm-t1-root",
            .size = 10 * gib,
            .rw = true,
            .snap_on_start = true};
}

Volume thin_volatile()
{
    return {.role = "volatile",
            .pool = "lp",
            .vid = "vg0/vm-app1-volatile",
            .size = 10 * gib,
            .rw = true};
}

} // namespace qmgmt::test

// SPDX-License-Identifier: GPL-2.0-or-later

#include "zfs_place.hpp"

#include "base/fd.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

namespace qmgmt::test::zfs {

namespace {

namespace fs = std::filesystem;

fs::path below_root(const std::string& path)
{
    return fs::path{scratch_root()} / path;
}

std::string slurp(const fs::path& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::string device(const Volume& volume)
{
    return below_root("dev/zvol/" + volume.vid).string();
}

Words lines_of(const std::string& text)
{
    Words lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

bool lists(const std::string& line)
{
    return line.starts_with("zfs list ") || line.starts_with("zpool list ");
}

std::map<std::string, std::string> options_for_q(std::map<std::string, std::string> options)
{
    options.try_emplace("container", "tank/q");
    return options;
}

std::map<std::string, std::string> in_force;

} // namespace

Place::Place(std::map<std::string, std::string> options)
{
    fs::remove_all(below_root("zfs"));
    fs::remove_all(below_root("dev/zvol"));
    fs::create_directories(below_root("zfs"));
    fs::create_directories(below_root("dev/zvol"));
    fs::create_directories(below_root("usr/sbin"));
    for (const char* program : {"usr/sbin/zfs", "usr/sbin/zpool"}) {
        fs::remove(below_root(program));
        fs::create_symlink(QMGMT_TEST_FAKE_ZFS, below_root(program));
    }
    put("state", "0\nD tank 0 0 0\nD tank/q 0 0 0\n");
    in_force = options_for_q(std::move(options));
    call_anew();
}

void Place::call_anew()
{
    pool = open_pool({"z", "zfs", in_force});
}

Words Place::commands() const
{
    Words commands;
    for (auto line : lines_of(slurp(below_root("zfs/log")))) {
        if (lists(line))
            continue;
        line = std::regex_replace(line, std::regex{"tank/q"}, "Q");
        line = std::regex_replace(line, std::regex{"[0-9]{10}\\.[0-9]{6}"}, "T");
        line = std::regex_replace(line, std::regex{"qubes-clean-[a-z]{8}"}, "C");
        line = std::regex_replace(line, std::regex{"(.exported/[a-z]+/)[a-z]{8}"}, "$1X");
        commands.push_back(line);
    }
    forget_commands();
    return commands;
}

std::size_t Place::listings() const
{
    const auto lines = lines_of(slurp(below_root("zfs/log")));
    return static_cast<std::size_t>(std::ranges::count_if(lines, lists));
}

void Place::forget_commands() const
{
    put("log", "");
}

void Place::write(const Volume& volume, const std::string& text) const
{
    std::fstream file{device(volume), std::ios::in | std::ios::out | std::ios::binary};
    REQUIRE(file);
    file << text << '\0'; // where its end is
}

std::string Place::content(const Volume& volume) const
{
    const auto bytes = slurp(device(volume));
    return bytes.substr(0, std::min(bytes.find('\0'), bytes.size()));
}

std::string Place::committed(const Volume& volume) const
{
    const auto bytes = read_at(pool->open_committed(volume).get(), 0, size);
    return bytes.substr(0, std::min(bytes.find('\0'), bytes.size()));
}

void Place::run(const Volume& volume, const std::string& text) const
{
    CHECK(pool->start(volume));
    write(volume, text);
    pool->stop(volume);
}

Words Place::datasets() const
{
    Words names;
    for (const auto& line : lines_of(slurp(below_root("zfs/state"))))
        if (line.starts_with("D tank/q/"))
            names.push_back(std::regex_replace(line.substr(9, line.find(' ', 9) - 9),
                                               std::regex{"[0-9]{10}\\.[0-9]{6}"}, "T"));
    return names;
}

void Place::fail_after(int count, const std::string& text) const
{
    put("after", std::to_string(count) + " " + text);
}

void Place::heal() const
{
    fs::remove(below_root("zfs/after"));
}

void Place::put(const std::string& file, const std::string& text) const
{
    std::ofstream{below_root("zfs/" + file), std::ios::binary} << text;
}

Volume private_of(const std::string& qube, int keep)
{
    return {.role = "private",
            .pool = "z",
            .vid = "tank/q/" + qube + "/private",
            .size = size,
            .revisions_to_keep = keep,
            .rw = true,
            .save_on_stop = true};
}

Volume root_of_t1(int keep)
{
    return {.role = "root",
            .pool = "z",
            .vid = "tank/q/t1/root",
            .size = size,
            .revisions_to_keep = keep,
            .rw = true,
            .save_on_stop = true};
}

Volume root_of_app1()
{
    return {.role = "root",
            .pool = "z",
            .vid = "tank/q/app1/root",
            .source = "tank/q/t1/root",
            .size = size,
            .rw = true,
            .snap_on_start = true};
}

Volume volatile_of_app1()
{
    return {
        .role = "volatile", .pool = "z", .vid = "tank/q/app1/volatile", .size = size, .rw = true};
}

} // namespace qmgmt::test::zfs

// SPDX-License-Identifier: GPL-2.0-or-later

#include "fault/volume_host.hpp"

#include "base/fd.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <regex>
#include <set>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t block = 4096;

// Its size, and each block that is not zero with its place.
std::string content_of(const std::string& path)
{
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file)
        throw std::runtime_error{"cannot read " + path};
    const off_t size = ::lseek(file.get(), 0, SEEK_END);
    std::string content = std::to_string(size);
    std::string bytes(block, '\0');
    off_t hole = 0;
    for (off_t at = ::lseek(file.get(), 0, SEEK_DATA); at >= 0;
         at = ::lseek(file.get(), hole, SEEK_DATA)) {
        hole = ::lseek(file.get(), at, SEEK_HOLE);
        for (at = at / block * block; at < hole; at += block) {
            const ssize_t got = ::pread(file.get(), bytes.data(), block, at);
            if (got < 0)
                throw std::runtime_error{"cannot read " + path};
            const std::string_view data{bytes.data(), static_cast<std::size_t>(got)};
            if (data.find_first_not_of('\0') != std::string_view::npos)
                content.append(" ").append(std::to_string(at)).append(":").append(data);
        }
    }
    return content;
}

void set_time(const std::string& path, time_t seconds)
{
    const timespec times[2] = {{.tv_sec = seconds, .tv_nsec = 0},
                               {.tv_sec = seconds, .tv_nsec = 0}};
    if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0)
        throw std::runtime_error{"cannot set the time of " + path};
}

std::string fixture()
{
    std::string text = with(simulated::store_without_network(), "size=\"5368709120\"",
                            "size=\"" + std::to_string(VolumeHost::size) + "\"");
    return with(std::move(text), "    <pool name=\"linux-kernel\"",
                "    <pool name=\"spare\" dir_path=\"/mnt/spare\" driver=\"file-reflink\" "
                "revisions_to_keep=\"1\"/>\n    <pool name=\"linux-kernel\"");
}

std::string first_words(const std::string& content)
{
    return content.substr(0, content.find(':') + 8);
}

} // namespace

std::string volume_content(char letter, std::size_t size)
{
    std::string content(size, '\0');
    content.replace(0, 16 * block, 16 * block, letter);
    content.replace(64 * block, 10 * block, 10 * block, letter);
    content.replace(size - 512, 512, 512, letter);
    return content;
}

void check_between(const Disks& now, const Disks& before, const Disks& done)
{
    std::set<std::string> paths;
    std::set<std::string> states;
    for (const auto* const disks : {&now, &before, &done})
        for (const auto& [path, content] : disks->images)
            paths.insert(path);
    for (const auto* const disks : {&before, &done})
        for (const auto& [path, content] : disks->images)
            states.insert(content);
    const auto image = [](const Disks& disks, const std::string& path) {
        const auto found = disks.images.find(path);
        return found == disks.images.end() ? std::string{"none"} : found->second;
    };
    for (const std::string& path : paths) {
        const std::string content = image(now, path);
        INFO(path << ": " << first_words(content));
        CHECK((content == image(before, path) || content == image(done, path)));
    }
    for (const auto& [path, content] : before.revisions) {
        INFO("revision " << path);
        const auto found = now.revisions.find(path);
        if (found == now.revisions.end())
            CHECK_FALSE(done.revisions.contains(path));
        else
            CHECK(found->second == content);
    }
    for (const auto& [path, content] : now.revisions) {
        INFO("revision " << path << ": " << first_words(content));
        if (!before.revisions.contains(path))
            CHECK(states.contains(content));
    }
    CHECK((now.store == before.store || now.store == done.store));
}

VolumeHost::VolumeHost(const std::string& parent) : Host{fixture(), "", parent}
{
    const std::string image{private_image};
    root.write(image, volume_content('b', size));
    root.write(image + ".1@2020-01-01T00:00:00Z", volume_content('a', old_size));
    ::chmod(root.below(image).c_str(), 0600);
    set_time(root.below(image), 1'600'000'000);
    set_time(root.below(image + ".1@2020-01-01T00:00:00Z"), 1'577'836'800);
    fs::create_directories(root.below("/mnt/spare/appvms"));
    fs::create_directories(root.below("/mnt/spare/vm-templates"));
    first_store_ = root.store();
}

void VolumeHost::run_work() const
{
    gives({"work", "vm.Start"}, "");
    const std::string image = root.below("/var/lib/qm-lvm/appvms/work/private-dirty.img");
    const Fd file{::open(image.c_str(), O_WRONLY | O_CLOEXEC)};
    const std::string content(2 * block, 'r');
    REQUIRE(::pwrite(file.get(), content.data(), content.size(), 20 * block) ==
            static_cast<ssize_t>(content.size()));
}

Disks VolumeHost::disks() const
{
    static const std::regex revision{R"((.*\.img\.[0-9]+)@[0-9TZ:-]+)"};
    static const std::regex uuid{"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"};
    Disks found;
    for (const char* const top : {"/var/lib/qm-lvm", "/var/lib/qubes", "/mnt"}) {
        for (const auto& entry : fs::recursive_directory_iterator{root.below(top)}) {
            const std::string path = entry.path().string().substr(root.path().size());
            std::smatch match;
            if (path.find("/vm-kernels/") != std::string::npos)
                continue;
            if (std::regex_match(path, match, revision))
                found.revisions.emplace(match[1], content_of(entry.path()));
            else if (path.ends_with(".img") && !path.ends_with("-precache.img") &&
                     !path.ends_with("-import.img"))
                found.images.emplace(path, content_of(entry.path()));
        }
    }
    const std::string store = root.store();
    auto begin = store.cbegin();
    for (std::sregex_iterator at{store.begin(), store.end(), uuid}, end; at != end; ++at) {
        found.store.append(begin, (*at)[0].first);
        found.store += first_store_.find(at->str()) == std::string::npos ? "NEW" : at->str();
        begin = (*at)[0].second;
    }
    found.store.append(begin, store.cend());
    return found;
}

Command VolumeHost::tool(std::string_view name) const
{
    const std::string program = call_path(name);
    return {program, {program}, root.environment(), {}};
}

void VolumeHost::check_clear() const
{
    std::vector<std::string> left;
    for (const auto& entry : fs::recursive_directory_iterator{root.path()}) {
        const std::string path = entry.path().string().substr(root.path().size());
        // these go with the next change of the store
        if (path.starts_with("/run/qubes-mgmt/store-index~") ||
            path.starts_with("/var/lib/qubes/qubes.xml~"))
            continue;
        if (path.find('~') != std::string::npos || path.ends_with("-import.img") ||
            path.starts_with("/var/lib/qubes-mgmt/intent/"))
            left.push_back(path);
    }
    CHECK(left == std::vector<std::string>{});
    check_locks_free();
    const Outcome checked = test::run(tool("qubes-mgmt-check"));
    CHECK(checked.out == "");
    CHECK(checked.err == "");
    CHECK(checked.status == 0);
}

void VolumeHost::check_volume_works() const
{
    const std::string id = reply({"work", "vm.volume.Snapshot", "private"});
    check_clear();
    const Disks now = disks();
    const auto taken = now.revisions.find(std::string{private_image} + "." + id);
    REQUIRE(taken != now.revisions.end());
    CHECK(taken->second == now.images.at(std::string{private_image}));
    CHECK(view().volume("work", "private", "size") ==
          std::to_string(fs::file_size(root.below(private_image))));
    gives({"mgr", "vm.feature.Set", "mended", "yes"}, "");
    for (const char* const directory : {"/run/qubes-mgmt", "/var/lib/qubes"})
        for (const auto& entry : fs::directory_iterator{root.below(directory)})
            CHECK(entry.path().filename().string().find('~') == std::string::npos);
}

} // namespace qmgmt::test

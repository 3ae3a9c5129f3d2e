// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/first_store.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "storage/linux_kernel.hpp"
#include "store/element.hpp"
#include "store/scan.hpp"

#include <algorithm>
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace qmgmt {
namespace {

struct BuiltInLabel {
    std::string_view name;
    std::string_view colour;
};

constexpr BuiltInLabel labels[] = {
    {"red", "0xcc0000"},  {"orange", "0xf57900"}, {"yellow", "0xedd400"}, {"green", "0x73d216"},
    {"gray", "0x555555"}, {"blue", "0x3465a4"},   {"purple", "0x75507b"}, {"black", "0x000000"}};

// Whether files of this directory can share blocks: without, every revision would cost a whole
// copy.
bool shares_blocks(const std::string& directory)
{
    const Fd from{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    const Fd to{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    return from && to && write_all(from.get(), "probe") &&
           ::ioctl(to.get(), FICLONE, from.get()) == 0;
}

// The installed kernel that sorts last, if there is one.
std::string newest_kernel(const std::string& directory)
{
    std::vector<std::string> versions;
    DIR* listing = ::opendir(directory.c_str());
    if (listing == nullptr)
        return {};
    while (const dirent* entry = ::readdir(listing)) {
        const std::string version = entry->d_name;
        if (is_kernel_version(version) &&
            ::access(std::string{directory}.append("/").append(version).append("/vmlinuz").c_str(),
                     F_OK) == 0)
            versions.push_back(version);
    }
    ::closedir(listing);
    return versions.empty() ? "" : *std::ranges::max_element(versions);
}

std::string text_of(bool sharing, const std::string& kernel)
{
    std::string text = "<qubes>\n  <labels>\n";
    int index = 0;
    for (const BuiltInLabel& label : labels) {
        text += "    <label id=\"label-" + std::to_string(++index) + "\" color=\"";
        text += label.colour;
        text += "\">";
        text += label.name;
        text += "</label>\n";
    }
    text += "  </labels>\n  <pools>\n    <pool name=\"varlibqubes\" dir_path=\"/var/lib/qubes\" "
            "driver=\"file-reflink\" revisions_to_keep=\"";
    text += sharing ? "1" : "0";
    text += "\"/>\n    <pool name=\"linux-kernel\" dir_path=\"/var/lib/qubes/vm-kernels\" "
            "driver=\"linux-kernel\"/>\n  </pools>\n  <properties>\n";
    if (!kernel.empty())
        text += "    <property name=\"default_kernel\">" + escape_text(kernel) + "</property>\n";
    text += "    <property name=\"default_pool_kernel\">linux-kernel</property>\n"
            "  </properties>\n  <domains>\n"
            "    <domain id=\"domain-0\" class=\"AdminVM\">\n      <properties>\n"
            "        <property name=\"label\">black</property>\n      </properties>\n"
            "      <features/>\n      <tags/>\n    </domain>\n  </domains>\n</qubes>\n";
    return text;
}

} // namespace

void make_first_store()
{
    constexpr mode_t shared_directory = 02770;
    const std::string path = paths::below_root(paths::store);
    if (::access(path.c_str(), F_OK) == 0)
        throw Error{failure::vm_already_exists, "there is a store already", path};
    const std::string directory = paths::below_root(paths::store_directory);
    make_directories(directory, shared_directory);
    for (const char* name : {"/appvms", "/vm-templates", "/vm-kernels"})
        make_directories(directory + name, 0775);
    make_directories(paths::below_root(paths::lasting), shared_directory);
    make_directories(paths::below_root(paths::runtime), shared_directory);
    gid_t group{};
    if (::geteuid() == 0 && qubes_group(group)) {
        for (const auto made : {paths::store_directory, paths::lasting, paths::runtime}) {
            if (::chown(paths::below_root(made).c_str(), 0, group) != 0)
                throw_errno(failure::failed, "cannot give a directory to the group", path);
        }
    }
    const std::string text =
        text_of(shares_blocks(directory), newest_kernel(paths::below_root(paths::kernels)));
    static_cast<void>(scan_store(text)); // what we make, we can read
    ReplacementFile file{path, 0660};
    file.write(text);
    if (!file.put_in_place_new())
        throw Error{failure::vm_already_exists, "there is a store already", path};
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/scratch.hpp"

#include "support/store_view.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace qmgmt::test {
namespace {

namespace fs = std::filesystem;

// What a test mounted would keep its directory from being removed. The last mounted goes first.
void unmount_below(const std::string& directory)
{
    std::ifstream mounts{"/proc/self/mounts"};
    std::vector<std::string> paths;
    for (std::string source, path, rest; mounts >> source >> path && std::getline(mounts, rest);)
        if (path.starts_with(directory + "/"))
            paths.push_back(path);
    for (auto path = paths.rbegin(); path != paths.rend(); ++path)
        ::umount2(path->c_str(), MNT_DETACH);
}

std::string read_whole(const std::string& path)
{
    const std::ifstream file{path, std::ios::binary};
    if (!file)
        throw std::runtime_error{"cannot read " + path};
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

void make_directory(const std::string& path, mode_t mode)
{
    fs::create_directories(path);
    ::chmod(path.c_str(), mode);
}

} // namespace

std::string store_text(std::string_view file)
{
    return read_whole(QMGMT_TEST_SUPPORT "/" + std::string{file});
}

std::string store_text_on_files()
{
    std::string text = store_text("fixture.xml");
    text = with(
        text,
        R"(<pool name="lvm" volume_group="qubes_dom0" thin_pool="pool00" driver="lvm_thin"/>)",
        R"(<pool name="lvm" dir_path="/var/lib/qm-lvm" driver="file-reflink" revisions_to_keep="1"/>)");
    text = std::regex_replace(text, std::regex{"qubes_dom0/vm-fedora-25-(root|private|volatile)"},
                              "vm-templates/fedora-25/$1");
    return std::regex_replace(text, std::regex{"qubes_dom0/vm-([a-z-]+)-(root|private|volatile)"},
                              "appvms/$1/$2");
}

std::string with(std::string text, std::string_view what, std::string_view instead)
{
    const auto at = text.find(what);
    if (at == std::string::npos || text.find(what, at + 1) != std::string::npos)
        throw std::logic_error{"not exactly one place reads " + std::string{what}};
    return text.replace(at, what.size(), instead);
}

ScratchRoot::ScratchRoot(const std::string& store, const std::string& parent)
{
    std::string pattern = parent + "/qm.XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr)
        throw std::system_error{errno, std::generic_category(), "mkdtemp"};
    path_ = pattern;
    make_directory(below("/var/lib/qubes"), 02770);
    make_directory(below("/var/lib/qubes/appvms"), 02775);
    make_directory(below("/var/lib/qubes/vm-templates"), 02775);
    make_directory(below("/var/lib/qubes-mgmt"), 02770);
    make_directory(below("/run/qubes-mgmt"), 02770);
    make_directory(below("/run/qubes"), 02770);
    configure("hypervisor = offline\n");
    add_kernel("4.8.12-12");
    set_store(store);
    environment_["QUBES_MGMT_ROOT"] = path_;
}

ScratchRoot::~ScratchRoot()
{
    unmount_below(path_);
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string ScratchRoot::below(std::string_view absolute) const
{
    return path_ + std::string{absolute};
}

std::string ScratchRoot::store() const
{
    return read(store_path);
}

void ScratchRoot::set_store(std::string_view bytes) const
{
    const std::string path = below(store_path);
    const std::string fresh = path + ".fresh";
    std::ofstream{fresh, std::ios::binary} << bytes;
    ::chmod(fresh.c_str(), 0660);
    fs::rename(fresh, path);
}

void ScratchRoot::configure(std::string_view lines) const
{
    write(configuration_path, lines);
}

void ScratchRoot::write(std::string_view absolute, std::string_view bytes) const
{
    const std::string path = below(absolute);
    fs::create_directories(fs::path{path}.parent_path());
    std::ofstream file{path, std::ios::binary | std::ios::trunc};
    file << bytes;
    if (!file.flush())
        throw std::runtime_error{"cannot write " + path};
}

std::string ScratchRoot::read(std::string_view absolute) const
{
    return read_whole(below(absolute));
}

bool ScratchRoot::exists(std::string_view absolute) const
{
    return fs::exists(fs::symlink_status(below(absolute)));
}

void ScratchRoot::add_kernel(std::string_view version) const
{
    const std::string directory = std::string{kernels_path} + "/" + std::string{version};
    for (const std::string_view file : {"/vmlinuz", "/initramfs", "/modules.img"})
        write(directory + std::string{file}, "not a kernel, but a file\n");
}

void ScratchRoot::make_images() const
{
    const StoreView view{store()};
    for (const Node* domain : view.domains()) {
        const Node* config = domain->child("volume-config");
        if (config == nullptr)
            continue;
        for (const Node& volume : config->children) {
            const Node* pool = view.pool(volume.attribute("pool"));
            if (pool == nullptr || pool->attribute("driver") != "file-reflink" ||
                volume.attribute("save_on_stop") != "True")
                continue;
            const std::string image =
                pool->attribute("dir_path") + "/" + volume.attribute("vid") + ".img";
            write(image, "image of " + volume.attribute("vid") + "\n");
            ::chmod(below(image).c_str(), 0600);
            fs::resize_file(below(image), std::stoull(volume.attribute("size")));
        }
    }
}

} // namespace qmgmt::test

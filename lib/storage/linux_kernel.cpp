// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/linux_kernel.hpp"

#include "base/directory_tree.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "storage/directory/place.hpp"
#include "storage/pool_options.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace qmgmt {

namespace {

constexpr std::size_t version_limit = 128;

bool is_file(const std::string& path)
{
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
}

std::optional<std::string> file_if_there(std::string path)
{
    return is_file(path) ? std::optional{std::move(path)} : std::nullopt;
}

std::optional<std::string> text_if_there(const std::string& path)
{
    if (!is_file(path))
        return std::nullopt;
    auto text = read_small_file(path);
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.pop_back();
    return text;
}

[[noreturn]] void refuse_change()
{
    throw Error{failure::unsupported, "cannot change a kernel: kernels come with packages of dom0"};
}

} // namespace

bool is_kernel_version(std::string_view untrusted_version) noexcept
{
    return !untrusted_version.empty() && untrusted_version.size() <= version_limit &&
           untrusted_version.front() != '.' &&
           untrusted_version.find("..") == std::string_view::npos &&
           std::all_of(untrusted_version.begin(), untrusted_version.end(),
                       [](char c) { return c > 0x20 && c < 0x7f && c != '/'; });
}

KernelFiles find_kernel(const std::string& directory, std::string_view version)
{
    if (!is_kernel_version(version))
        throw Error{failure::bad_value, "cannot use a kernel: its name is not acceptable"};
    const std::string place = directory + "/" + std::string{version} + "/";
    auto vmlinuz = file_if_there(place + "vmlinuz");
    if (!vmlinuz)
        throw Error{failure::storage,
                    "cannot use kernel '" + std::string{version} + "': it is not installed", place};
    return {.vmlinuz = *std::move(vmlinuz),
            .initramfs = file_if_there(place + "initramfs"),
            .modules = file_if_there(place + "modules.img"),
            .default_kernelopts_pci = text_if_there(place + "default-kernelopts-pci.txt"),
            .default_kernelopts_nopci = text_if_there(place + "default-kernelopts-nopci.txt"),
            .default_kernelopts_common = text_if_there(place + "default-kernelopts-common.txt"),
            .memory_hotplug = is_file(place + "memory-hotplug-supported")};
}

LinuxKernelPool::LinuxKernelPool(const PoolConfig& config)
    : name_{config.name}, directory_{pool_directory(config)}
{
}

std::string LinuxKernelPool::new_vid(std::string_view, std::string_view, std::string_view) const
{
    return {};
}

void LinuxKernelPool::create(const Volume&) {}

void LinuxKernelPool::remove(const Volume&) {}

void LinuxKernelPool::verify(const Volume& volume)
{
    if (!volume.vid.empty())
        static_cast<void>(find_kernel(directory_, volume.vid));
}

bool LinuxKernelPool::start(const Volume&)
{
    return false;
}

void LinuxKernelPool::stop(const Volume&) {}

void LinuxKernelPool::abort(const Volume&) {}

bool LinuxKernelPool::is_started(const Volume&)
{
    return false;
}

std::optional<BlockPath> LinuxKernelPool::block_path(const Volume& volume)
{
    if (volume.vid.empty())
        return std::nullopt;
    auto kernel = find_kernel(directory_, volume.vid);
    if (!kernel.modules)
        return std::nullopt;
    return BlockPath{.path = *std::move(kernel.modules), .block_device = false};
}

VolumeFacts LinuxKernelPool::facts(const Volume& volume)
{
    VolumeFacts found{.writable = false, .outdated = false};
    if (!is_kernel_version(volume.vid))
        return found;
    struct stat modules {};
    if (::stat(path(volume).c_str(), &modules) == 0 && S_ISREG(modules.st_mode)) {
        found.size = static_cast<std::uint64_t>(modules.st_size);
        found.usage = static_cast<std::uint64_t>(modules.st_blocks) * 512;
    }
    return found;
}

std::string LinuxKernelPool::path(const Volume& volume)
{
    return is_kernel_version(volume.vid) ? directory_ + "/" + volume.vid + "/modules.img" : "";
}

std::vector<std::string> LinuxKernelPool::revisions(const Volume&)
{
    return {};
}

std::string LinuxKernelPool::snapshot(const Volume&)
{
    refuse_change();
}

void LinuxKernelPool::revert(const Volume&, const std::string&)
{
    refuse_change();
}

std::uint64_t LinuxKernelPool::resize(const Volume&, std::uint64_t)
{
    refuse_change();
}

std::unique_ptr<Import> LinuxKernelPool::begin_import(const Volume&, std::uint64_t)
{
    refuse_change();
}

Fd LinuxKernelPool::open_committed(const Volume&)
{
    throw Error{failure::unsupported, "cannot copy a kernel: choose it by the property 'kernel'"};
}

std::optional<PoolUsage> LinuxKernelPool::usage()
{
    return std::nullopt;
}

std::vector<std::string> LinuxKernelPool::list()
{
    const Fd pool = open_trusted_directory(directory_);
    if (!pool && errno == ENOENT)
        return {};
    std::vector<std::string> versions;
    if (!pool || !read_entries(pool.get(), versions))
        throw_errno(failure::storage, "cannot list kernels: their directory cannot be read",
                    directory_);
    std::erase_if(versions, [&](const std::string& name) {
        struct stat facts {};
        return !is_kernel_version(name) || ::fstatat(pool.get(), name.c_str(), &facts, 0) != 0 ||
               !S_ISDIR(facts.st_mode);
    });
    std::sort(versions.begin(), versions.end());
    return versions;
}

std::vector<std::string> LinuxKernelPool::set_up(bool)
{
    return make_pool_directory(directory_, "cannot set up pool '" + name_ + "'");
}

void LinuxKernelPool::take_back(const std::vector<std::string>& made)
{
    take_back_directories(made);
}

} // namespace qmgmt

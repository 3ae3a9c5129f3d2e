// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/pool_place.hpp"

#include "base/directory_tree.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "base/real_path.hpp"
#include "storage/pool_options.hpp"
#include "storage/pool_table.hpp"

#include <algorithm>
#include <set>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace qmgmt {
namespace {

constexpr int deepest_stack = 8; // of block devices on each other

// The directory of a pool as it is on this machine; nothing when it has none, or a bad one.
std::optional<std::string> directory_of(const StoredPool& pool)
{
    const PoolConfig config = config_of(pool);
    if (!config.options.contains("dir_path"))
        return std::nullopt;
    try {
        return pool_directory(config);
    } catch (const Error&) {
        return std::nullopt;
    }
}

// The directory may be missing, the one above it not.
std::optional<std::string> real_place(const std::string& path)
{
    if (auto real = real_path(path))
        return real;
    const auto slash = path.rfind('/');
    auto above = real_path(path.substr(0, std::max<std::size_t>(slash, 1)));
    return above ? std::optional{(*above == "/" ? "" : *above) + path.substr(slash)} : std::nullopt;
}

bool is_in(std::string_view path, std::string_view directory)
{
    return path == directory || directory == "/" ||
           (path.starts_with(directory) && path.substr(directory.size()).starts_with('/'));
}

std::string option_of(const StoredPool& pool, std::string_view name)
{
    const auto found = std::ranges::find(pool.options, name, &Attribute::name);
    return found == pool.options.end() ? "" : found->value;
}

std::string doubled_hyphens(std::string_view name)
{
    std::string text;
    for (const char c : name)
        text.append(c == '-' ? 2 : 1, c);
    return text;
}

std::string name_of_mapped(const std::string& device)
{
    std::string name = read_small_file(device + "/dm/name", 256);
    if (name.ends_with('\n'))
        name.pop_back();
    return name;
}

void collect_thin_pools(const std::string& device, int depth, std::set<std::string>& found)
{
    std::vector<std::string> below;
    const Fd slaves = open_trusted_directory(device + "/slaves");
    if (!slaves || !read_entries(slaves.get(), below))
        return;
    for (const std::string& each : below) {
        std::string lower = device;
        lower.append("/slaves/").append(each);
        const std::string name = name_of_mapped(lower);
        if (name.ends_with("-tpool"))
            found.insert(name);
        else if (depth > 1)
            collect_thin_pools(lower, depth - 1, found);
    }
}

} // namespace

std::string thin_pool_device(std::string_view volume_group, std::string_view thin_pool)
{
    return doubled_hyphens(volume_group) + "-" + doubled_hyphens(thin_pool) + "-tpool";
}

std::vector<std::string> thin_pools_below(const std::string& sysfs, dev_t device)
{
    std::set<std::string> found;
    collect_thin_pools(sysfs + "/dev/block/" + std::to_string(major(device)) + ":" +
                           std::to_string(minor(device)),
                       deepest_stack, found);
    return {found.begin(), found.end()};
}

std::optional<std::string> included_in(const Store& store, const StoredPool& pool)
{
    const auto directory = directory_of(pool);
    const auto own = directory ? real_path(*directory) : std::nullopt;
    if (!own)
        return std::nullopt;
    for (const StoredPool& other : store.pools()) {
        const auto holder = other.name == pool.name ? std::nullopt : directory_of(other);
        const auto real = holder ? real_path(*holder) : std::nullopt;
        if (real && is_in(*own, *real))
            return other.name;
    }
    struct stat facts {};
    if (::stat(own->c_str(), &facts) != 0)
        return std::nullopt;
    for (const std::string& device : thin_pools_below("/sys", facts.st_dev))
        for (const StoredPool& other : store.pools())
            if (other.driver == "lvm_thin" &&
                thin_pool_device(option_of(other, "volume_group"), option_of(other, "thin_pool")) ==
                    device)
                return other.name;
    return std::nullopt;
}

void check_new_place(const Store& store, const std::string& dir_path)
{
    const auto refuse = [](const char* reason) {
        throw Error{failure::bad_value,
                    std::string{"the value is not valid for the option 'dir_path': "} + reason};
    };
    const auto own = real_place(paths::below_root(dir_path));
    if (!own)
        refuse("the directory above it does not exist");
    std::vector<std::string> holders{paths::below_root(paths::store_directory)};
    for (const StoredPool& pool : store.pools())
        if (auto directory = directory_of(pool); directory && pool.driver != "linux-kernel")
            holders.push_back(*std::move(directory));
    for (const std::string& holder : holders)
        for (const char* const images : {"/appvms", "/vm-templates", "/servicevms"})
            if (is_in(*own, real_path(holder).value_or(holder) + images))
                refuse("images of qubes lie there");
}

bool is_below_roots(const std::string& dir_path, const std::vector<std::string>& roots)
{
    const auto own = real_place(paths::below_root(dir_path));
    return own && std::ranges::any_of(roots, [&](const std::string& root) {
               const auto real = real_path(paths::below_root(root));
               return dir_path != root && is_in(dir_path, root) && real && *own != *real &&
                      is_in(*own, *real);
           });
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/pool_options.hpp"

#include "base/error.hpp"
#include "base/paths.hpp"
#include "storage/lvm/name.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace qmgmt {

namespace {

constexpr std::size_t path_limit = 512;

[[noreturn]] void refuse(const PoolConfig& config, const std::string& reason)
{
    throw Error{failure::storage, "cannot use pool '" + config.name + "': " + reason};
}

// A path to the root directory itself is none: nothing of ours lies there.
bool is_plain_path(std::string_view path)
{
    const bool plain = path.size() > 1 && path.size() <= path_limit && path.front() == '/' &&
                       std::all_of(path.begin(), path.end(), [](char c) {
                           return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
                       });
    const auto padded = std::string{path} + "/";
    return plain && padded.find("/../") == std::string::npos &&
           padded.find("/./") == std::string::npos;
}

} // namespace

std::string pool_directory(const PoolConfig& config)
{
    const auto option = config.options.find("dir_path");
    if (option == config.options.end())
        refuse(config, "it has no 'dir_path'");
    std::string path = option->second;
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    if (!is_plain_path(path))
        refuse(config, "its 'dir_path' is not a plain absolute path");
    return paths::below_root(path);
}

std::string lvm_name(const PoolConfig& config, const std::string& option)
{
    const auto found = config.options.find(option);
    if (found == config.options.end())
        refuse(config, "it has no '" + option + "'");
    if (!lvm::is_name(found->second))
        refuse(config, "its '" + option + "' is no name that lvm takes");
    return found->second;
}

int revisions_to_keep(const PoolConfig& config, int most)
{
    const auto option = config.options.find("revisions_to_keep");
    if (option == config.options.end())
        return 1;
    const std::string& text = option->second;
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < -1)
        refuse(config, "its 'revisions_to_keep' is not a number from -1");
    if (value > most)
        refuse(config, "its 'revisions_to_keep' is more than its driver can keep");
    return value;
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/hooks.hpp"

#include "base/ascii.hpp"
#include "base/child.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"

#include <algorithm>
#include <dirent.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::chrono::seconds patience{10};

// What editors and package managers leave beside a file is not meant to run.
bool is_leftover(std::string_view name)
{
    constexpr std::string_view endings[] = {"~",         ".rpmsave",   ".rpmnew",  ".rpmorig",
                                            ".dpkg-old", ".dpkg-dist", ".dpkg-new"};
    return name.starts_with('.') ||
           std::ranges::any_of(endings, [&](std::string_view end) { return name.ends_with(end); });
}

bool may_run(const std::string& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
        ::access(path.c_str(), X_OK) != 0)
        return false;
    const bool ours = status.st_uid == 0 || status.st_uid == ::geteuid();
    if (ours && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return true;
    log_warning("the hook '" + path + "' can be changed by others, ignoring");
    return false;
}

std::vector<std::string> hooks_of(std::string_view event)
{
    const std::string directory =
        paths::below_root(std::string{paths::hooks} + "/" + std::string{event} + ".d");
    const std::unique_ptr<DIR, int (*)(DIR*)> listing{::opendir(directory.c_str()), ::closedir};
    std::vector<std::string> found;
    while (const dirent* entry = listing ? ::readdir(listing.get()) : nullptr) {
        const std::string path = directory + "/" + entry->d_name;
        if (!is_leftover(entry->d_name) && may_run(path))
            found.push_back(path);
    }
    std::ranges::sort(found);
    return found;
}

// What is wrong with the outcome; empty when nothing is.
std::string complaint(const ChildResult& result)
{
    if (result.timed_out)
        return "it took more than 10 seconds";
    if (result.status == 0)
        return {};
    return "exit status " + std::to_string(result.status) + ": " + printable(result.output, 300);
}

// What is wrong with how it went; empty when all is well.
std::string run_hook(const std::string& path, std::string_view event, const Qube& qube,
                     const HookKeys& keys)
{
    std::vector<std::string> words{path, std::string{event}, qube.name(),
                                   qube.property("uuid").value_or("")};
    for (const auto& [key, value] : keys)
        words.push_back(std::string{key} + "=" + value);
    try {
        return complaint(run_program(words, Deadline::in(patience)));
    } catch (const Error& error) {
        return error.text();
    }
}

[[noreturn]] void refuse(const std::string& fault, const std::string& path, const Qube& qube)
{
    throw Error{failure::vm_failed, "a hook refused it for '" + qube.name() + "'",
                path + ": " + fault};
}

void ignore(const std::string& fault, const std::string& path, const Qube& qube)
{
    log_warning("the hook '" + path + "' failed for '" + qube.name() + "': " + fault +
                ", ignoring");
}

} // namespace

void run_hooks(std::string_view event, const Qube& qube, const HookKeys& keys)
{
    for (const std::string& path : hooks_of(event)) {
        const std::string fault = run_hook(path, event, qube, keys);
        if (fault.empty())
            continue;
        if (event.starts_with("domain-pre-"))
            refuse(fault, path, qube);
        ignore(fault, path, qube);
    }
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// A host of today reads all files of a directory, so the rule is a file of its own. An older one
// reads one file a service, and none but that of a service with its argument where there is one:
// the rule is its first line, and what else the file has stays.

#include "life/device/usb/one_shot_rule.hpp"

#include "base/atomic_file.hpp"
#include "base/directory_tree.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "device/usb/port.hpp"
#include "life/device/usb/service_policy.hpp"
#include "names/names.hpp"

#include <algorithm>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace qmgmt {
namespace {

constexpr std::string_view new_directory = "/etc/qubes/policy.d";
constexpr std::string_view runtime_directory = "/run/qubes/policy.d";
constexpr std::string_view file_start = "29-mgmt-usb-";
constexpr std::string_view file_end = ".policy";
constexpr std::string_view service = "qubes.USB";
constexpr std::string_view mark_start = "# qubes-mgmt: ";
constexpr mode_t for_the_group = 0664;

bool is_directory(std::string_view path)
{
    struct stat facts {};
    return ::stat(paths::below_root(path).c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

bool is_of_today()
{
    return is_directory(new_directory);
}

// Who wrote what follows.
std::string mark(const UsbRule& rule)
{
    return std::string{mark_start} + rule.backend + " " + rule.port;
}

// The backend of such a line; nothing for any other.
std::optional<std::string> backend_of(std::string_view line)
{
    if (!line.starts_with(mark_start))
        return std::nullopt;
    line.remove_prefix(mark_start.size());
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos || !QubeName::fault(line.substr(0, blank)).empty() ||
        !is_usb_port(line.substr(blank + 1)))
        return std::nullopt;
    return std::string{line.substr(0, blank)};
}

std::string policy_of_today(const UsbRule& rule)
{
    const std::string target = rule.backend == "dom0" ? "@adminvm" : rule.backend;
    return mark(rule) + "\n" + std::string{service} + " +" + rule.port + " " + rule.source + " " +
           target + " allow user=root\n";
}

std::string old_policy_path(const std::string& port)
{
    return paths::below_root(std::string{paths::service_policy} + "/" + std::string{service} + "+" +
                             port);
}

std::string old_line(const UsbRule& rule)
{
    return rule.source + " " + rule.backend + " allow,user=root";
}

// Without what a process left: each mark whose backend `is_dead`, and the rule after it.
PolicyLines without_left(const PolicyLines& lines,
                         const std::function<bool(const std::string&)>& is_dead)
{
    PolicyLines kept;
    for (auto line = lines.begin(); line != lines.end(); ++line) {
        const auto backend = backend_of(*line);
        if (!backend || !is_dead(*backend))
            kept.push_back(*line);
        else if (std::next(line) != lines.end())
            ++line;
    }
    return kept;
}

std::vector<std::string> names_in(const std::string& path)
{
    std::vector<std::string> names;
    if (const Fd directory = open_trusted_directory(path))
        static_cast<void>(read_entries(directory.get(), names));
    return names;
}

void remove_left_files(const std::function<bool(const std::string&)>& is_dead)
{
    const std::string directory = paths::below_root(runtime_directory);
    for (const std::string& name : names_in(directory)) {
        if (!name.starts_with(file_start) || !name.ends_with(file_end))
            continue;
        const std::string path = std::string{directory}.append("/").append(name);
        const std::string text = read_small_file(path);
        const auto backend = backend_of(std::string_view{text}.substr(0, text.find('\n')));
        if (backend && is_dead(*backend))
            ::unlink(path.c_str());
    }
}

void remove_left_lines(const std::function<bool(const std::string&)>& is_dead)
{
    const std::string start = std::string{service} + "+";
    for (const std::string& name : names_in(paths::below_root(paths::service_policy))) {
        if (!name.starts_with(start) || !is_usb_port(std::string_view{name}.substr(start.size())))
            continue;
        change_policy_file(old_policy_path(name.substr(start.size())),
                           [&](const PolicyLines& lines) { return without_left(lines, is_dead); });
    }
}

void complain(const Error& error)
{
    log_warning("cannot take back what policy allows for a USB device: " + error.text() + " (" +
                error.detail() + "), ignoring");
}

} // namespace

OneShotRule::OneShotRule(UsbRule rule) : rule_{std::move(rule)}
{
    if (is_of_today()) {
        const std::string directory = paths::below_root(runtime_directory);
        make_directories(directory, 02770);
        file_ = directory + "/" + std::string{file_start} + std::to_string(::getpid()) +
                std::string{file_end};
        ReplacementFile file{file_, for_the_group};
        file.write(policy_of_today(rule_));
        file.put_in_place_unflushed();
        return;
    }
    if (!is_directory(paths::service_policy))
        throw Error{failure::unsupported, "not available: this host has no policy for services"};
    change_policy_file(old_policy_path(rule_.port), [&](const PolicyLines& lines) {
        PolicyLines changed{mark(rule_), old_line(rule_)};
        changed.insert(changed.end(), lines.begin(), lines.end());
        return changed;
    });
}

OneShotRule::~OneShotRule()
{
    try {
        if (!file_.empty())
            ::unlink(file_.c_str());
        else
            change_policy_file(old_policy_path(rule_.port), [&](const PolicyLines& lines) {
                return without_left(
                    lines, [&](const std::string& backend) { return backend == rule_.backend; });
            });
    } catch (const Error& error) {
        complain(error);
    }
}

void remove_left_rules(const std::function<bool(const std::string& backend)>& is_dead)
{
    try {
        remove_left_files(is_dead);
        remove_left_lines(is_dead);
    } catch (const Error& error) {
        complain(error);
    }
}

} // namespace qmgmt

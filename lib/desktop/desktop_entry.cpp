// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/desktop_entry.hpp"

#include "desktop/entry_text.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::string_view group = "[Desktop Entry]";

} // namespace

std::string entry_file(const QubeName& qube, std::string_view id)
{
    return (qube.text() + "-").append(id).append(".desktop");
}

std::string desktop_entry(const QubeName& qube, const Application& application, Launcher launcher)
{
    std::string text = std::string{group} + "\n";
    const auto add = [&](std::string_view key, const std::string& value) {
        text.append(key).append("=").append(entry_string(value)).append("\n");
    };
    const auto add_if_said = [&](std::string_view key, const std::string& start,
                                 const std::string& value) {
        if (!value.empty())
            add(key, start + value);
    };
    const std::string whose = qube.text() + ": ";
    add("Version", "1.0");
    add("Type", "Application");
    add("Terminal", "false");
    add("X-Qubes-VmName", qube.text());
    add("X-Qubes-AppName", application.id);
    add_if_said("Icon", "", application.icon);
    add("Name", whose + application.name);
    add_if_said("GenericName", whose, application.generic_name);
    add_if_said("Comment", "", application.comment);
    std::string categories;
    for (const std::string_view category : application.categories)
        categories.append(category).append(";");
    add("Categories", categories + "X-Qubes-VM;");
    add_if_said("StartupWMClass", qube.text() + ":", application.window_class);
    text += "Exec=" + exec_value(start_command(launcher, qube, application.id)) + "\n";
    return text;
}

bool is_entry_of(const QubeName& qube, std::string_view untrusted_text)
{
    constexpr std::string_view key = "X-Qubes-VmName=";
    bool in_group = false;
    while (!untrusted_text.empty()) {
        const std::string_view line = untrusted_text.substr(0, untrusted_text.find('\n'));
        untrusted_text.remove_prefix(std::min(line.size() + 1, untrusted_text.size()));
        if (line.starts_with('['))
            in_group = line == group;
        else if (in_group && line.starts_with(key))
            return line.substr(key.size()) == qube.text();
    }
    return false;
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/desktop_entry.hpp"

#include "desktop/entry_text.hpp"

namespace qmgmt {
namespace {

constexpr std::string_view head = "[Desktop Entry]\n"
                                  "Version=1.0\n"
                                  "Type=Application\n"
                                  "Terminal=false\n"
                                  "X-Qubes-VmName=";

} // namespace

std::string entry_file(const QubeName& qube, std::string_view id)
{
    return (qube.text() + "-").append(id).append(".desktop");
}

std::string desktop_entry(const QubeName& qube, const Application& application, Launcher launcher)
{
    std::string text = std::string{head} + qube.text() + "\n";
    const auto add = [&](std::string_view key, const std::string& value) {
        text.append(key).append("=").append(entry_string(value)).append("\n");
    };
    const auto add_if_said = [&](std::string_view key, const std::string& start,
                                 const std::string& value) {
        if (!value.empty())
            add(key, start + value);
    };
    const std::string whose = qube.text() + ": ";
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
    return untrusted_text.starts_with(head) &&
           untrusted_text.substr(head.size()).starts_with(qube.text() + "\n");
}

} // namespace qmgmt

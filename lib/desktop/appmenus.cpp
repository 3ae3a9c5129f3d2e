// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/appmenus.hpp"

#include "base/error.hpp"
#include "desktop/category.hpp"

#include <algorithm>
#include <array>

namespace qmgmt {
namespace {

constexpr std::string_view letters_and_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view suffix = ".desktop";
constexpr std::size_t most_bytes = most_appmenus_lines * (longest_appmenus_line + 1);

[[noreturn]] void refuse_size()
{
    throw Error{failure::too_large, "the qube says too much of its applications"};
}

bool consists_of(std::string_view text, std::string_view others)
{
    return std::ranges::all_of(text, [&](char c) {
        return letters_and_digits.find(c) != std::string_view::npos ||
               others.find(c) != std::string_view::npos;
    });
}

bool is_text(std::string_view value)
{
    return consists_of(value, "/.,:&()_ +-");
}

// A name of an icon, or a file where packages put icons. The desktop that shows the entry would
// open any other file, too: one that the qube has sent here, or a device.
bool is_icon(std::string_view value)
{
    if (!consists_of(value, "/_.-"))
        return false;
    if (value.find('/') == std::string_view::npos)
        return true;
    constexpr std::array<std::string_view, 2> installed = {"/usr/share/", "/usr/local/share/"};
    return std::ranges::any_of(installed, [&](auto start) { return value.starts_with(start); }) &&
           value.find("..") == std::string_view::npos;
}

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

struct TextKey {
    std::string_view key;
    std::string Application::*member;
    bool (*is_one)(std::string_view);
};

constexpr std::array<TextKey, 5> text_keys = {{
    {"Name", &Application::name, is_text},
    {"GenericName", &Application::generic_name, is_text},
    {"Comment", &Application::comment, is_text},
    {"Icon", &Application::icon, is_icon},
    {"StartupWMClass", &Application::window_class,
     [](std::string_view value) { return consists_of(value, "/_.-"); }},
}};

} // namespace

std::optional<std::string> application_id(std::string_view untrusted_file)
{
    constexpr std::string_view directory = "/applications/";
    if (untrusted_file.starts_with('/')) {
        const auto at = untrusted_file.find(directory);
        if (at == std::string_view::npos)
            return std::nullopt;
        untrusted_file.remove_prefix(at + directory.size());
    } else if (untrusted_file.find('/') != std::string_view::npos) {
        return std::nullopt;
    }
    if (untrusted_file.size() > suffix.size() && untrusted_file.ends_with(suffix))
        untrusted_file.remove_suffix(suffix.size());
    if (untrusted_file.empty() || !consists_of(untrusted_file, "/._-"))
        return std::nullopt;
    std::string id{untrusted_file};
    std::ranges::replace(id, '/', '-');
    return id;
}

void AppmenusReader::add(std::string_view untrusted_bytes)
{
    bytes_ += untrusted_bytes.size();
    while (!untrusted_bytes.empty()) {
        const auto end = std::min(untrusted_bytes.find('\n'), untrusted_bytes.size());
        overlong_ = overlong_ || line_.size() + end > longest_appmenus_line;
        if (!overlong_)
            line_ += untrusted_bytes.substr(0, end);
        if (end < untrusted_bytes.size())
            end_line();
        untrusted_bytes.remove_prefix(std::min(end + 1, untrusted_bytes.size()));
    }
    if (bytes_ > most_bytes)
        refuse_size();
}

std::vector<Application> AppmenusReader::finish()
{
    if (!line_.empty())
        end_line();
    std::vector<Application> applications;
    for (auto& [id, entry] : entries_) {
        if (entry.hidden || entry.application.name.empty())
            continue;
        entry.application.id = id;
        applications.push_back(std::move(entry.application));
    }
    entries_.clear();
    return applications;
}

void AppmenusReader::end_line()
{
    if (++lines_ > most_appmenus_lines)
        refuse_size();
    if (!overlong_ && std::ranges::all_of(line_, [](char c) { return (c & 0x80) == 0; }))
        read_row(line_);
    line_.clear();
    overlong_ = false;
}

void AppmenusReader::read_row(std::string_view untrusted_line)
{
    const auto colon = untrusted_line.find(':');
    if (colon == std::string_view::npos)
        return;
    const auto equals = untrusted_line.find('=', colon);
    const auto id = application_id(untrusted_line.substr(0, colon));
    if (equals == std::string_view::npos || !id)
        return;
    std::string_view key = untrusted_line.substr(colon + 1, equals - colon - 1);
    key = key.substr(0, key.find_last_not_of(' ') + 1);
    const std::string_view value = trimmed(untrusted_line.substr(equals + 1));
    const auto* const text =
        std::ranges::find_if(text_keys, [&](const TextKey& one) { return one.key == key; });
    const bool is_category = key == "Categories";
    const bool hides = key == "NoDisplay" || key == "Hidden" || key == "Type";
    if (text == text_keys.end() && !is_category && !hides)
        return;

    Entry& entry = entries_[*id];
    if (entries_.size() > most_applications)
        refuse_size();
    if (const std::string_view file = untrusted_line.substr(0, colon); entry.file != file)
        entry = Entry{.file = std::string{file}};
    if (is_category)
        entry.application.categories = registered_categories(value);
    else if (hides)
        entry.hidden = entry.hidden || (key == "Type" ? value != "Application" : value == "true");
    else if (text->is_one(value))
        entry.application.*(text->member) = value;
}

} // namespace qmgmt

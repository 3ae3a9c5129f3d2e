// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a qube says of its applications. However its bytes are cut, they are read as the same; each
// application becomes an entry of printable lines, which say, read back as a desktop reads them,
// what was read and whose it is, and start nothing but its service. A command of any words at all
// is read back as these words.

#include "base/error.hpp"
#include "desktop/appmenus.hpp"
#include "desktop/desktop_entry.hpp"
#include "desktop/entry_text.hpp"
#include "desktop/menu_request.hpp"
#include "fuzz/target.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using namespace qmgmt;

namespace {

using Words = std::vector<std::string>;

std::vector<Application> read(std::string_view text, std::size_t cut)
{
    AppmenusReader reader;
    reader.add(text.substr(0, cut));
    reader.add(text.substr(cut));
    return reader.finish();
}

// A string value as a desktop reads it.
std::string unescaped(std::string_view value)
{
    const std::map<char, char> meant = {
        {'s', ' '}, {'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'\\', '\\'}};
    std::string text;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '\\') {
            text += value[i];
            continue;
        }
        fuzz::require(++i < value.size() && meant.contains(value[i]));
        text += meant.at(value[i]);
    }
    return text;
}

// The words of a command as a desktop starts them; fails for what it would expand or refuse.
Words started(std::string_view value)
{
    const std::string line = unescaped(value);
    Words words;
    for (std::size_t i = 0; i < line.size(); ++i) {
        std::string word;
        const bool quoted = line[i] == '"';
        for (i += quoted ? 1 : 0; i < line.size() && line[i] != (quoted ? '"' : ' '); ++i) {
            if (quoted && line[i] == '\\')
                fuzz::require(std::string_view{"\"`$\\"}.find(line[++i]) != std::string_view::npos);
            else if (quoted)
                fuzz::require(line[i] != '`' && line[i] != '$');
            else
                fuzz::require(std::string_view{"\t\n\"'\\><~|&;$*?#()`"}.find(line[i]) ==
                              std::string_view::npos);
            word += line[i];
            if (line[i] == '%')
                fuzz::require(line[++i] == '%');
        }
        i += quoted ? 1 : 0; // what ends it
        fuzz::require(i == line.size() || line[i] == ' ');
        words.push_back(word);
    }
    return words;
}

std::map<std::string, std::string> keys_of(const std::string& entry)
{
    std::map<std::string, std::string> keys;
    std::string_view rest = entry;
    fuzz::require(rest.starts_with("[Desktop Entry]\n") && rest.ends_with('\n'));
    rest.remove_prefix(rest.find('\n') + 1);
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(line.size() + 1);
        const auto equals = line.find('=');
        fuzz::require(equals != std::string_view::npos && !line.starts_with('[') &&
                      std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; }));
        const auto [place, is_new] =
            keys.emplace(line.substr(0, equals), unescaped(line.substr(equals + 1)));
        fuzz::require(is_new);
    }
    return keys;
}

void check(const Application& application)
{
    static const QubeName qube = QubeName::parse("work-2");
    const std::string file = entry_file(qube, application.id);
    fuzz::require(!application.id.empty() && file.find('/') == std::string::npos);
    for (const Launcher launcher : {Launcher::qube, Launcher::old_qube, Launcher::dom0}) {
        const std::string text = desktop_entry(qube, application, launcher);
        fuzz::require(is_entry_of(qube, text) && !is_entry_of(QubeName::parse("work"), text));
        auto keys = keys_of(text);
        fuzz::require(keys["Name"] == "work-2: " + application.name);
        fuzz::require(keys["X-Qubes-AppName"] == application.id);
        fuzz::require(keys["Categories"].ends_with("X-Qubes-VM;"));
        fuzz::require(keys["Type"] == "Application" && keys["Terminal"] == "false");
        const auto exec = text.find("\nExec=") + 6;
        fuzz::require(started(std::string_view{text}.substr(exec, text.size() - exec - 1)) ==
                      start_command(launcher, qube, application.id));
        fuzz::require(keys.size() <= 12);
    }
}

void check_command(std::string_view text)
{
    Words words;
    while (!text.empty()) {
        const auto end = std::min(text.find('\0'), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    try {
        const std::string value = exec_value(words);
        fuzz::require(value.find_first_of("\n\t\r") == std::string::npos);
        fuzz::require(started(value) == words);
    } catch (const Error&) {
        fuzz::require(words.empty() || words.front().empty() ||
                      words.front().find('=') != std::string::npos);
    }
}

void check_request(std::string_view text)
{
    if (text.find(':') == std::string_view::npos)
        return; // the user's own directory is this machine's
    try {
        const auto request = MenuRequest::parse(text);
        const std::string path = request.directory + "/";
        fuzz::require(path.starts_with('/') && path.size() > 2);
        for (const char* wrong : {"//", "/./", "/../"})
            fuzz::require(path.find(wrong) == std::string::npos);
    } catch (const Error& error) {
        fuzz::require(error.type() == failure::bad_value);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0 || size > 1 << 16)
        return 0;
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    const auto applications = read(text, 0);
    fuzz::require(read(text, text.size() * data[0] / 255) == applications);
    for (const Application& application : applications)
        check(application);
    check_command(text);
    check_request(text);
    return 0;
}

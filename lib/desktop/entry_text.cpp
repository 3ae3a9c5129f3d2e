// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/entry_text.hpp"

#include "base/error.hpp"

namespace qmgmt {
namespace {

std::string exec_word(std::string_view word)
{
    constexpr std::string_view reserved = " \t\n\"'\\><~|&;$*?#()`";
    constexpr std::string_view escaped = "\"`$\\"; // inside of quotes
    const bool quoted = word.empty() || word.find_first_of(reserved) != std::string_view::npos;
    std::string text;
    for (const char c : word) {
        if (quoted && escaped.find(c) != std::string_view::npos)
            text += '\\';
        text += c;
        if (c == '%')
            text += c;
    }
    return quoted ? '"' + text + '"' : text;
}

} // namespace

std::string entry_string(std::string_view text)
{
    std::string value;
    for (const char c : text) {
        switch (c) {
        case '\n': value += "\\n"; break;
        case '\t': value += "\\t"; break;
        case '\r': value += "\\r"; break;
        case '\\': value += "\\\\"; break;
        case ' ': value += value.empty() ? "\\s" : " "; break;
        default: value += c;
        }
    }
    return value;
}

std::string exec_value(std::span<const std::string> words)
{
    if (words.empty() || words.front().empty() || words.front().find('=') != std::string::npos)
        throw Error{failure::bad_value, "no desktop can start such a program"};
    std::string line;
    for (const std::string& word : words)
        line += (line.empty() ? "" : " ") + exec_word(word);
    return entry_string(line);
}

} // namespace qmgmt

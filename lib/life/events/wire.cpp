// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/events/wire.hpp"

#include <string_view>

namespace qmgmt {
namespace {

void append_encoded(std::string& line, std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > ' ' && byte <= '~' && c != '%') {
            line += c;
            continue;
        }
        line += '%';
        line += digits[byte >> 4U];
        line += digits[byte & 0xfU];
    }
}

bool is_asked_for(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '+';
}

} // namespace

std::string event_line(const Event& event)
{
    std::string line;
    append_encoded(line, event.subject.empty() ? "-" : event.subject);
    line += ' ';
    append_encoded(line, event.name);
    for (const auto& [key, value] : event.keys) {
        line += ' ';
        append_encoded(line, key);
        line += '=';
        append_encoded(line, value);
    }
    return line + '\n';
}

std::string event_frame(const Event& event)
{
    std::string frame{"1\0", 2};
    frame.append(event.subject).append(1, '\0').append(event.name).append(1, '\0');
    for (const auto& [key, value] : event.keys)
        frame.append(key).append(1, '\0').append(value).append(1, '\0');
    return frame + '\0';
}

std::string event_argument(std::string_view name)
{
    std::string argument{name};
    for (char& c : argument) {
        if (!is_asked_for(c))
            c = '_';
    }
    return argument;
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/device_options.hpp"

#include "base/error.hpp"
#include "names/number.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::size_t most_options = 64;
constexpr std::size_t longest_key = 64;

[[noreturn]] void refuse(const char* what)
{
    throw Error{failure::protocol, std::string{"malformed options: "} + what};
}

bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool may_stand_in_a_word(char c)
{
    return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
}

bool may_stand_in_a_value(char c)
{
    return may_stand_in_a_word(c) || c == ',' || c == '+' || c == ':';
}

// Of today's clients: ASCII but blanks and what has a meaning between keys and values.
bool may_stand_in_a_key(char c)
{
    return c > ' ' && c <= '~' && c != '\'' && c != '"' && c != '`' && c != '=' && c != '\\';
}

void add(DeviceOptions& options, std::string_view key, std::string value)
{
    if (key.empty() || key.size() > longest_key)
        refuse("a key has 1 to 64 bytes");
    if (option_of(options, key))
        refuse("a key is there twice");
    if (options.size() >= most_options)
        refuse("there are more than 64");
    options.emplace_back(key, std::move(value));
}

// Reads what is left of a payload, a key and its value at a time.
class Serialised {
public:
    explicit Serialised(std::string_view untrusted_text) : rest_{untrusted_text} {}

    [[nodiscard]] bool at_end()
    {
        while (rest_.starts_with(' '))
            rest_.remove_prefix(1);
        return rest_.empty();
    }

    std::string_view key()
    {
        const auto end = std::ranges::find_if_not(rest_, may_stand_in_a_key);
        const auto size = static_cast<std::size_t>(end - rest_.begin());
        const std::string_view key = rest_.substr(0, size);
        rest_.remove_prefix(size);
        take("='", "a key is followed by ='");
        return key;
    }

    std::string value()
    {
        std::string text;
        while (!rest_.starts_with('\'')) {
            if (rest_.starts_with("\\'"))
                rest_.remove_prefix(1);
            if (rest_.empty())
                refuse("a value ends with a quote");
            if (rest_.front() < ' ' || rest_.front() > '~')
                refuse("a value is printable ASCII");
            text += rest_.front();
            rest_.remove_prefix(1);
        }
        rest_.remove_prefix(1);
        if (!rest_.empty() && !rest_.starts_with(' '))
            refuse("a value is followed by a blank");
        return text;
    }

private:
    void take(std::string_view wanted, const char* what)
    {
        if (!rest_.starts_with(wanted))
            refuse(what);
        rest_.remove_prefix(wanted.size());
    }

    std::string_view rest_;
};

} // namespace

DeviceOptions parse_option_words(std::string_view untrusted_payload)
{
    DeviceOptions options;
    if (untrusted_payload.ends_with('\n'))
        untrusted_payload.remove_suffix(1);
    while (!untrusted_payload.empty()) {
        const std::string_view word = untrusted_payload.substr(0, untrusted_payload.find(' '));
        untrusted_payload.remove_prefix(std::min(untrusted_payload.size(), word.size() + 1));
        if (word.empty())
            continue;
        const auto equals = word.find('=');
        if (equals == std::string_view::npos)
            refuse("a word is key=value");
        const std::string_view key = word.substr(0, equals);
        const std::string_view value = word.substr(equals + 1);
        if (!std::ranges::all_of(key, may_stand_in_a_word) ||
            !std::ranges::all_of(value, may_stand_in_a_value))
            refuse("a byte that cannot stand there");
        add(options, key, std::string{value});
    }
    return options;
}

DeviceOptions parse_serialised(std::string_view untrusted_payload)
{
    DeviceOptions options;
    Serialised text{untrusted_payload};
    while (!text.at_end()) {
        const std::string_view key = text.key();
        add(options, key, text.value());
    }
    return options;
}

std::optional<std::string> option_of(const DeviceOptions& options, std::string_view key)
{
    const auto found = std::ranges::find(options, key, &DeviceOptions::value_type::first);
    return found == options.end() ? std::nullopt : std::optional{found->second};
}

std::optional<std::string> take_option(DeviceOptions& options, std::string_view key)
{
    auto value = option_of(options, key);
    std::erase_if(options, [&](const auto& option) { return option.first == key; });
    return value;
}

bool parse_switch(std::string_view key, std::string_view untrusted_value)
{
    const auto value = parse_boolean(untrusted_value);
    if (!value)
        throw Error{failure::bad_value, "'" + std::string{key} + "' is yes or no"};
    return *value;
}

} // namespace qmgmt

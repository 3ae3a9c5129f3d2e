// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/json_value.hpp"

#include <algorithm>

namespace qmgmt {

namespace {

constexpr int most_depth = 16;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

std::optional<unsigned> hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return std::nullopt;
}

void append_utf8(std::string& text, unsigned character)
{
    const auto tail = [&](unsigned shift) {
        return static_cast<char>(0x80 | ((character >> shift) & 0x3f));
    };
    if (character < 0x80) {
        text += static_cast<char>(character);
    } else if (character < 0x800) {
        text += static_cast<char>(0xc0 | (character >> 6));
        text += tail(0);
    } else if (character < 0x10000) {
        text += static_cast<char>(0xe0 | (character >> 12));
        text.append({tail(6), tail(0)});
    } else {
        text += static_cast<char>(0xf0 | (character >> 18));
        text.append({tail(12), tail(6), tail(0)});
    }
}

} // namespace

// Each `read_` takes its piece from the front of the rest, or returns false and has failed.
class JsonReader {
public:
    explicit JsonReader(std::string_view text) : rest_{text} {}

    bool read_value(JsonValue& value, int depth)
    {
        skip_blanks();
        if (rest_.empty() || depth > most_depth)
            return false;
        switch (rest_.front()) {
        case '{': return read_members(value.value_.emplace<JsonValue::Members>(), depth);
        case '[': return read_list(value.value_.emplace<JsonValue::List>(), depth);
        case '"': return read_text(value.value_.emplace<std::string>());
        default: return read_word(value.value_.emplace<JsonValue::Word>().text);
        }
    }

    bool at_end()
    {
        skip_blanks();
        return rest_.empty();
    }

private:
    void skip_blanks()
    {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    }

    bool take(char c)
    {
        if (rest_.empty() || rest_.front() != c)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool take_after_blanks(char c)
    {
        skip_blanks();
        return take(c);
    }

    bool read_list(JsonValue::List& list, int depth)
    {
        take('[');
        if (take_after_blanks(']'))
            return true;
        do
            if (!read_value(list.emplace_back(), depth + 1))
                return false;
        while (take_after_blanks(','));
        return take(']');
    }

    bool read_members(JsonValue::Members& members, int depth)
    {
        take('{');
        if (take_after_blanks('}'))
            return true;
        do {
            JsonValue::Member member;
            skip_blanks();
            if (!read_text(member.name) || !take_after_blanks(':') ||
                std::ranges::find(members, member.name, &JsonValue::Member::name) !=
                    members.end() ||
                !read_value(member.value, depth + 1))
                return false;
            members.push_back(std::move(member));
        } while (take_after_blanks(','));
        return take('}');
    }

    bool read_text(std::string& text)
    {
        if (!take('"'))
            return false;
        while (!rest_.empty()) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"')
                return true;
            if (static_cast<unsigned char>(c) < 0x20)
                return false;
            if (c != '\\')
                text += c;
            else if (!read_escaped(text))
                return false;
        }
        return false;
    }

    bool read_escaped(std::string& text)
    {
        constexpr std::string_view names = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        if (take('u'))
            return read_unicode(text);
        const auto place = rest_.empty() ? std::string_view::npos : names.find(rest_.front());
        if (place == std::string_view::npos)
            return false;
        rest_.remove_prefix(1);
        text += meanings[place];
        return true;
    }

    bool read_unicode(std::string& text)
    {
        const auto first = read_code();
        if (!first)
            return false;
        if (*first < 0xd800 || *first > 0xdfff) {
            append_utf8(text, *first);
            return true;
        }
        if (*first > 0xdbff || !take('\\') || !take('u')) // half of a pair
            return false;
        const auto second = read_code();
        if (!second || *second < 0xdc00 || *second > 0xdfff)
            return false;
        append_utf8(text, 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00));
        return true;
    }

    std::optional<unsigned> read_code()
    {
        if (rest_.size() < 4)
            return std::nullopt;
        unsigned code = 0;
        for (const char c : rest_.substr(0, 4)) {
            const auto digit = hex_digit(c);
            if (!digit)
                return std::nullopt;
            code = code * 16 + *digit;
        }
        rest_.remove_prefix(4);
        return code;
    }

    bool read_word(std::string& word)
    {
        const auto end = std::min(rest_.find_first_of(" \t\r\n,]}"), rest_.size());
        word = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return word == "true" || word == "false" || word == "null" || is_number(word);
    }

    static bool is_number(std::string_view text)
    {
        const auto take_one_of = [&](std::string_view set) {
            if (text.empty() || set.find(text.front()) == std::string_view::npos)
                return false;
            text.remove_prefix(1);
            return true;
        };
        const auto take_digits = [&] {
            const auto end = std::ranges::find_if_not(text, is_digit) - text.begin();
            text.remove_prefix(static_cast<std::size_t>(end));
            return end > 0;
        };
        take_one_of("-");
        if (!take_one_of("0") && !take_digits())
            return false;
        if (take_one_of(".") && !take_digits())
            return false;
        if (take_one_of("eE")) {
            take_one_of("+-");
            if (!take_digits())
                return false;
        }
        return text.empty();
    }

    std::string_view rest_;
};

std::optional<JsonValue> JsonValue::parse(std::string_view untrusted_text)
{
    JsonReader reader{untrusted_text};
    JsonValue value;
    if (!reader.read_value(value, 1) || !reader.at_end())
        return std::nullopt;
    return value;
}

const JsonValue* JsonValue::member(std::string_view name) const
{
    const auto* members = std::get_if<Members>(&value_);
    if (members == nullptr)
        return nullptr;
    const auto found = std::ranges::find(*members, name, &Member::name);
    return found == members->end() ? nullptr : &found->value;
}

} // namespace qmgmt

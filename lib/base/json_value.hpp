// SPDX-License-Identifier: GPL-2.0-or-later
//
// JSON as other programs print it, read whole and strictly (RFC 8259): one value, no name twice in
// an object, at most 16 values within each other. Bytes beyond ASCII are taken as they are.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace qmgmt {

class JsonValue {
public:
    struct Member;
    using List = std::vector<JsonValue>;
    using Members = std::vector<Member>;

    // Nothing when the text is anything but one value.
    [[nodiscard]] static std::optional<JsonValue> parse(std::string_view untrusted_text);

    // Null when it is something else.
    [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&value_); }
    [[nodiscard]] const List* list() const { return std::get_if<List>(&value_); }
    // Null, too, when the object has no such member.
    [[nodiscard]] const JsonValue* member(std::string_view name) const;

private:
    friend class JsonReader;

    // As it is written: a number, true, false or null.
    struct Word {
        std::string text;
    };

    std::variant<Word, std::string, List, Members> value_;
};

struct JsonValue::Member {
    std::string name;
    JsonValue value;
};

} // namespace qmgmt

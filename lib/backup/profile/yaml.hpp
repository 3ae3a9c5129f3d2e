// SPDX-License-Identifier: GPL-2.0-or-later
//
// The part of YAML that profiles use: one document, a map of scalars, lists and maps. No anchors,
// aliases or tags, no key twice, at most four levels, so that what is read is what stands there.
// Scalars keep their text and whether they are quoted: which type a plain one would have elsewhere
// (YAML 1.1) is asked of `YamlNode`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

inline constexpr std::size_t most_profile = 65'536; // bytes

class YamlNode {
public:
    enum class Kind { null, scalar, list, map };

    YamlNode(Kind node_kind, int node_line) : kind{node_kind}, line{node_line} {}
    YamlNode(YamlNode&&) noexcept = default;
    YamlNode& operator=(YamlNode&&) noexcept = default;
    YamlNode(const YamlNode&) = delete;
    YamlNode& operator=(const YamlNode&) = delete;
    ~YamlNode(); // a text may have been a passphrase: it is wiped

    Kind kind;
    int line; // from 1
    std::string key = {};
    std::string text = {};
    bool quoted = false;
    std::vector<YamlNode> children = {}; // of a map each with its key

    // A scalar that is a text to readers of all generations: quoted, or none of the forms of
    // YAML 1.1 for truth, nothing, numbers and times.
    [[nodiscard]] bool is_text() const;
};

// The root, a map. Throws BackupError{config_invalid}, "line 7: ...".
[[nodiscard]] YamlNode parse_yaml(std::string_view untrusted);

// Throws it. What is wrong is said in our words: the text may hold a passphrase.
[[noreturn]] void fail_at_line(int line, const std::string& text);

} // namespace qmgmt

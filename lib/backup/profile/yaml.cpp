// SPDX-License-Identifier: GPL-2.0-or-later
//
// The events of yaml-cpp, not its nodes: those expand aliases, and take one of two equal keys.

#include "backup/profile/yaml.hpp"

#include "backup/fault.hpp"

#include <algorithm>
#include <istream>
#include <openssl/crypto.h>
#include <streambuf>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace qmgmt {
namespace {

constexpr std::size_t deepest = 4;

int line_of(const YAML::Mark& mark)
{
    return mark.line + 1;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words)
{
    return std::ranges::any_of(words, [&](std::string_view word) {
        return std::ranges::equal(text, word, {}, [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
    });
}

// Anything that might be a number, a date or a time: YAML 1.1 knows bases, `_`, and `:` for sixty.
bool looks_numeric(std::string_view text)
{
    const std::string_view rest = text.substr(text.front() == '+' || text.front() == '-' ? 1 : 0);
    if (is_one_of(rest, {".inf", ".nan"}))
        return true;
    const auto digit = rest.find_first_not_of('.');
    return digit != std::string_view::npos && rest[digit] >= '0' && rest[digit] <= '9' &&
           text.find_first_not_of("0123456789abcdefABCDEFxXoO_.:+-tTzZ ") == std::string_view::npos;
}

// Builds the tree, and throws at the first thing that profiles do not have.
class Builder : public YAML::EventHandler {
public:
    std::vector<YamlNode> roots; // of each document

    void OnDocumentStart(const YAML::Mark& mark) override
    {
        if (!roots.empty())
            fail_at_line(line_of(mark), "a second document");
    }
    void OnDocumentEnd() override {}

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override
    {
        fail_at_line(line_of(mark), "an alias");
    }

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        check(mark, "", anchor);
        add(YamlNode{YamlNode::Kind::null, line_of(mark)});
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override
    {
        check(mark, tag, anchor);
        YamlNode node{YamlNode::Kind::scalar, line_of(mark)};
        node.text = value;
        node.quoted = tag == "!";
        add(std::move(node));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override
    {
        check(mark, tag, anchor);
        open(YamlNode{YamlNode::Kind::list, line_of(mark)});
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override
    {
        check(mark, tag, anchor);
        open(YamlNode{YamlNode::Kind::map, line_of(mark)});
    }
    void OnMapEnd() override { close(); }

private:
    struct Level {
        YamlNode node;
        std::string key = {};
        bool has_key = false;
    };

    // "?" is what a plain scalar has, "!" a quoted one.
    static void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor)
    {
        if (anchor != 0)
            fail_at_line(line_of(mark), "an anchor");
        if (!tag.empty() && tag != "?" && tag != "!")
            fail_at_line(line_of(mark), "a tag");
    }

    [[nodiscard]] bool wants_key() const
    {
        return !levels_.empty() && levels_.back().node.kind == YamlNode::Kind::map &&
               !levels_.back().has_key;
    }

    void take_key(YamlNode node)
    {
        if (node.kind != YamlNode::Kind::scalar)
            fail_at_line(node.line, "a key is a word");
        Level& level = levels_.back();
        if (std::ranges::find(level.node.children, node.text, &YamlNode::key) !=
            level.node.children.end())
            fail_at_line(node.line, "a key for the second time");
        level.key = node.text;
        level.has_key = true;
    }

    void add(YamlNode node)
    {
        if (wants_key())
            return take_key(std::move(node));
        if (levels_.empty()) {
            roots.push_back(std::move(node));
            return;
        }
        Level& level = levels_.back();
        node.key = std::move(level.key);
        level.key.clear();
        level.has_key = false;
        level.node.children.push_back(std::move(node));
    }

    void open(YamlNode node)
    {
        if (wants_key())
            fail_at_line(node.line, "a key is a word");
        if (levels_.size() == deepest)
            fail_at_line(node.line, "more than four levels");
        levels_.push_back({std::move(node)});
    }

    void close()
    {
        YamlNode node = std::move(levels_.back().node);
        levels_.pop_back();
        add(std::move(node));
    }

    std::vector<Level> levels_;
};

// Reads where the text stands: no further copy of what may hold a passphrase.
class View : public std::streambuf {
public:
    explicit View(std::string_view text)
    {
        char* const begin = const_cast<char*>(text.data()); // only read
        setg(begin, begin, begin + text.size());
    }
};

} // namespace

YamlNode::~YamlNode()
{
    if (!text.empty())
        OPENSSL_cleanse(text.data(), text.size());
}

bool YamlNode::is_text() const
{
    if (kind != Kind::scalar)
        return false;
    if (quoted)
        return true;
    return !text.empty() && text != "~" && text != "=" && text != "<<" &&
           !is_one_of(text, {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}) &&
           !looks_numeric(text);
}

void fail_at_line(int line, const std::string& text)
{
    throw BackupError{BackupFault::config_invalid, "line " + std::to_string(line) + ": " + text};
}

YamlNode parse_yaml(std::string_view untrusted)
{
    if (untrusted.size() > most_profile)
        throw BackupError{BackupFault::config_invalid, "the profile has more than 64 KiB"};
    Builder builder;
    try {
        View view{untrusted};
        std::istream stream{&view};
        YAML::Parser parser{stream};
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const BackupError&) {
        throw;
    } catch (const YAML::Exception& error) {
        fail_at_line(line_of(error.mark), "this is not YAML");
    }
    if (builder.roots.empty())
        throw BackupError{BackupFault::config_invalid, "the profile is empty"};
    YamlNode root = std::move(builder.roots.front());
    if (root.kind != YamlNode::Kind::map)
        fail_at_line(root.line, "the profile is no list of keys and values");
    return root;
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/profile/profile.hpp"

#include "backup/fault.hpp"
#include "backup/profile/yaml.hpp"
#include "names/names.hpp"
#include "store/qube.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace qmgmt {
namespace {

constexpr std::size_t longest_path = 4096;
constexpr std::string_view white_space = " \t\n\v\f\r";

std::string quoted(std::string_view word)
{
    return "'" + std::string{word} + "'";
}

std::string text_of(const YamlNode& node)
{
    if (!node.is_text())
        fail_at_line(node.line, node.kind == YamlNode::Kind::scalar
                                    ? "quote the value of " + quoted(node.key)
                                    : quoted(node.key) + " is a text");
    return node.text;
}

std::string lower(std::string text)
{
    for (char& c : text)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return text;
}

// As YAML 1.1 has it; nothing for what is no truth value.
std::optional<bool> truth_of(const YamlNode& node)
{
    if (node.kind != YamlNode::Kind::scalar || node.quoted)
        return std::nullopt;
    const std::string word = lower(node.text);
    if (word == "true" || word == "yes" || word == "on")
        return true;
    if (word == "false" || word == "no" || word == "off")
        return false;
    return std::nullopt;
}

bool yes_or_no(const YamlNode& node)
{
    const auto value = truth_of(node);
    if (!value)
        fail_at_line(node.line, quoted(node.key) + " is true or false");
    return *value;
}

template<typename Number>
Number number(const YamlNode& node, Number least, Number most)
{
    Number value{};
    const char* const end = node.text.data() + node.text.size();
    const bool decimal = node.kind == YamlNode::Kind::scalar && !node.quoted &&
                         (node.text.size() == 1 || !node.text.starts_with('0'));
    const auto [stop, error] = std::from_chars(node.text.data(), end, value);
    if (!decimal || error != std::errc{} || stop != end || value < least || value > most)
        fail_at_line(node.line, quoted(node.key) + " is a number from " + std::to_string(least) +
                                    " to " + std::to_string(most));
    return value;
}

template<typename Value, std::size_t count>
Value choice(const YamlNode& node,
             const std::array<std::pair<std::string_view, Value>, count>& values)
{
    const std::string word = text_of(node);
    std::string known;
    for (const auto& [name, value] : values) {
        if (name == word)
            return value;
        known += (known.empty() ? "" : ", ") + std::string{name};
    }
    fail_at_line(node.line, quoted(node.key) + " is one of " + known);
}

// A qube of the host.
std::string qube_name(const YamlNode& node)
{
    std::string name = text_of(node);
    if (name != "dom0" && !QubeName::fault(name).empty())
        fail_at_line(node.line, quoted(node.key) + " is the name of a qube");
    return name;
}

Selector selector(const YamlNode& node)
{
    const std::string text = text_of(node);
    const auto behind = [&](std::string_view word) -> std::optional<std::string> {
        if (text.size() > word.size() && (text.front() == '@' || text.front() == '$') &&
            std::string_view{text}.substr(1).starts_with(word))
            return text.substr(word.size() + 1);
        return std::nullopt;
    };
    if (const auto tag = behind("tag:")) {
        try {
            return {Selector::Kind::tag, Tag::parse(*tag).text()};
        } catch (const Error&) {
            fail_at_line(node.line, "this cannot be a tag");
        }
    }
    if (const auto type = behind("type:")) {
        constexpr std::string_view classes[] = {"AppVM", "TemplateVM", "StandaloneVM", "DispVM",
                                                "AdminVM"};
        if (std::ranges::find(classes, *type) == std::end(classes))
            fail_at_line(node.line, "no class of qubes that can be in a backup");
        return {Selector::Kind::type, *type};
    }
    if (text != "dom0" && !QubeName::fault(text).empty())
        fail_at_line(node.line, "neither a qube nor '@tag:' nor '@type:'");
    return {Selector::Kind::name, text};
}

std::vector<Selector> selectors(const YamlNode& node)
{
    if (node.kind != YamlNode::Kind::list)
        fail_at_line(node.line, quoted(node.key) + " is a list");
    std::vector<Selector> found;
    for (const YamlNode& entry : node.children)
        found.push_back(selector(entry));
    return found;
}

std::string destination_path(const YamlNode& node)
{
    std::string path = text_of(node);
    if (path.empty() || path.size() > longest_path ||
        std::ranges::any_of(path, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
        fail_at_line(node.line, "'destination_path' is a path, without control characters");
    return path;
}

Passphrase passphrase_text(const YamlNode& node)
{
    if (!node.is_text())
        fail_at_line(node.line, "quote the passphrase");
    if (!node.text.empty() && (white_space.find(node.text.front()) != std::string_view::npos ||
                               white_space.find(node.text.back()) != std::string_view::npos))
        throw BackupError{BackupFault::passphrase_whitespace,
                          "the passphrase begins or ends with a blank"};
    return Passphrase::parse(node.text);
}

std::string passphrase_qube(const YamlNode& node)
{
    std::string name = qube_name(node);
    if (name == "dom0")
        fail_at_line(node.line, "'passphrase_vm' is a qube, not dom0");
    return name;
}

std::string key_for_text(const YamlNode& node)
{
    constexpr std::size_t longest_shown = 32;
    const bool plain =
        node.key.size() <= longest_shown &&
        node.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_-") == std::string::npos;
    return plain ? "unknown key " + quoted(node.key) : "unknown key";
}

// Whether it was one of the keys for a passphrase, of the profile or of `restore`.
bool take_passphrase(PassphraseOrigin& origin, const YamlNode& node)
{
    if (node.key != "passphrase_text" && node.key != "passphrase_vm")
        return false;
    if (origin.given())
        fail_at_line(node.line, "both 'passphrase_text' and 'passphrase_vm'");
    if (node.key == "passphrase_text")
        origin.text = passphrase_text(node);
    else
        origin.qube = passphrase_qube(node);
    return true;
}

RestorePolicy restore_policy(const YamlNode& map)
{
    if (map.kind != YamlNode::Kind::map)
        fail_at_line(map.line, "'restore' is keys and values");
    RestorePolicy policy;
    for (const YamlNode& node : map.children) {
        if (node.key == "enabled")
            policy.enabled = yes_or_no(node);
        else if (node.key == "dom0_home")
            policy.dom0_home = yes_or_no(node);
        else if (node.key == "allow_default_netvm")
            policy.allow_default_netvm = yes_or_no(node);
        else if (node.key == "ignore_size_limit")
            policy.ignore_size_limit = yes_or_no(node);
        else if (node.key == "devices")
            policy.all_devices = choice<bool, 2>(node, {{{"none", false}, {"all", true}}});
        else if (node.key == "properties")
            policy.all_properties = choice<bool, 2>(node, {{{"safe", false}, {"all", true}}});
        else if (node.key == "max_bytes")
            policy.max_bytes = number<std::uint64_t>(node, 1, std::uint64_t{1} << 62);
        else if (!take_passphrase(policy.passphrase, node))
            fail_at_line(node.line, key_for_text(node));
    }
    return policy;
}

Compression compression(const YamlNode& node)
{
    if (const auto value = truth_of(node))
        return *value ? Compression::gzip : Compression::none;
    return choice<Compression, 4>(node, {{{"gzip", Compression::gzip},
                                          {"pigz", Compression::gzip},
                                          {"zstd", Compression::zstd},
                                          {"none", Compression::none}}});
}

class Reader {
public:
    explicit Reader(const ProfileId& id) : profile_{.id = id} {}

    Profile read(const YamlNode& root)
    {
        for (const YamlNode& node : root.children)
            if (!take_what(node) && !take_where(node) && !take_how(node) &&
                !take_passphrase(profile_.passphrase, node))
                fail_at_line(node.line, key_for_text(node));
        check();
        return std::move(profile_);
    }

private:
    bool take_what(const YamlNode& node)
    {
        if (node.key == "include" && node.kind == YamlNode::Kind::null) {
            profile_.include = Include::usual;
        } else if (node.key == "include") {
            profile_.include = Include::listed;
            profile_.included = selectors(node);
        } else if (node.key == "exclude") {
            profile_.excluded = selectors(node);
        } else if (node.key == "running") {
            profile_.running =
                choice<RunningQube, 4>(node, {{{"last-committed", RunningQube::last_committed},
                                               {"live-snapshot", RunningQube::live_snapshot},
                                               {"skip", RunningQube::skip},
                                               {"fail", RunningQube::fail}}});
        } else if (node.key == "skip_unchanged") {
            profile_.skip_unchanged = yes_or_no(node);
        } else if (node.key == "dom0_home") {
            profile_.dom0_home = yes_or_no(node);
        } else if (node.key == "metadata") {
            profile_.all_metadata = choice<bool, 2>(node, {{{"selected", false}, {"all", true}}});
        } else if (node.key == "mask_username") {
            profile_.mask_username = yes_or_no(node);
        } else {
            return false;
        }
        return true;
    }

    bool take_where(const YamlNode& node)
    {
        constexpr unsigned most_kept = 10'000;
        constexpr std::int64_t longest_stall = 86'400;
        if (node.key == "destination_vm") {
            profile_.destination_vm = qube_name(node);
        } else if (node.key == "destination_path") {
            profile_.destination_path = destination_path(node);
            path_line_ = node.line;
        } else if (node.key == "autostart_destination") {
            profile_.autostart_destination = yes_or_no(node);
        } else if (node.key == "stall_timeout") {
            profile_.stall_timeout =
                std::chrono::seconds{number<std::int64_t>(node, 0, longest_stall)};
        } else if (node.key == "verify") {
            profile_.verify = yes_or_no(node);
        } else if (node.key == "keep") {
            profile_.keep = number<unsigned>(node, 0, most_kept);
        } else {
            return false;
        }
        return true;
    }

    bool take_how(const YamlNode& node)
    {
        constexpr std::uint64_t most_mib = 1 << 20;
        if (node.key == "compression") {
            profile_.compression = compression(node);
        } else if (node.key == "compression_level") {
            level_ = number<int>(node, 1, 19);
            level_line_ = node.line;
        } else if (node.key == "kdf_logn") {
            profile_.cost.log_n = number<unsigned>(node, 14, 20);
        } else if (node.key == "kdf_limit_mib") {
            profile_.kdf_limits.memory = number<std::uint64_t>(node, 1, most_mib) << 20;
        } else if (node.key == "memory") {
            profile_.low_memory = choice<bool, 2>(node, {{{"normal", false}, {"low", true}}});
        } else if (node.key == "restore") {
            profile_.restore = restore_policy(node);
        } else {
            return false;
        }
        return true;
    }

    // What one key alone does not show.
    void check()
    {
        const auto missing = [](const char* key) {
            throw BackupError{BackupFault::config_invalid, quoted(key) + " is missing"};
        };
        if (profile_.destination_vm.empty())
            missing("destination_vm");
        if (profile_.destination_path.empty())
            missing("destination_path");
        if (!profile_.passphrase.given())
            throw BackupError{BackupFault::config_invalid,
                              "neither 'passphrase_text' nor 'passphrase_vm'"};
        if (profile_.local())
            check_local_path();
        constexpr int gzip_default = 4;
        constexpr int gzip_most = 9;
        constexpr int zstd_default = 3;
        const bool zstd = profile_.compression == Compression::zstd;
        if (!zstd && level_ && *level_ > gzip_most)
            fail_at_line(level_line_, "'compression_level' of gzip is a number from 1 to 9");
        profile_.compression_level = level_.value_or(zstd ? zstd_default : gzip_default);
    }

    // Never a command; and a place that has one name only.
    void check_local_path()
    {
        std::string& path = profile_.destination_path;
        while (path.size() > 1 && path.ends_with('/'))
            path.pop_back();
        const std::string steps = path + "/";
        if (!path.starts_with('/') || path == "/" || steps.find("//") != std::string::npos ||
            steps.find("/./") != std::string::npos || steps.find("/../") != std::string::npos)
            fail_at_line(path_line_, "'destination_path' in dom0 is an absolute path");
    }

    Profile profile_;
    std::optional<int> level_;
    int level_line_ = 0;
    int path_line_ = 0;
};

} // namespace

std::string Selector::text() const
{
    switch (kind) {
    case Kind::name: return value;
    case Kind::tag: return "@tag:" + value;
    case Kind::type: return "@type:" + value;
    }
    return value;
}

Profile parse_profile(const ProfileId& id, std::string_view untrusted)
{
    return Reader{id}.read(parse_yaml(untrusted));
}

} // namespace qmgmt

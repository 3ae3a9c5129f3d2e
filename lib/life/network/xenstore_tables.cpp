// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/network/xenstore_tables.hpp"

#include "base/ascii.hpp"
#include "base/error.hpp"
#include "network/table_key.hpp"
#include "network/table_reading.hpp"

#include <algorithm>
#include <optional>

namespace qmgmt {
namespace {

// Of the bytes of a key, those that a name in xenstore may have; '@' is ours.
bool is_plain(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '/';
}

// What a qube says of itself; it may write nowhere else. In QubesDB it may everywhere.
constexpr std::string_view of_the_qube[] = {"/qubes-block-devices", "/qubes-usb-devices"};

bool is_root_of_the_qube(std::string_view key)
{
    return std::ranges::count(of_the_qube, key) > 0;
}

constexpr std::string_view digits = "0123456789abcdef";

std::string name_of(std::string_view key)
{
    std::string name;
    for (const char byte : key) {
        const auto code = static_cast<unsigned char>(byte);
        if (is_plain(byte))
            name += byte;
        else
            name.append(1, '@').append(1, digits[code >> 4U]).append(1, digits[code & 15U]);
    }
    return name;
}

// Nothing for what is no name of ours.
std::optional<std::string> key_of(std::string_view name)
{
    std::string key;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] != '@') {
            key += name[i];
            continue;
        }
        if (i + 2 >= name.size())
            return std::nullopt;
        const auto high = digits.find(name[i + 1]);
        const auto low = digits.find(name[i + 2]);
        if (high == std::string_view::npos || low == std::string_view::npos)
            return std::nullopt;
        key += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return key;
}

std::string top_of(const TableOwner& qube)
{
    if (qube.id < 0)
        throw Error{failure::failed, "cannot tell a qube of its network",
                    qube.name + " does not run"};
    return "/local/domain/" + std::to_string(qube.id) + "/qubesdb";
}

std::string path_of(const TableOwner& qube, std::string_view key)
{
    static_cast<void>(parts_of_key(key));
    return top_of(qube) + name_of(key);
}

// Whether the table has the key, or one below it.
bool has(const QubeTable& table, const std::string& key)
{
    const std::string below = key + "/";
    const auto at = table.lower_bound(below);
    return table.contains(key) || (at != table.end() && at->first.starts_with(below));
}

class InXenstore : public TableStore {
public:
    explicit InXenstore(std::function<std::unique_ptr<Xenstore>()> open) : open_{std::move(open)} {}

    // What is written below gets the permissions of what is above it.
    void begin(const TableOwner& qube) override
    {
        const std::string top = top_of(qube);
        store().write(top, "");
        store().permit(top, qube.id, Xenstore::Access::read);
        for (const std::string_view key : of_the_qube) {
            const std::string path = path_of(qube, key);
            store().write(path, "");
            store().permit(path, qube.id, Xenstore::Access::read_and_write);
        }
    }

    void write(const TableOwner& qube, const QubeTable& table) override
    {
        replace(qube, whole_table, table);
    }

    // New keys come before old ones go: nobody misses one that is in both.
    void replace(const TableOwner& qube, std::span<const std::string_view> parts,
                 const QubeTable& table) override
    {
        for (const auto& [key, value] : table)
            set(qube, key, value);
        remove_others(top_of(qube), "", parts, table);
    }

    void set(const TableOwner& qube, std::string_view key, std::string_view value) override
    {
        store().write(path_of(qube, key), value);
    }

    void remove(const TableOwner& qube, std::string_view key) override
    {
        store().remove(path_of(qube, key));
    }

    void publish(const TableOwner& qube, std::span<const TableTree> trees) override
    {
        for (const TableTree& tree : trees) {
            const std::string root = path_of(qube, tree.root);
            for (const std::string& name : store().list(root))
                store().remove(std::string{root}.append("/").append(name));
        }
        for (const TableTree& tree : trees)
            for (const auto& [key, value] : tree.below)
                set(qube, key, value);
        for (const TableTree& tree : trees)
            set(qube, tree.root, "");
    }

    QubeTable read(const TableOwner& qube, std::string_view part) override
    {
        TableReading reading{part};
        read_below(top_of(qube), "", reading);
        return reading.take(qube);
    }

    // It goes with its domain, and with what else xenstore has of that.
    void forget(const TableOwner&) override {}

private:
    Xenstore& store()
    {
        if (!store_)
            store_ = open_();
        return *store_;
    }

    void remove_others(const std::string& path, const std::string& above,
                       std::span<const std::string_view> parts, const QubeTable& table)
    {
        for (const std::string& name : store().list(path)) {
            std::string child{path};
            child.append("/").append(name);
            std::string key{above};
            key.append("/").append(key_of(name).value_or(name));
            if (is_root_of_the_qube(key))
                continue;
            if (!belongs_to(key, parts) || has(table, key))
                remove_others(child, key, parts, table);
            else
                store().remove(child);
        }
    }

    // Every node has a value: an empty one of a node that has others below it is none of ours.
    void read_below(const std::string& path, const std::string& above, TableReading& reading)
    {
        for (const std::string& name : store().list(path)) {
            const std::optional<std::string> plain = key_of(name);
            const std::string key = above + "/" + plain.value_or("");
            if (!plain || reading.is_full() || !reading.leads_to_wanted(key))
                continue;
            std::string child{path};
            child.append("/").append(name);
            const std::string value = store().read(child).value_or("");
            if (!value.empty() || (store().list(child).empty() && !is_root_of_the_qube(key)))
                reading.add(key, value);
            read_below(child, key, reading);
        }
    }

    std::function<std::unique_ptr<Xenstore>()> open_;
    std::unique_ptr<Xenstore> store_;
};

} // namespace

std::unique_ptr<TableStore> xenstore_tables(std::function<std::unique_ptr<Xenstore>()> open)
{
    return std::make_unique<InXenstore>(std::move(open));
}

} // namespace qmgmt

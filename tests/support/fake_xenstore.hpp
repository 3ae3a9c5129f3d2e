// SPDX-License-Identifier: GPL-2.0-or-later
//
// Xenstore in memory, as strict as the real one about names, sizes and what is inherited.
#pragma once

#include "base/error.hpp"
#include "hypervisor/xenstore.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace qmgmt::test {

struct XenstoreNode {
    std::string value;
    std::set<int> readers = {}; // domains
    std::set<int> writers = {};

    friend bool operator==(const XenstoreNode&, const XenstoreNode&) = default;
};

class FakeXenstore : public Xenstore {
public:
    using Nodes = std::map<std::string, XenstoreNode, std::less<>>;

    // `changes`: what was done, "write PATH" or "remove PATH", in its order.
    explicit FakeXenstore(Nodes& nodes, std::vector<std::string>* changes = nullptr)
        : nodes_{nodes}, changes_{changes}
    {
    }

    std::optional<std::string> read(const std::string& path) override
    {
        check(path);
        const auto node = nodes_.find(path);
        return node == nodes_.end() ? std::nullopt : std::optional{node->second.value};
    }

    std::vector<std::string> list(const std::string& path) override
    {
        check(path);
        std::set<std::string> names;
        for (const auto& [other, node] : nodes_) {
            if (other.starts_with(path + "/"))
                names.insert(other.substr(path.size() + 1,
                                          other.find('/', path.size() + 1) - path.size() - 1));
        }
        return {names.begin(), names.end()};
    }

    void write(const std::string& path, std::string_view value) override
    {
        check(path);
        if (path.size() + 1 + value.size() > 4096)
            throw Error{failure::failed, "xenstore refused", path};
        make(path).value = value;
        note("write " + path);
    }

    void remove(const std::string& path) override
    {
        check(path);
        note("remove " + path);
        std::erase_if(nodes_, [&](const auto& node) {
            return node.first == path || node.first.starts_with(path + "/");
        });
    }

    void permit(const std::string& path, int domain, Access access) override
    {
        check(path);
        const auto node = nodes_.find(path);
        if (node == nodes_.end())
            throw Error{failure::failed, "xenstore refused", path};
        node->second.readers = {domain};
        node->second.writers =
            access == Access::read_and_write ? std::set{domain} : std::set<int>{};
    }

private:
    static void check(const std::string& path)
    {
        constexpr std::string_view allowed =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/_@";
        if (path.empty() || path.front() != '/' || path.back() == '/' || path.size() > 3072 ||
            path.find("//") != std::string::npos ||
            path.find_first_not_of(allowed) != std::string::npos)
            throw Error{failure::failed, "xenstore refused", path};
    }

    void note(std::string change)
    {
        if (changes_ != nullptr)
            changes_->push_back(std::move(change));
    }

    // Those above it, too; a new one has the permissions of the one above.
    XenstoreNode& make(const std::string& path)
    {
        const auto known = nodes_.find(path);
        if (known != nodes_.end())
            return known->second;
        XenstoreNode node;
        if (const auto slash = path.rfind('/'); slash > 0) {
            node = make(path.substr(0, slash));
            node.value.clear();
        }
        return nodes_.emplace(path, std::move(node)).first->second;
    }

    Nodes& nodes_;
    std::vector<std::string>* changes_;
};

} // namespace qmgmt::test

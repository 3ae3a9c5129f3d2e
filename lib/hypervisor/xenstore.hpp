// SPDX-License-Identifier: GPL-2.0-or-later
//
// Xenstore, the tree of text that dom0 and the domains of Xen share. Paths are absolute. Everything
// throws Error{failed} when xenstored refuses or is not there, with the path in the detail.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

class Xenstore {
public:
    virtual ~Xenstore() = default;

    // Nothing when there is no such node.
    [[nodiscard]] virtual std::optional<std::string> read(const std::string& path) = 0;
    // The names right below a node, sorted; none when there is no such node.
    [[nodiscard]] virtual std::vector<std::string> list(const std::string& path) = 0;
    // Makes the node, and those above it, where they are missing.
    virtual void write(const std::string& path, std::string_view value) = 0;
    // With all that stands below it. Nothing there is success.
    virtual void remove(const std::string& path) = 0;

    enum class Access { read, read_and_write };
    // Besides dom0, which owns it, this domain alone may use the node; what stands below it has
    // permissions of its own, and a new node gets those of the one above it.
    virtual void permit(const std::string& path, int domain, Access access) = 0;
};

// Throws Error{unsupported} when the object that links the library is not installed, Error{failed}
// when there is no xenstored.
[[nodiscard]] std::unique_ptr<Xenstore> open_xenstore();

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// The xenstore of a scratch root: the calls load a libxenstore that keeps its nodes as files
// (fake_libxenstore), which this shows and changes.
#pragma once

#include "support/run_call.hpp"
#include "support/scratch.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>

namespace qmgmt::test {

class XenstoreFiles {
public:
    // Whether the object that asks xenstore was built: it needs Xen's libraries.
    [[nodiscard]] static bool possible() { return !fake_xenstore_object().empty(); }

    // From now on the root's calls see it; the root has a fake hypervisor.
    explicit XenstoreFiles(ScratchRoot& root) : root_{&root}
    {
        std::filesystem::create_directories(root.below(std::string{directory}));
        root.environment()["LD_PRELOAD"] = fake_xenstore_object();
    }

    [[nodiscard]] std::optional<std::string> read(const std::string& path) const
    {
        const std::string file = file_of(path);
        return root_->exists(file) ? std::optional{root_->read(file)} : std::nullopt;
    }
    // With the nodes above it, where they are missing.
    void write(const std::string& path, std::string_view value) const
    {
        for (auto slash = path.find('/', 1); slash != std::string::npos;
             slash = path.find('/', slash + 1)) {
            const std::string above = file_of(path.substr(0, slash));
            if (!root_->exists(above))
                root_->write(above, "");
        }
        root_->write(file_of(path), value);
    }
    // Nobody writes any more; what is there can be read.
    void refuse() const { root_->write(std::string{directory} + "/refuse", ""); }
    void accept() const
    {
        std::filesystem::remove(root_->below(std::string{directory} + "/refuse"));
    }
    // There is no xenstored.
    void remove() const { std::filesystem::remove_all(root_->below(std::string{directory})); }

private:
    static constexpr std::string_view directory = "/run/qubes-mgmt/xdg/xenstore"; // calls may write

    static std::string file_of(std::string path)
    {
        std::ranges::replace(path, '/', '=');
        return std::string{directory} + "/" + path;
    }

    const ScratchRoot* root_;
};

} // namespace qmgmt::test

// SPDX-License-Identifier: GPL-2.0-or-later
//
// A file-reflink pool on each kind of file system in turn: where files can share blocks and where
// they cannot.
#pragma once

#include "images.hpp"
#include "storage/pool.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>

namespace qmgmt::test {

using Names = std::set<std::string>;

// A pool on each file system in turn, or nothing where that one is not to be had.
struct Place {
    explicit Place(const std::string& dir_path)
        : directory{on_disk(dir_path)}, shares{can_share(directory)}, pool{reflink_pool(dir_path)}
    {
    }

    static std::optional<Place> next()
    {
        const std::string file_system = GENERATE("plain", "ext4", "xfs", "btrfs");
        UNSCOPED_INFO("on " << file_system);
        const auto dir_path = new_pool_on(file_system);
        if (!dir_path)
            return std::nullopt;
        Place place{*dir_path};
        CHECK((file_system == "plain" || place.shares == (file_system != "ext4")));
        return place;
    }

    [[nodiscard]] std::string file(const std::string& name) const
    {
        return directory + "/appvms/app1/" + name;
    }
    [[nodiscard]] Names app1() const { return names_in(directory + "/appvms/app1"); }
    // These, and the precache where one is made.
    [[nodiscard]] Names and_precache(Names names) const
    {
        if (shares)
            names.insert("private-precache.img");
        return names;
    }
    // Numbers of the revisions of app1:private, names of other shapes left out.
    [[nodiscard]] std::set<int> revisions() const
    {
        std::set<int> numbers;
        const std::string start = "private.img.";
        for (const auto& name : app1())
            if (name.starts_with(start) && name[start.size()] >= '1' && name[start.size()] <= '9')
                numbers.insert(std::stoi(name.substr(start.size())));
        return numbers;
    }
    void cycle(const Volume& volume, const std::string& text) const
    {
        pool->start(volume);
        if (!text.empty())
            write_image(file("private-dirty.img"), text);
        pool->stop(volume);
    }

    std::string directory;
    bool shares;
    std::unique_ptr<Pool> pool;
};

} // namespace qmgmt::test

// SPDX-License-Identifier: GPL-2.0-or-later
//
// A World whose qubes have images, and what of them is on disk.
#pragma once

#include "calls/world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace qmgmt::test {

class DiskWorld : public World {
public:
    explicit DiskWorld(const std::string& store = store_text_on_files()) : World{store}
    {
        root.make_images();
    }

    // Every path below the root that belongs to volumes or intents, and nothing else.
    [[nodiscard]] std::vector<std::string> files() const
    {
        std::vector<std::string> found;
        for (const char* const top :
             {"/var/lib/qubes", "/var/lib/qm-lvm", "/var/lib/qubes-mgmt/intent"})
            if (root.exists(top))
                for (const auto& entry :
                     std::filesystem::recursive_directory_iterator{root.below(top)})
                    found.push_back(entry.path());
        std::ranges::sort(found);
        return found;
    }

    // Fails and leaves every file and directory as it was.
    void fails_cleanly(const Ask& ask, FailureType type) const
    {
        const auto before = files();
        fails(ask, type);
        CHECK(files() == before);
    }
};

} // namespace qmgmt::test

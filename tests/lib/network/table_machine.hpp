// SPDX-License-Identifier: GPL-2.0-or-later
//
// A machine whose qubes have their tables in files, and what can be seen of them from outside.
#pragma once

#include "network/table_directory.hpp"
#include "support/failure_of.hpp"
#include "support/in_root.hpp"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace qmgmt::test {

namespace fs = std::filesystem;

inline const TableOwner qube{"work", *Uuid::parse("5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04"), 7};
inline const TableOwner other{"net", *Uuid::parse("7d1b6d0e-55f1-4e2c-93b3-2f7c9c9c0e03"), 8};

inline std::string content(const fs::path& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

class Machine {
public:
    Machine() { home_ = root_.make_way("/run/qubes-mgmt/qdb"); }

    [[nodiscard]] const Root& root() const { return root_; }
    [[nodiscard]] fs::path table(const TableOwner& of = qube) const
    {
        return home_ / of.uuid.text();
    }

    // What the program does, with the umask of a call; true when nothing was thrown.
    template<typename Work>
    [[nodiscard]] bool does(Work work) const
    {
        return root_.run([&] {
            ::umask(0077);
            work(*directory_tables());
            return true;
        });
    }

    // All files of a table, by their path in it; links and others are named, not followed.
    [[nodiscard]] QubeTable files(const TableOwner& of = qube) const
    {
        QubeTable found;
        if (!fs::exists(table(of)))
            return found;
        for (const auto& entry : fs::recursive_directory_iterator{table(of)}) {
            const std::string key = entry.path().string().substr(table(of).string().size());
            if (entry.symlink_status().type() == fs::file_type::regular)
                found[key] = content(entry.path());
            else if (entry.symlink_status().type() != fs::file_type::directory)
                found[key] = "(not a file)";
        }
        return found;
    }

    // Everything below the root but the table.
    [[nodiscard]] QubeTable surroundings() const
    {
        QubeTable found;
        const fs::path top = home_.parent_path().parent_path().parent_path();
        for (auto at = fs::recursive_directory_iterator{top}; at != fs::end(at); ++at) {
            if (at->path() == table())
                at.disable_recursion_pending();
            else
                found[at->path()] = at->is_regular_file() ? content(at->path()) : "";
        }
        return found;
    }

private:
    Root root_;
    fs::path home_;
};

} // namespace qmgmt::test

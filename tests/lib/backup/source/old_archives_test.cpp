// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/source/old_archives.hpp"
#include "base/error.hpp"
#include "support/catch.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdlib.h>

using namespace qmgmt;

namespace fs = std::filesystem;

namespace {

using Names = std::set<std::string>;

struct Archives {
    explicit Archives(const Names& names)
    {
        std::array<char, 16> pattern{"/tmp/qm.XXXXXX"};
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path = pattern.data();
        for (const std::string& name : names)
            std::ofstream{path / name} << name;
    }
    Archives(const Archives&) = delete;
    Archives& operator=(const Archives&) = delete;
    ~Archives() { fs::remove_all(path); }

    [[nodiscard]] Names left() const
    {
        Names names;
        for (const auto& entry : fs::directory_iterator{path})
            names.insert(entry.path().filename());
        return names;
    }

    fs::path path;
};

const ProfileId nightly = ProfileId::parse("nightly");

std::time_t local_time(int year, int month, int day)
{
    std::tm parts{};
    parts.tm_year = year - 1900;
    parts.tm_mon = month - 1;
    parts.tm_mday = day;
    parts.tm_hour = 1;
    parts.tm_isdst = -1;
    return std::mktime(&parts);
}

} // namespace

TEST_CASE("old archives: the newest stay, by the time in their names", "[backup]")
{
    const Archives place{{"qubes-nightly-2025-12-31T235959", "qubes-nightly-2026-01-01T000000",
                          "qubes-nightly-2026-01-01T000000-2", "qubes-nightly-2026-01-01T000000-10",
                          "qubes-nightly-2025-01-01T000000"}};
    CHECK(remove_old_archives(place.path, nightly, 2, {}) ==
          std::vector<std::string>{"qubes-nightly-2026-01-01T000000",
                                   "qubes-nightly-2025-12-31T235959",
                                   "qubes-nightly-2025-01-01T000000"});
    CHECK(place.left() ==
          Names{"qubes-nightly-2026-01-01T000000-2", "qubes-nightly-2026-01-01T000000-10"});
    CHECK(remove_old_archives(place.path, nightly, 2, {}).empty());
}

TEST_CASE("old archives: what this profile has not made is nobody's to remove", "[backup]")
{
    const Names others = {"qubes-2026-01-01T000000", // of another program
                          "qubes-nightly2-2026-01-01T000000",
                          "qubes-nightly-b-2026-01-01T000000",
                          ".qubes-nightly-2026-01-01T000000.partial",
                          "qubes-nightly-2026-01-01T000000.old",
                          "qubes-nightly-2026-01-01T000000-1",
                          "qubes-nightly-2026-01-01T000000-x",
                          "qubes-nightly-2026-01-01",
                          "qubes-nightly-aaaa-bb-ccTdddddd",
                          "notes"};
    const Archives place{others};
    fs::create_directory(place.path / "qubes-nightly-2024-01-01T000000");
    fs::create_symlink("notes", place.path / "qubes-nightly-2024-01-01T000001");
    const auto before = place.left();
    CHECK(remove_old_archives(place.path, nightly, 0, {}).empty());
    CHECK(place.left() == before);
    CHECK_THROWS_AS(remove_old_archives(place.path / "not", nightly, 1, {}), Error);
}

TEST_CASE("old archives: the latest copy of a qube that has not changed stays", "[backup]")
{
    const Archives place{{"qubes-nightly-2026-01-03T010000", "qubes-nightly-2026-01-02T010000",
                          "qubes-nightly-2026-01-01T010000"}};
    CHECK(remove_old_archives(place.path, nightly, 1, {local_time(2026, 1, 1)}) ==
          std::vector<std::string>{"qubes-nightly-2026-01-02T010000"});
    CHECK(place.left() ==
          Names{"qubes-nightly-2026-01-03T010000", "qubes-nightly-2026-01-01T010000"});
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/paths.hpp"
#include "storage/export_journal.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const ExportJournal::Entry one{"default", "appvms/work/private", "0123456789"};
const ExportJournal::Entry other{"lvm", "vg0/vm-work-root", "0123456789"};

std::string file(const std::string& name)
{
    static_cast<void>(scratch_root());
    return paths::below_root(paths::kept_of_backups) + "/" + name + ".run";
}

// A program that has written both down, and ends, or goes on until it is told.
template<typename Work>
pid_t in_another(Work work)
{
    const pid_t child = ::fork();
    if (child == 0) {
        auto journal = ExportJournal::begin("nightly");
        if (!journal)
            ::_exit(1);
        journal->add(one);
        journal->add(other);
        work();
        ::_exit(0);
    }
    return child;
}

} // namespace

TEST_CASE("export journal: what a living program has is told from what a dead one left",
          "[storage]")
{
    CHECK_FALSE(ExportJournal::holds(one));
    CHECK(ExportJournal::abandoned().empty());
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = in_another([&] {
        static_cast<void>(::write(ready[1], "x", 1));
        ::pause();
    });
    char letter = 0;
    REQUIRE(::read(ready[0], &letter, 1) == 1);
    CHECK(ExportJournal::holds(one));
    CHECK(ExportJournal::holds(other));
    CHECK_FALSE(ExportJournal::holds({one.pool, one.vid, "abcdef0123"}));
    CHECK_FALSE(ExportJournal::holds({one.pool, other.vid, one.key}));
    CHECK(ExportJournal::abandoned().empty());
    CHECK_FALSE(ExportJournal::begin("nightly"));
    CHECK(::kill(child, SIGKILL) == 0);
    CHECK(::waitpid(child, nullptr, 0) == child);

    CHECK_FALSE(ExportJournal::holds(one));
    CHECK_FALSE(ExportJournal::begin("nightly"));
    {
        auto left = ExportJournal::abandoned();
        REQUIRE(left.size() == 1);
        CHECK(left[0].entries() == std::vector<ExportJournal::Entry>{one, other});
        CHECK(left[0].entries()[0].volume().kind() == VolumeKind::origin);
        CHECK(ExportJournal::abandoned().empty()); // who drops them has it
        CHECK(ExportJournal::holds(one));
        left[0].end();
    }
    CHECK_FALSE(std::filesystem::exists(file("nightly")));
    CHECK(ExportJournal::abandoned().empty());
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("export journal: a line that was cut off named nothing", "[storage]")
{
    std::filesystem::create_directories(paths::below_root(paths::kept_of_backups));
    std::ofstream{file("cut")} << "default appvms/work/private 0123456789\n"
                                  "default appvms/work/root\nlvm vg0/x zz\n"
                                  "lvm vg0/vm-work-root 01234";
    auto left = ExportJournal::abandoned();
    REQUIRE(left.size() == 1);
    CHECK(left[0].entries() == std::vector<ExportJournal::Entry>{one});
    left[0].end();

    auto own = ExportJournal::begin("cut");
    REQUIRE(own);
    CHECK(own->entries().empty());
    CHECK(ExportJournal::abandoned().empty());
    own->add(one);
    CHECK(ExportJournal::holds(one)); // also for who has it
    own->end();
    CHECK_FALSE(ExportJournal::holds(one));
}

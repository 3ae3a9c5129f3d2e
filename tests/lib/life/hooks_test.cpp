// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/paths.hpp"
#include "life/hooks.hpp"
#include "store/store.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using qmgmt::test::Root;

namespace {

constexpr std::string_view store_text =
    R"(<qubes><labels><label id="label-1" color="0xcc0000">red</label></labels><pools/><properties/><domains>
<domain id="domain-1" class="StandaloneVM"><properties>
<property name="label">red</property><property name="name">work</property>
<property name="qid">1</property><property name="uuid">00000000-0000-4000-8000-000000000001</property>
</properties></domain></domains></qubes>
)";

// A program of the administrator, which writes down what it was started with.
void add(const Root& root, const std::string& name, const std::string& script, mode_t mode = 0755)
{
    const std::string path = "/etc/qubes/mgmt-hooks/" + name;
    root.write(path, "#!/bin/sh\n" + script);
    REQUIRE(::chmod(root.make_way(path).c_str(), mode) == 0);
}

const std::string writes = R"(echo "${0##*/}" "$@" >> "$QUBES_MGMT_ROOT/ran")";

// What ran at the event, and "refused" when that is what became of it.
std::string run(const Root& root, std::string_view event)
{
    const std::string outcome = root.make_way("/outcome");
    const bool ran = root.run([&] {
        Fd file{::memfd_create("store", MFD_CLOEXEC)};
        if (!write_all(file.get(), store_text))
            return false;
        const Store store = Store::load(std::move(file), Dialect::current);
        try {
            run_hooks(event, store.qube("work"), {{"start_guid", "7"}});
        } catch (const Error& error) {
            if (error.kind() != Failure::failed || error.text() != "a hook refused it for 'work'")
                return false;
            root.write("/refused", "");
        }
        return true;
    });
    CHECK(ran);
    std::string all = read_small_file(root.make_way("/ran"));
    if (::access(root.make_way("/refused").c_str(), F_OK) == 0)
        all += "refused";
    return all;
}

const std::string words = " work 00000000-0000-4000-8000-000000000001 start_guid=7\n";

} // namespace

TEST_CASE("hooks: run in the order of their names, and are told what it is about", "[life]")
{
    const Root root;
    add(root, "domain-start.d/20-second", writes);
    add(root, "domain-start.d/10-first", writes);
    add(root, "domain-stopped.d/10-other", writes);
    CHECK(run(root, "domain-start") ==
          "10-first domain-start" + words + "20-second domain-start" + words);
}

TEST_CASE("hooks: the first that refuses what has not happened yet is the last", "[life]")
{
    const Root root;
    add(root, "domain-pre-start.d/10-first", writes);
    add(root, "domain-pre-start.d/20-veto", "exit 3");
    add(root, "domain-pre-start.d/30-third", writes);
    CHECK(run(root, "domain-pre-start") == "10-first domain-pre-start" + words + "refused");
}

TEST_CASE("hooks: one that fails after the fact holds nobody up", "[life]")
{
    const Root root;
    add(root, "domain-start.d/10-fails", "exit 3");
    add(root, "domain-start.d/20-next", writes);
    CHECK(run(root, "domain-start") == "20-next domain-start" + words);
}

TEST_CASE("hooks: what others may change, cannot run or is a leftover is passed over", "[life]")
{
    const Root root;
    add(root, "domain-start.d/10-of-a-group", writes, 0775);
    add(root, "domain-start.d/11-of-all", writes, 0757);
    add(root, "domain-start.d/12-not-executable", writes, 0644);
    add(root, "domain-start.d/13-old~", writes);
    add(root, "domain-start.d/14-old.rpmsave", writes);
    add(root, "domain-start.d/.hidden", writes);
    add(root, "domain-start.d/15-directory/x", writes);
    add(root, "domain-start.d/16-good", writes);
    CHECK(run(root, "domain-start") == "16-good domain-start" + words);
    CHECK(run(root, "domain-shutdown") == "16-good domain-start" + words); // none, no directory
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "state/record.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

using namespace qmgmt;
using qmgmt::test::Root;

TEST_CASE("record: what is saved is loaded, in its order, keys that stand twice too", "[state]")
{
    const Root root;
    const std::string path = root.make_way("/record");
    Record record;
    record.add("name", "work");
    record.add("volume", "root");
    record.add("volume", "private");
    record.add("empty", "");
    record.add("odd", "a=b");
    record.set("name", "home");
    record.set("new", "1");
    record.save(path, true);

    const auto loaded = Record::load(path);
    REQUIRE(loaded);
    CHECK(loaded->get("name") == "home");
    CHECK(loaded->get("volume") == "root");
    CHECK(loaded->all("volume") == std::vector<std::string>{"root", "private"});
    CHECK(loaded->all("none").empty());
    CHECK(loaded->get("empty").empty());
    CHECK(loaded->get("odd") == "a=b");
    CHECK(loaded->get("new") == "1");
}

TEST_CASE("record: none where there is no file; lines that are none are skipped", "[state]")
{
    const Root root;
    CHECK_FALSE(Record::load(root.make_way("/none")));
    root.write("/torn", "phase=created\nnonsense\n\n=x\nxid=4\nname=wo");
    const auto loaded = Record::load(root.make_way("/torn"));
    REQUIRE(loaded);
    CHECK(loaded->get("phase") == "created");
    CHECK(loaded->get("xid") == "4");
    CHECK(loaded->get("name") == "wo"); // the last line of a file without an end
    CHECK(loaded->get("nonsense").empty());
}

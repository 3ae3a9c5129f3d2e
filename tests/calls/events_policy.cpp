// SPDX-License-Identifier: GPL-2.0-or-later
//
// mgmt.Events: who hears of what (protocol.md 3.3). mgr listens; work has the tag created-by-mgr.

#include "calls/events_world.hpp"
#include "calls/world.hpp"
#include "support/catch.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

const Ask as_mgr{"dom0", "Events", "", "", "mgr"};
constexpr std::string_view policy_file = "/etc/qubes/policy.d/30-mgr.policy";

struct Policed : World {
    explicit Policed(std::string_view lines) { say(lines); }

    void say(std::string_view lines) const { root.write(policy_file, lines); }

    // What mgr hears of what happens to work and others, up to a word that it may hear: the
    // connection and the last word are not in it.
    std::string told(const Ask& listening, const std::vector<Ask>& happens) const
    {
        Listener listener{root, listening};
        REQUIRE(listener.hears(established));
        for (const Ask& each : happens)
            gives(each, "");
        gives({"mgr", "vm.feature.Set", "last", std::to_string(++words_)}, "");
        const std::string last =
            "mgr domain-feature-set:last feature=last value=" + std::to_string(words_);
        CHECK(listener.hears(last));
        std::string heard = listener.heard();
        CHECK(heard.starts_with(established));
        heard.erase(0, established.size());
        return heard.substr(0, heard.rfind(last));
    }

    mutable int words_ = 0;
};

constexpr std::string_view last_word = "mgmt.Events +domain-feature-set_last mgr mgr allow\n";

std::string with_last_word(std::string_view lines)
{
    return std::string{last_word}.append(lines);
}

} // namespace

TEST_CASE("protocol.md P19: an event whose name is denied is not heard")
{
    const Policed world{with_last_word("mgmt.Events +domain-tag-add_x mgr work deny\n"
                                       "mgmt.Events * mgr * allow\n")};
    CHECK(world.told(as_mgr, {{"work", "vm.tag.Set", "x"},
                              {"work", "vm.tag.Set", "y"},
                              {"sys-net", "vm.tag.Set", "x"}}) ==
          "work domain-tag-add:y tag=y\nsys-net domain-tag-add:x tag=x\n");
}

TEST_CASE("protocol.md P20: what a person would be asked about is not heard")
{
    const Policed world{with_last_word("mgmt.Events * mgr work ask\n"
                                       "mgmt.Events * mgr * allow\n")};
    CHECK(world.told(as_mgr, {{"work", "vm.tag.Set", "x"}, {"sys-net", "vm.tag.Set", "x"}}) ==
          "sys-net domain-tag-add:x tag=x\n");
}

TEST_CASE("Events: a policy that allows nothing, or says nonsense, tells nothing")
{
    const Policed world{with_last_word("")};
    CHECK(world.told(as_mgr, {{"work", "vm.tag.Set", "x"}}).empty());
    Listener listener{world.root, as_mgr};
    REQUIRE(listener.hears(established));
    world.say("mgmt.Events * mgr * allow nonsense=1\n");
    world.gives({"work", "vm.tag.Set", "y"}, "");
    CHECK_FALSE(listener.hears("domain-tag-add", std::chrono::milliseconds{300}));
    world.say("mgmt.Events * mgr * allow\n"); // and the stream goes by it at once
    world.gives({"work", "vm.tag.Set", "z"}, "");
    CHECK(listener.hears("domain-tag-add:z"));
    CHECK(listener.count("domain-tag-add") == 1);
}

TEST_CASE("Events: what is allowed is asked anew when a file of the policy changes, or appears")
{
    const Policed world{"!include include/mgr\nmgmt.Events +domain-tag-add_z mgr work allow\n"};
    world.root.write("/etc/qubes/policy.d/include/mgr", "mgmt.Events * mgr work allow\n");
    Listener listener{world.root, as_mgr};
    REQUIRE(listener.hears(established));
    world.gives({"work", "vm.tag.Set", "a"}, "");
    CHECK(listener.hears("domain-tag-add:a"));
    world.root.write("/etc/qubes/policy.d/include/mgr",
                     "mgmt.Events +domain-tag-add_b mgr work deny\n");
    world.gives({"work", "vm.tag.Set", "b"}, "");
    world.gives({"work", "vm.tag.Set", "z"}, "");
    CHECK(listener.hears("domain-tag-add:z"));
    CHECK(listener.count("domain-tag-add") == 2);
    world.root.write("/run/qubes/policy.d/10-new.policy", "mgmt.Events * mgr work allow\n");
    world.gives({"work", "vm.tag.Set", "d"}, "");
    CHECK(listener.hears("domain-tag-add:d"));
}

TEST_CASE("Events: a qube that is removed is judged by the tags that it had")
{
    const Policed world{with_last_word("mgmt.Events * mgr @tag:created-by-mgr allow\n"
                                       "mgmt.Events +domain-tag-add_created-by-mgr * * deny\n")};
    world.root.make_images();
    const std::string heard = world.told(
        as_mgr,
        {{"sys-net", "vm.tag.Set", "x"}, {"work", "vm.tag.Set", "x"}, {"work", "vm.Remove"}});
    CHECK(heard.starts_with("work domain-tag-add:x tag=x\n"));
    CHECK(heard.find("\n- domain-delete vm=work\n") != std::string::npos);
}

TEST_CASE("Events: a tag that a qube loses is one that its listener loses")
{
    const Policed world{with_last_word("mgmt.Events * mgr @tag:shown allow\n")};
    CHECK(world.told(as_mgr, {{"work", "vm.tag.Set", "shown"},
                              {"work", "vm.tag.Set", "a"},
                              {"work", "vm.tag.Remove", "shown"},
                              {"work", "vm.tag.Set", "b"}}) ==
          "work domain-tag-add:shown tag=shown\nwork domain-tag-add:a tag=a\n");
}

TEST_CASE("Events: what is about the host is judged as dom0's, and each name by its own lines")
{
    const Policed world{with_last_word("mgmt.Events * mgr @anyvm allow\n"
                                       "admin.Events * mgr @adminvm allow\n"
                                       "mgmt.Events +property-set_updatevm mgr @adminvm allow\n")};
    const std::vector<Ask> happens = {{"dom0", "property.Set", "stats_interval", "5"},
                                      {"dom0", "property.Set", "updatevm", "sys-net"}};
    const std::string heard = world.told(as_mgr, happens);
    CHECK(heard.starts_with("- property-set:updatevm "));
    CHECK(heard.find("stats_interval") == std::string::npos);
    Listener listener{world.root, {"dom0", "admin.Events", "", "", "mgr"}};
    REQUIRE(listener.hears("connection-established"));
    world.gives({"work", "vm.tag.Set", "t"}, "");
    world.gives({"dom0", "property.Set", "stats_interval", "7"}, "");
    CHECK(listener.hears("stats_interval"));
    CHECK(listener.count("domain-tag-add") == 0);
}

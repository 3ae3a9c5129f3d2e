// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/assignment.hpp"
#include "support/catch.hpp"

using namespace qmgmt;

namespace {

Qube qube(const std::string& devices)
{
    return {"work", parse_element("<domain class=\"AppVM\">" + devices + "</domain>")};
}

std::string summary(const Assignment& assignment)
{
    std::string text = assignment.backend + "+" + assignment.port + ":" + assignment.identity;
    text += assignment.mode == Assignment::Mode::required      ? " required"
            : assignment.mode == Assignment::Mode::auto_attach ? " auto"
                                                               : " ask";
    for (const auto& [name, value] : assignment.options)
        text += " " + name + "=" + value;
    return text;
}

std::string all(const Qube& qube, std::string_view klass)
{
    std::string text;
    for (const Assignment& assignment : assignments_of(qube, klass))
        text += summary(assignment) + "\n";
    return text;
}

} // namespace

TEST_CASE("assignments: each generation of the store is read as it was meant")
{
    const Qube work = qube(R"(<devices class="pci">
        <device backend-domain="dom0" id="00_1f.3"/>
        <device backend-domain="dom0" id="00_1f.4" required="yes"/>
        <device backend-domain="dom0" id="00_1f.5" required="no"/>
        <device backend-domain="dom0" id="00_1f.6" mode="required" identity="a:b::p040300"/>
        <device mode="auto-attach"/>
        <device backend-domain="dom0" id="00_1f.7" mode="ask-to-attach" required="yes"/>
        <device backend-domain="dom0" id="00_1f.0" mode="sometimes"/>
        <note/>
    </devices>)");
    CHECK(all(work, "pci") == "dom0+00_1f.3:* required\n"
                              "dom0+00_1f.4:* required\n"
                              "dom0+00_1f.5:* auto\n"
                              "dom0+00_1f.6:a:b::p040300 required\n"
                              "*+*:* auto\n"
                              "dom0+00_1f.7:* ask\n");
    CHECK(all(work, "block").empty());
    CHECK(all(qube(""), "pci").empty());
}

TEST_CASE("assignments: options are text, and some of them switches")
{
    const Qube work = qube(R"(<devices class="block"><device backend-domain="sys-usb" id="sda">
        <option name="read-only">yes</option><option name="frontend-dev">xvdk</option>
        <option name="permissive">True</option><option name="off">False</option>
        <option name="empty"/><option>nameless</option></device></devices>
        <devices class="block"><device id="sdb"/></devices>)");
    const auto found = assignments_of(work, "block");
    REQUIRE(found.size() == 2);
    CHECK(found[0].option("frontend-dev") == "xvdk");
    CHECK(found[0].option("empty") == "");
    CHECK(!found[0].option("devtype"));
    CHECK(found[0].has("read-only"));
    CHECK(found[0].has("permissive"));
    for (const char* const off : {"off", "empty", "frontend-dev", "none"})
        CHECK(!found[0].has(off));
    CHECK(summary(found[1]) == "*+sdb:* required");
}

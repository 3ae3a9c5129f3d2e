// SPDX-License-Identifier: GPL-2.0-or-later

#include "fixture.hpp"
#include "store/scan.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <array>

using namespace qmgmt;
using qmgmt::test::crowded;
using qmgmt::test::failure_of;
using qmgmt::test::with;

namespace {

std::string only_fault(const std::string& bytes)
{
    const auto faults = scan_store(bytes).faults;
    REQUIRE(faults.size() == 1);
    return std::to_string(line_of(bytes, faults[0].offset)) + " " + faults[0].subject + ": " +
           faults[0].text;
}

} // namespace

TEST_CASE("scan: finds every section and qube of a crowded store", "[store]")
{
    const Scanned scanned = scan_store(crowded);
    CHECK(scanned.faults.empty());
    CHECK(scanned.index.dialect() == Dialect::r40);
    REQUIRE(scanned.index.size() == 3);
    CHECK(scanned.index.entry(0).name == "dom0");
    const IndexEntry net = scanned.index.entry(2);
    CHECK(net.name == "net");
    CHECK(net.klass == "AppVM");
    CHECK(net.qid == 2);
    CHECK(net.netvm_choice == NetvmChoice::none);
    CHECK(net.provides_network);
    CHECK(net.template_name == "tmpl");
    CHECK(crowded.substr(net.range.begin, 22) == "<domain id=\"domain-2\" ");
    CHECK(crowded.substr(net.range.end - 9, 9) == "</domain>");
}

TEST_CASE("scan: the index has the tags of each qube, and whether it makes disposables", "[store]")
{
    const auto scanned_with = [](std::string_view part) {
        return scan_store(with(crowded, "<property name=\"provides_network\">",
                               std::string{part} + "<property name=\"provides_network\">"));
    };
    CHECK(scan_store(crowded).index.entry(2).tags.empty() ==
          (crowded.find("<tag ") == std::string_view::npos));
    const Scanned disposable =
        scanned_with("<property name=\"template_for_dispvms\">True</property>");
    CHECK(disposable.index.entry(2).template_for_dispvms);
    CHECK_FALSE(disposable.index.entry(1).template_for_dispvms);

    for (const auto& [tags, text] : std::vector<std::pair<std::string, std::string>>{
             {"<tags/>", ""},
             {"<tags><tag name='b'/><tag name=\"a&#45;1\"/></tags>", " b a-1 "},
             {"<tags><tag/><tag name=''/><tag name='a b'/><tag name='c'/></tags>", " c "},
             {"<tags><tag name='a'/></tags><tags><tag name='b'/></tags>", " a "},
             {"<tags><other name='a'/></tags>", ""}}) {
        const std::string store = "<?xml version='1.0' encoding='UTF-8'?><qubes version='3.0'>"
                                  "<labels/><domains><domain id='domain-0' class='AdminVM'>"
                                  "<properties/>" +
                                  tags + "</domain></domains></qubes>";
        INFO(tags);
        CHECK(scan_store(store).index.entry(0).tags == text);
    }
}

TEST_CASE("scan: what upstream could not load at all is refused whole", "[store]")
{
    const std::array<std::string, 9> broken = {
        "",
        "<qubes>",
        std::string{crowded.substr(0, crowded.size() / 2)},
        with(crowded, "<!-- by hand -->", "<!DOCTYPE qubes>"),
        with(crowded, "encoding='UTF-8'", "encoding='ISO-8859-1'"),
        with(crowded, "<qubes version", "<cubes version"),
        with(crowded, "<property name=\"qid\">2<", "<property name=\"qid\">1<"),
        with(crowded, ">net</property>\n        <property name=\"prov",
             ">tmpl</property>\n        <property name=\"prov"),
        with(crowded, "1e02", "1e01"),
    };
    for (const std::string& bytes : broken) {
        INFO(bytes.substr(0, 300));
        CHECK(failure_of([&] { static_cast<void>(scan_store(bytes)); }) == Failure::store);
    }
    CHECK(failure_of([] { static_cast<void>(scan_store("<qubes><labels/></qubes>")); }) ==
          Failure::store);
    CHECK(failure_of([] { static_cast<void>(scan_store("<qubes><domains/></qubes>")); }) ==
          Failure::store);
}

TEST_CASE("scan: anything else makes one qube bad, with its line", "[store]")
{
    CHECK(only_fault(with(crowded, "<property name=\"template\">tmpl",
                          "<property name=\"template\">gone")) ==
          "28 qube 'net': its template 'gone' does not exist");
    CHECK(only_fault(
              with(crowded, "<property name=\"label\">red<", "<property name=\"label\">pink<")) ==
          "28 qube 'net': its label 'pink' does not exist");
    CHECK(only_fault(with(crowded, "id=\"domain-2\"", "id=\"domain-3\"")) ==
          "28 qube 'net': its id does not match its qid");
    CHECK(only_fault(with(crowded, "<property name=\"netvm\"></property>", "")) ==
          "28 qube 'net': its netvm leads back to itself");
    CHECK(only_fault(with(crowded, "<property name=\"template\">tmpl",
                          "<property name=\"template\">net")) ==
          "28 qube 'net': its template 'net' cannot be one");
    CHECK(only_fault(with(crowded, "<property name=\"template\">tmpl</property>", "")) ==
          "28 qube 'net': it has no template");
    CHECK(only_fault(with(crowded, "id='label-8'", "id='label-1'"))
              .starts_with("6 label 'black': another label has its index"));
}

TEST_CASE("scan: dialect current shows itself in many ways", "[store]")
{
    for (const auto& [from, to] :
         {std::pair{"driver=\"file-reflink\"/>",
                    "driver=\"file-reflink\" ephemeral_volatile=\"False\"/>"},
          std::pair{"<property name=\"netvm\"></property>",
                    "<property name=\"netvm\"></property><property name=\"guivm\">dom0</property>"},
          std::pair{"<tags></tags>",
                    "<tags></tags><devices class=\"usb\"><device backend-domain=\"net\" id=\"1\" "
                    "mode=\"required\"/></devices>"},
          std::pair{"<property name=\"default_netvm\">net</property>",
                    "<property name=\"default_netvm\">net</property><property "
                    "name=\"management_dispvm\"></property>"}}) {
        INFO(to);
        CHECK(scan_store(with(crowded, from, to)).index.dialect() == Dialect::current);
    }
}

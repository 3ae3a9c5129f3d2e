// SPDX-License-Identifier: GPL-2.0-or-later

#include "fixture.hpp"
#include "store/scan.hpp"
#include "store/splice.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace qmgmt;
using qmgmt::test::crowded;
using qmgmt::test::with;

namespace {

Store store_of(std::string_view bytes)
{
    Fd fd{::memfd_create("store", MFD_CLOEXEC)};
    REQUIRE(write_all(fd.get(), bytes));
    return Store::load(std::move(fd), std::nullopt);
}

// After an edit the index that was moved along is the index a scan would make.
void check_index(const Store& store)
{
    const Index scanned = scan_store(store.all_bytes()).index;
    REQUIRE(scanned.size() == store.index().size());
    for (std::size_t i = 0; i < scanned.size(); ++i) {
        CHECK(scanned.entry(i).name == store.index().entry(i).name);
        CHECK(scanned.entry(i).range == store.index().entry(i).range);
    }
    CHECK(scanned.sections().labels == store.index().sections().labels);
    CHECK(scanned.sections().pools == store.index().sections().pools);
    CHECK(scanned.sections().properties == store.index().sections().properties);
    CHECK(scanned.sections().domains == store.index().sections().domains);
}

template<typename Edit>
std::string after(std::string_view bytes, Edit&& edit)
{
    Store store = store_of(bytes);
    edit(store);
    check_index(store);
    return store.all_bytes();
}

} // namespace

TEST_CASE("splice: a value changes in its place, to the byte", "[store]")
{
    CHECK(
        after(crowded, [](Store& s) { CHECK(splice::set_property(s, "net", "label", "black")); }) ==
        with(crowded, ">red</property>\n        <property name=\"name\">net",
             ">black</property>\n        <property name=\"name\">net"));
    CHECK(after(crowded, [](Store& s) {
              CHECK(splice::set_property(s, "tmpl", "label", "red"));
          }) == with(crowded, "<![CDATA[black]]>", "red"));
    CHECK(after(crowded, [](Store& s) { CHECK(splice::set_feature(s, "net", "lines", "x<y")); }) ==
          with(crowded, "a&#13;\nb", "x&lt;y"));
    CHECK(after(crowded, [](Store& s) { CHECK(splice::set_global(s, "default_netvm", "")); }) ==
          with(crowded, "\"default_netvm\">net<", "\"default_netvm\"><"));
}

TEST_CASE("splice: the same again changes nothing", "[store]")
{
    CHECK(after(crowded, [](Store& s) {
              CHECK_FALSE(splice::set_property(s, "net", "label", "red"));
              CHECK_FALSE(splice::add_tag(s, "net", "b"));
              CHECK_FALSE(splice::remove_tag(s, "net", "zz"));
              CHECK_FALSE(splice::remove_property(s, "net", "memory"));
              CHECK_FALSE(splice::remove_feature(s, "tmpl", "x"));
              CHECK_FALSE(splice::set_global(s, "default_netvm", "net"));
          }) == crowded);
}

TEST_CASE("splice: a new element stands where upstream would sort it", "[store]")
{
    CHECK(after(crowded, [](Store& s) { splice::add_tag(s, "net", "c"); }) ==
          with(crowded, "        <tag name=\"d\"/>",
               "        <tag name=\"c\"/>\n        <tag name=\"d\"/>"));
    CHECK(after(crowded, [](Store& s) { splice::add_tag(s, "net", "e"); }) ==
          with(crowded, "<tag name=\"d\"/>", "<tag name=\"d\"/>\n        <tag name=\"e\"/>"));
    // memory is of stage 2: behind label, before name; kernelopts of stage 4: before netvm
    CHECK(after(crowded, [](Store& s) { splice::set_property(s, "net", "memory", "400"); }) ==
          with(crowded, "<property name=\"name\">net",
               "<property name=\"memory\">400</property>\n        <property name=\"name\">net"));
    CHECK(after(crowded, [](Store& s) { splice::set_property(s, "net", "kernelopts", "a"); }) ==
          with(crowded, "<property name=\"netvm\">",
               "<property name=\"kernelopts\">a</property>\n        <property name=\"netvm\">"));
}

TEST_CASE("splice: an empty or missing container is made", "[store]")
{
    CHECK(after(crowded, [](Store& s) { splice::set_feature(s, "tmpl", "f", ""); }) ==
          with(crowded, "<features/>",
               "<features>\n        <feature name=\"f\"></feature>\n      </features>"));
    CHECK(after(crowded, [](Store& s) { splice::add_tag(s, "tmpl", "t"); }) ==
          with(crowded, "<tags></tags>", "<tags>\n        <tag name=\"t\"/>\n      </tags>"));
    // dom0 stands on one line: what is added stays on it
    CHECK(after(crowded, [](Store& s) { splice::add_tag(s, "dom0", "t"); }) ==
          with(crowded, "black</property></properties></domain>",
               "black</property></properties><tags><tag name=\"t\"/></tags></domain>"));
}

TEST_CASE("splice: what was added and removed again leaves no trace", "[store]")
{
    CHECK(after(crowded, [](Store& s) {
              CHECK(splice::set_property(s, "net", "memory", "400"));
              CHECK(splice::remove_property(s, "net", "memory"));
              CHECK(splice::add_tag(s, "net", "c"));
              CHECK(splice::remove_tag(s, "net", "c"));
              CHECK(splice::set_global(s, "clockvm", "net"));
              CHECK(splice::remove_global(s, "clockvm"));
              splice::add_label(s, 9, "teal", "0x00b4b4");
              splice::remove_label(s, "teal");
          }) == crowded);
}

TEST_CASE("splice: of a value stored twice the last counts, and one stays", "[store]")
{
    const std::string twice =
        with(crowded, "<property name=\"name\">net",
             "<property name=\"memory\">1</property>\n        <property "
             "name=\"memory\">2</property>\n        <property name=\"name\">net");
    CHECK(store_of(twice).qube("net").property("memory") == "2");
    CHECK(after(twice, [](Store& s) { CHECK(splice::set_property(s, "net", "memory", "2")); }) ==
          with(crowded, "<property name=\"name\">net",
               "<property name=\"memory\">2</property>\n        <property name=\"name\">net"));
    CHECK(after(twice, [](Store& s) { CHECK(splice::remove_property(s, "net", "memory")); }) ==
          crowded);
}

TEST_CASE("splice: a reference becomes text, a legacy name today's", "[store]")
{
    const std::string legacy = with(crowded, "<property name=\"label\">red</property>",
                                    "<property name=\"hvm\">True</property>\n        <property "
                                    "name=\"label\" ref=\"label-1\" more='x'/>");
    CHECK(store_of(legacy).qube("net").property("label") == "label-1");
    CHECK(store_of(legacy).qube("net").property("virt_mode") == "hvm");
    CHECK(after(legacy, [](Store& s) { splice::set_property(s, "net", "label", "black"); }) ==
          with(legacy, "<property name=\"label\" ref=\"label-1\" more='x'/>",
               "<property name=\"label\" more=\"x\">black</property>"));
    const std::string now =
        after(legacy, [](Store& s) { splice::set_property(s, "net", "virt_mode", "pv"); });
    CHECK(now.find("\"hvm\"") == std::string::npos);
    CHECK(store_of(now).qube("net").property("virt_mode") == "pv");
}

TEST_CASE("splice: a new qube stands in order of names, or last where there is none", "[store]")
{
    const std::string_view element =
        "<domain id=\"domain-3\" class=\"TemplateVM\">\n      <properties>\n"
        "        <property name=\"label\">red</property>\n        <property "
        "name=\"name\">zz</property>\n"
        "        <property name=\"qid\">3</property>\n      </properties>\n    </domain>";
    const std::string added =
        after(crowded, [&](Store& s) { splice::add_domain(s, "zz", element); });
    CHECK(added ==
          with(crowded, "\n  </domains>", "\n    " + std::string{element} + "\n  </domains>"));
    CHECK(after(added, [](Store& s) { splice::remove_domain(s, "zz"); }) == crowded);
    const std::string bare =
        "<qubes><labels><label id=\"label-1\" color=\"0x0\">red</label></labels><domains/></qubes>";
    const std::string first = after(bare, [&](Store& s) { splice::add_domain(s, "zz", element); });
    CHECK(scan_store(first).index.find("zz"));
}

TEST_CASE("splice: a pool comes behind the others, changes in its place and leaves no trace",
          "[store]")
{
    const std::vector<Attribute> attributes{
        {"name", "p2"}, {"dir_path", "/a&b"}, {"driver", "file-reflink"}};
    const std::string added =
        with(crowded, "driver=\"file-reflink\"/>\n",
             "driver=\"file-reflink\"/>\n    <pool name=\"p2\" dir_path=\"/a&amp;b\" "
             "driver=\"file-reflink\"/>\n");
    CHECK(after(crowded, [&](Store& s) { splice::add_pool(s, attributes); }) == added);
    CHECK(after(added,
                [](Store& s) {
                    CHECK(splice::set_pool_attribute(s, "p2", "revisions_to_keep", "3"));
                    CHECK_FALSE(splice::set_pool_attribute(s, "p2", "revisions_to_keep", "3"));
                    CHECK_FALSE(splice::set_pool_attribute(s, "nosuch", "revisions_to_keep", "3"));
                }) == with(added, "\"/a&amp;b\" driver=\"file-reflink\"/>",
                           "\"/a&amp;b\" driver=\"file-reflink\" revisions_to_keep=\"3\"/>"));
    CHECK(after(added, [](Store& s) { splice::remove_pool(s, "p2"); }) == crowded);
    CHECK(after(crowded, [](Store& s) { splice::remove_pool(s, "nosuch"); }) == crowded);
    const std::string twice =
        with(crowded, "  </pools>", "    <pool name=\"varlibqubes\"/>\n  </pools>");
    CHECK(store_of(after(twice, [](Store& s) { splice::remove_pool(s, "varlibqubes"); }))
              .pools()
              .empty());
}

TEST_CASE("splice: a pool where the section is missing or empty", "[store]")
{
    const std::vector<Attribute> attributes{{"name", "p"}, {"driver", "d"}};
    const std::string bare = "<qubes>\n  <labels/>\n  <domains/>\n</qubes>\n";
    const std::string filled = "<qubes>\n  <labels/>\n  <pools>\n    <pool name=\"p\" "
                               "driver=\"d\"/>\n  </pools>\n  <domains/>\n</qubes>\n";
    const auto add = [&](Store& s) { splice::add_pool(s, attributes); };
    CHECK(after(bare, add) == filled);
    CHECK(after(with(bare, "  <domains/>", "  <pools/>\n  <domains/>"), add) == filled);
}

TEST_CASE("splice: a global property where the section is missing makes the section", "[store]")
{
    const std::string bare = "<qubes>\n  <labels/>\n  <domains/>\n</qubes>\n";
    CHECK(after(bare, [](Store& s) { CHECK(splice::set_global(s, "clockvm", "")); }) ==
          "<qubes>\n  <labels/>\n  <properties>\n    <property name=\"clockvm\"></property>\n"
          "  </properties>\n  <domains/>\n</qubes>\n");
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/element.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

using namespace qmgmt;
using qmgmt::test::failure_of;

TEST_CASE("element: every element knows its bytes", "[store]")
{
    const std::string text = "<a x='1'><!-- c --><b/><c>t&amp;<![CDATA[<u>]]></c><d ></d></a>";
    const Element root = parse_element(text, 100);
    const auto bytes = [&](Range range) { return text.substr(range.begin - 100, range.size()); };
    CHECK(bytes(root.outer) == text);
    CHECK(bytes(root.inner) == text.substr(9, text.size() - 13));
    REQUIRE(root.children.size() == 3);
    CHECK(bytes(root.children[0].outer) == "<b/>");
    CHECK(root.children[0].closes_itself);
    CHECK(root.children[0].inner.size() == 0);
    CHECK(root.children[1].text == "t&<u>");
    CHECK(bytes(root.children[1].inner) == "t&amp;<![CDATA[<u>]]>");
    CHECK(bytes(root.children[2].outer) == "<d ></d>");
    CHECK_FALSE(root.children[2].closes_itself);
    REQUIRE(root.attribute("x") != nullptr);
    CHECK(*root.attribute("x") == "1");
    CHECK(root.attribute("y") == nullptr);
    CHECK(root.child("c") == &root.children[1]);
}

TEST_CASE("element: what is not one well-formed element is refused", "[store]")
{
    for (const char* text :
         {"", "<a>", "<a></b>", "<a/><b/>", "x<a/>", "<a>&nbsp;</a>", "<a b='1' b='2'/>",
          "<!DOCTYPE a><a/>", "<a>\x01</a>", "<a>\xff\xfe</a>"}) {
        INFO(text);
        CHECK(failure_of([&] { static_cast<void>(parse_element(text)); }) == Failure::store);
    }
}

TEST_CASE("element: nesting ends at sixteen", "[store]")
{
    const auto nested = [](int depth) {
        std::string text;
        for (int i = 0; i < depth; ++i)
            text += "<a>";
        for (int i = 0; i < depth; ++i)
            text += "</a>";
        return text;
    };
    CHECK_FALSE(failure_of([&] { static_cast<void>(parse_element(nested(16))); }));
    CHECK(failure_of([&] { static_cast<void>(parse_element(nested(17))); }) == Failure::store);
}

TEST_CASE("element: what is escaped reads back as it was", "[store]")
{
    const std::string value = "a<b>&\"'\t\r\nc";
    const Element root =
        parse_element("<p name=\"" + escape_attribute(value) + "\">" + escape_text(value) + "</p>");
    CHECK(root.text == value);
    CHECK(*root.attribute("name") == value);
}

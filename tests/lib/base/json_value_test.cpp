// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/json_value.hpp"
#include "support/catch.hpp"

using namespace qmgmt;

TEST_CASE("json: values are read whole")
{
    const auto value = JsonValue::parse(
        " {\"a\" : [ {\"b\":\"c\"} , [], {}, null,true ,false,-0.5e+3, 10 ],\n\t\"d\":\"\"}\r\n");
    REQUIRE(value);
    REQUIRE(value->member("a") != nullptr);
    const auto* list = value->member("a")->list();
    REQUIRE(list != nullptr);
    REQUIRE(list->size() == 8);
    const JsonValue* inner = list->front().member("b");
    REQUIRE(inner != nullptr);
    REQUIRE(inner->text() != nullptr);
    CHECK(*inner->text() == "c");
    CHECK(list->at(1).list() != nullptr);
    CHECK(list->at(1).member("b") == nullptr);
    CHECK(list->at(7).text() == nullptr);
    CHECK(value->member("d")->text()->empty());
    CHECK(value->member("e") == nullptr);
    CHECK(value->text() == nullptr);
}

TEST_CASE("json: text with every escape")
{
    const auto text = [](const std::string& json) {
        const auto value = JsonValue::parse(json);
        return value && value->text() != nullptr ? *value->text() : "refused";
    };
    CHECK(text(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
    CHECK(text(R"("\u0041\u00e9\u20AC\ud83d\ude00")") == "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    CHECK(text("\"\xc3\xa9\"") == "\xc3\xa9");
    for (const char* bad : {R"("\x")", R"("\u12")", R"("\u12g4")", R"("\ud83d")", R"("\ude00")",
                            R"("\ud83d\u0041")", R"("abc)", R"("abc\)", "\"a\nb\"", R"("a"b)"}) {
        INFO(bad);
        CHECK(text(bad) == "refused");
    }
}

TEST_CASE("json: what is not strictly JSON is refused")
{
    for (const char* bad : {"",
                            " ",
                            "{",
                            "}",
                            "[",
                            "[1",
                            "[1,]",
                            "[,1]",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{\"a\":1,}",
                            "{a:1}",
                            "{\"a\":1 \"b\":2}",
                            "{\"a\":1,\"a\":2}",
                            "01",
                            "+1",
                            "1.",
                            ".5",
                            "1e",
                            "-",
                            "nul",
                            "True",
                            "'a'",
                            "[1] x",
                            "[1][2]",
                            "{} {}",
                            "// x\n1",
                            "NaN"}) {
        INFO(bad);
        CHECK_FALSE(JsonValue::parse(bad));
    }
    for (const char* good : {"0", "-0", "10", "1.5E-7", "null", "\"\"", "[]", "{}"})
        CHECK(JsonValue::parse(good));
    CHECK(JsonValue::parse(std::string(16, '[') + std::string(16, ']')));
    CHECK_FALSE(JsonValue::parse(std::string(17, '[') + std::string(17, ']')));
    CHECK_FALSE(JsonValue::parse(std::string(1'000'000, '[')));
}

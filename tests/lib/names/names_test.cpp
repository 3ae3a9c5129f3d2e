// SPDX-License-Identifier: GPL-2.0-or-later

#include "names/names.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <string>

using namespace qmgmt;
using qmgmt::test::exception_of;

namespace {

template<typename Name>
std::string_view refusal(std::string_view text)
{
    return exception_of([&] { static_cast<void>(Name::parse(text)); });
}

constexpr std::string_view taken = "nothing thrown";

const std::string with_nul{"a\0b", 3};

} // namespace

TEST_CASE("qube name: letters, digits, _ . and -, a letter first, 31 bytes", "[names]")
{
    for (const std::string_view name : {"a", "Z", "work", "sys-net", "a.b_c-9", "dom0", "None",
                                        "domain-0", "x-dm1", "dm", "-dm-x"}) {
        INFO(name);
        CHECK(refusal<QubeName>(name) == (name.front() == '-' ? "QubesValueError" : taken));
    }
    CHECK(QubeName::parse(std::string(31, 'a')).text() == std::string(31, 'a'));
    CHECK(QubeName::dom0().text() == "dom0");
}

TEST_CASE("qube name: store.md 118 and 6: what is no name is refused", "[names]")
{
    for (const std::string_view name :
         {"test-###", "--x", "1vm", "none", "x-dm", ".work", "_x", "", "default", "Domain-0", "a b",
          "a\n", "a+b", "a/b", "lost+found", "bad/../!", "\x80\x90\xa0", "-dm"}) {
        INFO(name);
        CHECK(refusal<QubeName>(name) == "QubesValueError");
    }
    CHECK(refusal<QubeName>(std::string(32, 'a')) == "QubesValueError");
    CHECK(refusal<QubeName>(with_nul) == "QubesValueError");
}

TEST_CASE("qube name: length, first byte, characters, reserved words are looked at in this order",
          "[names]")
{
    const auto length = QubeName::fault("");
    const auto first = QubeName::fault("1");
    const auto characters = QubeName::fault("a#");
    const auto reserved = QubeName::fault("none");
    CHECK(QubeName::fault(std::string(31, '1') + "#") == length);
    CHECK(QubeName::fault("1#-dm") == first);
    CHECK(QubeName::fault("a#-dm") == characters);
    CHECK(QubeName::fault("#a") == characters);
    CHECK(QubeName::fault("a-dm") == reserved);
    CHECK(QubeName::fault("work").empty());
    for (const auto& [one, other] :
         {std::pair{length, first}, std::pair{first, characters}, std::pair{characters, reserved}})
        CHECK(one != other);
}

TEST_CASE("tag: store.md 107 108 109: no dot, 64 bytes", "[names]")
{
    CHECK(refusal<Tag>("tag1") == taken);
    CHECK(refusal<Tag>("created-by-mgr") == taken);
    CHECK(refusal<Tag>("-_9") == taken);
    CHECK(refusal<Tag>(std::string(64, 't')) == taken);
    for (const std::string& tag :
         {std::string{".tag"}, std::string{"a.b"}, std::string{}, std::string{"a "},
          std::string{"a\n"}, std::string{"a+b"}, std::string(65, 't'), with_nul}) {
        INFO(tag);
        CHECK(refusal<Tag>(tag) == "QubesInvalidTagError");
    }
}

TEST_CASE("feature: store.md 96 98 99: names of 255 bytes, values in one line of ASCII", "[names]")
{
    CHECK(refusal<FeatureName>("x.y_z-1") == taken);
    CHECK(refusal<FeatureName>(".") == taken);
    CHECK(refusal<FeatureName>(std::string(255, 'f')) == taken);
    for (const std::string& name : {std::string{}, std::string{" "}, std::string{"service/ntpd"},
                                    std::string{"a\n"}, std::string(256, 'f'), with_nul}) {
        INFO(name);
        CHECK(refusal<FeatureName>(name) == "ProtocolError");
    }

    CHECK(parse_feature_value("").empty());
    CHECK(parse_feature_value(" some value~ ") == " some value~ ");
    CHECK(parse_feature_value(std::string(65536, 'v')).size() == 65536);
    for (const std::string& value :
         {std::string{"\x02\x03\xff"}, std::string{"a\n"}, std::string{"a\tb"}, std::string{"\x7f"},
          std::string(65537, 'v'), with_nul}) {
        CHECK(exception_of([&] { static_cast<void>(parse_feature_value(value)); }) ==
              "ProtocolError");
    }
}

TEST_CASE("label: store.md 126: digits alone are no new name", "[names]")
{
    CHECK(refusal<LabelName>("red") == taken);
    CHECK(refusal<LabelName>("3") == taken);
    CHECK(refusal<LabelName>(std::string(32, 'l')) == taken);
    for (const std::string& name :
         {std::string{}, std::string{"a b"}, std::string{"re/d"}, std::string(33, 'l'), with_nul}) {
        INFO(name);
        CHECK(refusal<LabelName>(name) == "QubesInvalidLabelError");
    }
    CHECK(LabelName::parse_new("label-3").text() == "label-3");
    CHECK(LabelName::parse_new("3a").text() == "3a");
    CHECK(exception_of([] { static_cast<void>(LabelName::parse_new("3")); }) ==
          "QubesInvalidLabelError");
    CHECK(exception_of([] { static_cast<void>(LabelName::parse_new("")); }) ==
          "QubesInvalidLabelError");
}

TEST_CASE("label colour: 0x and six hex digits, blanks around them go", "[names]")
{
    CHECK(parse_label_colour("0xcc0000") == "0xcc0000");
    CHECK(parse_label_colour("  0xAbCdEf ") == "0xAbCdEf");
    for (const std::string& colour :
         {std::string{"0Xcc0000"}, std::string{"cc0000"}, std::string{"#cc0000"},
          std::string{"0xcc000"}, std::string{"0xcc00000"}, std::string{"0xcc000g"},
          std::string{"0x cc000"}, std::string{}, std::string{"0xcc0000\n"},
          std::string(1000, ' ') + "0xcc0000"}) {
        INFO(colour);
        CHECK(exception_of([&] { static_cast<void>(parse_label_colour(colour)); }) ==
              "QubesInvalidLabelValueError");
    }
}

TEST_CASE("pool name: a letter or digit first, 63 bytes", "[names]")
{
    for (const std::string_view name : {"lvm", "vm-pool", "9.x_", "varlibqubes"})
        CHECK(refusal<PoolName>(name) == taken);
    CHECK(refusal<PoolName>(std::string(63, 'p')) == taken);
    for (const std::string& name :
         {std::string{}, std::string{"-p"}, std::string{".p"}, std::string{"_p"}, std::string{".."},
          std::string{"a/b"}, std::string{"a:b"}, std::string(64, 'p'), with_nul}) {
        INFO(name);
        CHECK(refusal<PoolName>(name) == "ProtocolError");
    }
}

TEST_CASE("property name: store.md 33: what cannot be one is one that nobody has", "[names]")
{
    CHECK(refusal<PropertyName>("netvm") == taken);
    CHECK(refusal<PropertyName>("ip6") == taken);
    CHECK(refusal<PropertyName>(std::string(64, 'p')) == taken);
    for (const std::string& name :
         {std::string{}, std::string{"Name"}, std::string{"6ip"}, std::string{"_x"},
          std::string{"a-b"}, std::string{"a\n"}, std::string(65, 'p'), with_nul}) {
        INFO(name);
        CHECK(refusal<PropertyName>(name) == "QubesNoSuchPropertyError");
    }
}

TEST_CASE("names: what is refused is not repeated", "[names]")
{
    const std::string untrusted = "Qz%s#!" + std::string(300, 'Q');
    const auto text_of = [&](auto&& parse) {
        try {
            parse(untrusted);
        } catch (const Error& error) {
            return error.text() + error.detail();
        }
        return untrusted;
    };
    for (const std::string& text :
         {text_of([](auto text) { static_cast<void>(QubeName::parse(text)); }),
          text_of([](auto text) { static_cast<void>(Tag::parse(text)); }),
          text_of([](auto text) { static_cast<void>(FeatureName::parse(text)); }),
          text_of([](auto text) { static_cast<void>(LabelName::parse(text)); }),
          text_of([](auto text) { static_cast<void>(PoolName::parse(text)); }),
          text_of([](auto text) { static_cast<void>(PropertyName::parse(text)); }),
          text_of([](auto text) { static_cast<void>(parse_label_colour(text)); })})
        CHECK(text.find("Qz") == std::string::npos);
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/property_table.hpp"
#include "store/property_value.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <map>
#include <string>

using namespace qmgmt;
using qmgmt::test::exception_of;

namespace {

std::string names_of(unsigned klass, Dialect dialect)
{
    std::string names;
    for (const PropertyRow& row : qube_properties()) {
        if ((row.classes(dialect) & klass) != 0)
            names += std::string{row.name} + " ";
    }
    return names;
}

std::string set(std::string_view property, std::string_view value,
                Dialect dialect = Dialect::current, unsigned klass = class_app)
{
    return check_syntax(*find_property(property, klass, dialect), value, dialect);
}

std::string_view refusal(std::string_view property, std::string_view value,
                         Dialect dialect = Dialect::current)
{
    return exception_of([&] { static_cast<void>(set(property, value, dialect)); });
}

} // namespace

TEST_CASE("property table: store.md 37 38: names of a class in their order", "[store]")
{
    const std::string app = names_of(class_app, Dialect::r40);
    CHECK(app.starts_with("autostart "));
    CHECK(app.ends_with("default_dispvm kernelopts netvm template "));
    CHECK(app.find("guivm") == std::string::npos);
    CHECK(names_of(class_admin, Dialect::r40) == "klass label name qid uuid default_dispvm ");
}

TEST_CASE("property table: a class has each name once, and every row explains itself", "[store]")
{
    for (const Dialect dialect : {Dialect::r40, Dialect::current}) {
        for (const unsigned klass :
             {class_admin, class_template, class_app, class_standalone, class_disp, class_remote}) {
            std::map<std::string_view, int> seen;
            for (const PropertyRow& row : qube_properties()) {
                if ((row.classes(dialect) & klass) != 0)
                    CHECK(++seen[row.name] == 1);
            }
        }
    }
    for (const auto rows : {qube_properties(), global_properties()}) {
        for (const PropertyRow& row : rows) {
            INFO(row.name);
            CHECK(row.help.ends_with("."));
            CHECK(row.help.find_first_of("*`|") == std::string_view::npos); // valid as RST, too
        }
    }
}

TEST_CASE("property value: what is accepted is stored in one form", "[store]")
{
    CHECK(set("debug", "TRUE") == "True");
    CHECK(set("debug", "off") == "False");
    CHECK(set("vcpus", "004") == "4");
    CHECK(set("virt_mode", "PVH") == "pvh");
    CHECK(set("mac", "00:16:3E:AA:BB:CC") == "00:16:3e:aa:bb:cc");
    CHECK(set("ip6", "FD09:0:0:0:0:0:0:1") == "fd09::1");
    CHECK(set("netvm", "") == "");
    CHECK(set("kernel", "") == "");
    CHECK(set("maxmem", "0") == "0");
    CHECK(set("devices_denied", "u******b123456u******") == "b123456u******");
    CHECK(set("keyboard_layout", "us+dvorak+ctrl:nocaps") == "us+dvorak+ctrl:nocaps");
    CHECK(set("kernelopts", "a\nb") == "a\nb");
}

TEST_CASE("property value: what is refused says how", "[store]")
{
    CHECK(refusal("debug", "maybe") == "QubesValueError");
    CHECK(refusal("debug", "True\n") == "QubesValueError");
    CHECK(refusal("debug", "") == "QubesValueError");
    CHECK(refusal("vcpus", "0") == "QubesPropertyValueError");
    CHECK(refusal("vcpus", "-2") == "QubesPropertyValueError");
    CHECK(refusal("vcpus", "") == "QubesValueError");
    CHECK(refusal("vcpus", "four") == "QubesValueError");
    CHECK(refusal("vcpus", "99999999999999999999") == "QubesValueError");
    CHECK(refusal("maxmem", "0", Dialect::r40) == "QubesPropertyValueError");
    CHECK(refusal("maxmem", "-1") == "QubesPropertyValueError");
    CHECK(refusal("default_user", "bob smith") == "QubesPropertyValueError");
    CHECK(refusal("default_user", "") == "QubesPropertyValueError");
    CHECK(refusal("mac", "00:11:22:33:44:55:66") == "QubesValueError");
    CHECK(refusal("ip", "1111.2.3.4") == "QubesValueError");
    CHECK(refusal("ip", "1.2.3.04") == "QubesValueError");
    CHECK(refusal("netvm", "bad/../!") == "QubesValueError");
    CHECK(refusal("netvm", "\x80\x90\xa0") == "QubesValueError");
    CHECK(refusal("label", "a b") == "QubesLabelNotFoundError");
    CHECK(refusal("name", "x") == "QubesPropertyValueError");
    CHECK(refusal("xid", "3") == "QubesPropertyValueError");
    CHECK(refusal("kernelopts", "\x0b") == "QubesValueError");
    CHECK(refusal("kernelopts", std::string(513, 'x')) == "QubesPropertyValueError");
    CHECK(refusal("kernelopts", std::string(513, 'x'), Dialect::r40) == "nothing thrown");
    CHECK(refusal("template", "") == "QubesPropertyValueError");
}

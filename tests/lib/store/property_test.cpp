// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/property_table.hpp"
#include "store/property_value.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>

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

TEST_CASE("property table: store.md 3.4: stage, then name; a name that stands twice stays together",
          "[store]")
{
    for (const auto rows : {qube_properties(), global_properties()}) {
        for (std::size_t i = 1; i < rows.size(); ++i) {
            INFO(rows[i].name);
            CHECK(std::pair{rows[i - 1].late_stage, rows[i - 1].name} <=
                  std::pair{rows[i].late_stage, rows[i].name});
        }
    }
    std::set<std::string_view> late;
    for (const PropertyRow& row : qube_properties()) {
        if (row.late_stage)
            late.insert(row.name);
    }
    CHECK(late == std::set<std::string_view>{"appvm_default_bootmode", "audiovm", "bootmode",
                                             "default_dispvm", "guivm", "kernelopts",
                                             "management_dispvm", "netvm", "relayvm", "template"});
}

TEST_CASE("property table: store.md 0.1: a generation has only the names that it knows", "[store]")
{
    CHECK(find_property("guivm", class_app, Dialect::r40) == nullptr);
    CHECK(find_property("guivm", class_app, Dialect::current) != nullptr);
    CHECK(find_property("hvm", class_app, Dialect::r40) == nullptr);
    CHECK(find_property("netvm", class_admin, Dialect::r40) == nullptr); // store.md 34
    CHECK(find_property("netvm", class_remote, Dialect::current) == nullptr);
    CHECK(find_property("nosuch", class_any, Dialect::current) == nullptr); // store.md 33
    CHECK(find_property("", class_any, Dialect::current) == nullptr);
    CHECK(find_property("template", class_template, Dialect::current) == nullptr);
    CHECK(find_property("template_for_dispvms", class_standalone, Dialect::r40) == nullptr);
    CHECK(find_property("template_for_dispvms", class_standalone, Dialect::current) != nullptr);
    CHECK(find_property("default_fw_netvm", class_any, Dialect::r40) == nullptr);
    CHECK(names_of(class_remote, Dialect::r40).empty());
    CHECK(names_of(class_remote, Dialect::current) ==
          "icon include_in_backups klass label name qid remote_name transport_rpc uuid relayvm ");
    CHECK(find_global("management_dispvm", Dialect::r40) == nullptr);
    CHECK(find_global("management_dispvm", Dialect::current) != nullptr);
    CHECK(find_global("default_fw_netvm", Dialect::r40) == nullptr);
    CHECK(find_global("netvm", Dialect::current) == nullptr);
}

TEST_CASE("property table: a default that another property gives names one there is", "[store]")
{
    for (const Dialect dialect : {Dialect::r40, Dialect::current}) {
        for (const auto rows : {qube_properties(), global_properties()}) {
            for (const PropertyRow& row : rows) {
                const DefaultFrom from = row.from(dialect);
                if (row.classes(dialect) == 0 ||
                    (from != DefaultFrom::global && from != DefaultFrom::template_global))
                    continue;
                INFO(row.name);
                const PropertyRow* global = find_global(row.constant(dialect), dialect);
                REQUIRE(global != nullptr);
                CHECK(global->type == row.type);
            }
        }
    }
}

TEST_CASE("property table: a constant default is a value that Set would take", "[store]")
{
    for (const Dialect dialect : {Dialect::r40, Dialect::current}) {
        for (const auto rows : {qube_properties(), global_properties()}) {
            for (const PropertyRow& row : rows) {
                if (row.classes(dialect) == 0 || row.rule == PropertyRule::read_only ||
                    (row.from(dialect) != DefaultFrom::constant &&
                     row.from(dialect) != DefaultFrom::template_or))
                    continue;
                INFO(row.name);
                CHECK(check_syntax(row, row.constant(dialect), dialect) == row.constant(dialect));
            }
        }
    }
}

TEST_CASE("property table: store.md 39: types on the wire and help are the document's", "[store]")
{
    CHECK(wire_name(PropertyType::text) == "str");
    CHECK(wire_name(PropertyType::integer) == "int");
    CHECK(wire_name(PropertyType::boolean) == "bool");
    CHECK(wire_name(PropertyType::qube) == "vm");
    CHECK(wire_name(PropertyType::label) == "label");
    CHECK(find_property("label", class_app, Dialect::r40)->help ==
          "Colour label that marks the trust of the VM.");
    CHECK(find_property("netvm", class_template, Dialect::r40)->help ==
          "VM that gives the template network, normally none.");
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
    CHECK(refusal("kernelopts", std::string(65537, 'x'), Dialect::r40) == "QubesValueError");
    CHECK(refusal("virt_mode", "xen") == "QubesPropertyValueError");
    CHECK(refusal("qid", "9") == "QubesPropertyValueError");
    CHECK(refusal("uuid", "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04") == "QubesPropertyValueError");
}

TEST_CASE("property value: store.md 1.3: nothing but three texts is stored empty", "[store]")
{
    for (const Dialect dialect : {Dialect::r40, Dialect::current}) {
        for (const PropertyRow& row : qube_properties()) {
            if (row.type != PropertyType::text || row.rule == PropertyRule::read_only ||
                row.rule == PropertyRule::write_once)
                continue;
            INFO(row.name);
            const auto refused =
                exception_of([&] { static_cast<void>(check_syntax(row, "", dialect)); });
            if (row.name == "kernel" || row.name == "kernelopts" || row.name == "devices_denied")
                CHECK(refused == "nothing thrown");
            else if (row.name == "default_user" || row.name == "virt_mode" ||
                     row.name == "keyboard_layout") // a rule of their own says so: store.md 70
                CHECK(refused == "QubesPropertyValueError");
            else
                CHECK(refused == "QubesValueError");
        }
    }
}

TEST_CASE("property value: no default template is a value only where the generation loads it",
          "[store]")
{
    const auto empty = [](Dialect dialect) {
        return exception_of([&] {
            static_cast<void>(check_syntax(*find_global("default_template", dialect), "", dialect));
        });
    };
    CHECK(empty(Dialect::r40) == "QubesPropertyValueError");
    CHECK(empty(Dialect::current) == "nothing thrown");
}

TEST_CASE("property value: store.md 64 65 67: what exists is not asked for here", "[store]")
{
    CHECK(set("label", "nosuch") == "nosuch");
    CHECK(set("label", "4") == "4");
    CHECK(set("netvm", "ghost") == "ghost");
    CHECK(set("kernel", "9.9.9") == "9.9.9");
    CHECK(refusal("label", "") == "QubesLabelNotFoundError");
    CHECK(refusal("label", std::string(33, 'l')) == "QubesLabelNotFoundError");
}

TEST_CASE("property value: a refusal repeats nothing of the value", "[store]")
{
    for (const Dialect dialect : {Dialect::r40, Dialect::current}) {
        for (const PropertyRow& row : qube_properties()) {
            try {
                static_cast<void>(check_syntax(row, "Qz/ %s", dialect));
            } catch (const Error& error) {
                INFO(row.name);
                CHECK((error.text() + error.detail()).find("Qz") == std::string::npos);
            }
        }
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "loaded_shell.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace qmgmt::test;
using nlohmann::json;

namespace {

constexpr const char* list_rows = "<name> class=<class> state=<state>\n";
constexpr const char* typed = "default={yes|no} type={str|int|bool|vm|label} <value>";

qmgmt_shell_spec returning(const char* pattern)
{
    qmgmt_shell_spec spec = plain_spec();
    spec.returns = spec.admin_returns = pattern;
    return spec;
}

// The reply as JSON, read back. Throws when there is none.
json json_of(const char* pattern, std::string_view reply)
{
    return json::parse(render(returning(pattern), QMGMT_FORM_JSON, reply).value());
}

std::optional<std::string> table_of(const char* pattern, std::string_view reply)
{
    return render(returning(pattern), QMGMT_FORM_AUTO, reply);
}

} // namespace

TEST_CASE("shell: rows become a table with a head", "[local]")
{
    CHECK(table_of(list_rows, "dom0 class=AdminVM state=Running\n"
                              "a-longer-name class=AppVM state=Halted\n") ==
          "NAME           CLASS    STATE\n"
          "dom0           AdminVM  Running\n"
          "a-longer-name  AppVM    Halted\n");
}

TEST_CASE("shell: a terminal gets no control characters", "[local]")
{
    CHECK(table_of("<property>=<value>\n", "name=\x1b[2J\x07\xc3\xbc\n") ==
          "PROPERTY  VALUE\nname      _[2J___\n");
    CHECK(table_of("value", "a\x1b[31m\rb") == "a_[31m_b\n");
}

TEST_CASE("shell: a scalar on a terminal is itself and a line end", "[local]")
{
    CHECK(table_of("value", "sys-net") == "sys-net\n");
    CHECK(table_of("help.rst", "one\ntwo\n") == "one\ntwo\n");
    CHECK(table_of("help.rst", "one\n\ntwo") == "one\n\ntwo\n");
    CHECK(table_of("", "") == "");
}

TEST_CASE("shell: rows become an array of objects", "[local]")
{
    CHECK(json_of(list_rows, "dom0 class=AdminVM state=Running\nwork class=AppVM state=Halted\n") ==
          json::parse(R"([{"name": "dom0", "class": "AdminVM", "state": "Running"},
                          {"name": "work", "class": "AppVM", "state": "Halted"}])"));
    CHECK(json_of(list_rows, "") == json::array());
    CHECK(json_of("<property>\n", "netvm\nlabel\n") ==
          json::parse(R"([{"property": "netvm"}, {"property": "label"}])"));
    CHECK(json_of("<rule id> <rule>\n", "7 action=accept proto=tcp\n") ==
          json::parse(R"([{"rule id": "7", "rule": "action=accept proto=tcp"}])"));
}

TEST_CASE("shell: the contract is that of the name, whatever the form", "[local]")
{
    qmgmt_shell_spec spec = returning(list_rows);
    spec.program = "admin.vm.List";
    spec.admin_returns = "<name> class=<class> state=<state> uuid=<uuid>\n";
    const std::string reply = "work class=AppVM state=Halted uuid=1-2\n";
    CHECK(json::parse(render(spec, QMGMT_FORM_JSON, reply).value()) ==
          json::parse(R"([{"name": "work", "class": "AppVM", "state": "Halted", "uuid": "1-2"}])"));
    spec.returns = "default={yes|no} <value>";
    spec.admin_returns = "default={True|False} type={str|int|bool|vm|label} <value>";
    CHECK(json::parse(render(spec, QMGMT_FORM_JSON, "default=False type=int 5").value()) ==
          json::parse(R"([{"default": false, "type": "int", "value": 5}])"));
}

TEST_CASE("shell: a scalar becomes an array of one object", "[local]")
{
    CHECK(json_of("value", "sys-net") == json::parse(R"([{"name": "sys-net"}])"));
    CHECK(json_of("value", "") == json::parse(R"([{"name": ""}])"));
    CHECK(json_of("<size_in_bytes>", "2147483648") ==
          json::parse(R"([{"size_in_bytes": 2147483648}])"));
    CHECK(json_of("0 or 1", "1") == json::parse(R"([{"name": 1}])"));
    CHECK(json_of("", "") == json::array());
}

TEST_CASE("shell: yes and no, True and False become truth values", "[local]")
{
    CHECK(json_of("default={yes|no} <value>", "default=yes sys-net") ==
          json::parse(R"([{"default": true, "value": "sys-net"}])"));
    CHECK(json_of("default={yes|no} <value>", "default=no True") ==
          json::parse(R"([{"default": false, "value": true}])"));
    CHECK(json_of("default={yes|no} <value>", "default=no ") ==
          json::parse(R"([{"default": false, "value": ""}])"));
}

TEST_CASE("shell: a value has the type the reply says", "[local]")
{
    const auto value = [](const std::string& rest) {
        return json_of(typed, "default=no type=" + rest)[0]["value"];
    };
    CHECK(value("str 5") == "5");
    CHECK(value("str True") == "True");
    CHECK(value("int 5") == 5);
    CHECK(value("int -5") == -5);
    CHECK(value("int ") == nullptr);
    CHECK(value("bool True") == true);
    CHECK(value("bool False") == false);
    CHECK(value("vm ") == "");
    CHECK(value("label red") == "red");
    CHECK(value("str a b  c") == "a b  c");
}

TEST_CASE("shell: a property without a default gives no object", "[local]")
{
    CHECK(json_of("type={str|int|bool|vm|label} <value>", "") == json::array());
}

TEST_CASE("shell: only what is a number in JSON becomes one", "[local]")
{
    const auto value = [](const std::string& text) {
        return json_of("<property>=<value>\n", "x=" + text + "\n")[0]["value"];
    };
    CHECK(value("12") == 12);
    CHECK(value("9223372036854775807") == 9223372036854775807);
    for (const char* text :
         {"007", "+5", "-0", "1.5", "1e3", "0x10", " 5", "5 ", "", "99999999999999999999"}) {
        INFO(text);
        CHECK(value(text) == text);
    }
}

TEST_CASE("shell: what a row is about stays text", "[local]")
{
    CHECK(json_of("<tag>\n", "2024\nTrue\n") ==
          json::parse(R"([{"tag": "2024"}, {"tag": "True"}])"));
    CHECK(json_of("line <line>: <subject>: <fault>\n", "line 12: qube 'a': no uuid: none\n") ==
          json::parse(R"([{"line": 12, "subject": "qube 'a'", "fault": "no uuid: none"}])"));
}

TEST_CASE("shell: only rows of typed values are escaped", "[local]")
{
    const std::string all = std::string{"<name> "} + typed + "\n";
    const json rows =
        json_of(all.c_str(), "a default=no type=str x\\\\y\\nz\nb default=yes type=vm \n");
    REQUIRE(rows.size() == 2);
    CHECK(rows[0]["value"] == "x\\y\nz");
    CHECK(rows[1]["value"] == "");
    CHECK(json_of("<property>=<value>\n", "dir=/a\\nb\n")[0]["value"] == "/a\\nb");
}

TEST_CASE("shell: text becomes JSON in ASCII, whatever its bytes", "[local]")
{
    const auto text = [](std::string_view bytes) { return json_of("value", bytes)[0]["name"]; };
    CHECK(text("a\"b\\c/\t\x01\x7f") == "a\"b\\c/\t\x01\x7f");
    CHECK(text("\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80") ==
          "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80");
    const std::string replaced = "\xef\xbf\xbd";
    CHECK(text("a\xff") == "a" + replaced);
    CHECK(text("\xc3") == replaced);                               // cut
    CHECK(text("\xc0\xaf") == replaced + replaced);                // too long for what it says
    CHECK(text("\xed\xa0\x80") == replaced + replaced + replaced); // half of a pair
    CHECK(text("\xf4\x90\x80\x80") == replaced + replaced + replaced + replaced); // too high
    CHECK(text("\xe2\x82x") == replaced + replaced + "x");
    const std::string raw = render(returning("value"), QMGMT_FORM_JSON, "\xc3\xbc\x1b\xff").value();
    for (const char c : raw)
        CHECK((c == '\n' || (c >= 0x20 && c <= 0x7e)));
}

TEST_CASE("shell: a reply of another form is not rendered", "[local]")
{
    CHECK_FALSE(table_of(list_rows, "no such row\n"));
    CHECK_FALSE(render(returning(list_rows), QMGMT_FORM_JSON, "no such row\n"));
    CHECK_FALSE(render(returning(typed), QMGMT_FORM_JSON, "default=perhaps type=str x"));
    CHECK_FALSE(render(returning(""), QMGMT_FORM_JSON, "bytes"));
}

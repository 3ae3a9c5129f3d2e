// SPDX-License-Identifier: GPL-2.0-or-later
//
// Desktop entries as text. What a value means is for others to say: GLib, which most desktops read
// entries with, starts what is written here, and desktop-file-validate finds no fault.

#include "desktop/appmenus.hpp"
#include "desktop/desktop_entry.hpp"
#include "desktop/entry_text.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/tool.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

using Words = std::vector<std::string>;

const QubeName work = QubeName::parse("work");

// The entry that the rows of one application become.
std::string entry(std::string_view rows, Launcher launcher = Launcher::qube)
{
    AppmenusReader reader;
    reader.add(rows);
    const auto applications = reader.finish();
    REQUIRE(applications.size() == 1);
    return desktop_entry(work, applications.front(), launcher);
}

std::string line_of(const std::string& text, std::string_view key)
{
    const auto at = text.find("\n" + std::string{key} + "=");
    return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

// An argument as it stands in the file.
std::string argument(const std::string& word)
{
    return exec_value(Words{"p", word}).substr(2);
}

} // namespace

TEST_CASE("protocol.md D01: an application is shown with its qube, and started by its service")
{
    CHECK(entry("firefox.desktop:Name=Firefox\n") ==
          "[Desktop Entry]\n"
          "Version=1.0\n"
          "Type=Application\n"
          "Terminal=false\n"
          "X-Qubes-VmName=work\n"
          "X-Qubes-AppName=firefox\n"
          "Name=work: Firefox\n"
          "Categories=X-Qubes-VM;\n"
          "Exec=qrexec-client-vm work qubes.StartApp+firefox\n");
}

TEST_CASE("desktop entry: all keys, in their order")
{
    CHECK(entry("org.x-y.desktop:StartupWMClass=X\norg.x-y.desktop:Categories=Game;Utility\n"
                "org.x-y.desktop:Comment=Says & does\norg.x-y.desktop:Icon=x\n"
                "org.x-y.desktop:GenericName=Thing\norg.x-y.desktop:Name=X\n") ==
          "[Desktop Entry]\n"
          "Version=1.0\n"
          "Type=Application\n"
          "Terminal=false\n"
          "X-Qubes-VmName=work\n"
          "X-Qubes-AppName=org.x-y\n"
          "Icon=x\n"
          "Name=work: X\n"
          "GenericName=work: Thing\n"
          "Comment=Says & does\n"
          "Categories=Game;Utility;X-Qubes-VM;\n"
          "StartupWMClass=work:X\n"
          "Exec=qrexec-client-vm work qubes.StartApp+org.x-y\n");
}

TEST_CASE("protocol.md D08: categories that nobody registered, and reserved ones, are left out")
{
    CHECK(line_of(entry("a.desktop:Name=A\na.desktop:Categories=Network;Shell;Evil\n"),
                  "Categories") == "Categories=Network;X-Qubes-VM;");
}

TEST_CASE("desktop entry: each kind of machine starts applications in its own way")
{
    CHECK(line_of(entry("a.desktop:Name=A\n", Launcher::dom0), "Exec") ==
          "Exec=qvm-run -q -a --service -- work qubes.StartApp+a");
    CHECK(line_of(entry("a.desktop:Name=A\n", Launcher::old_qube), "Exec") ==
          "Exec=/usr/lib/qubes/qrexec-client-vm work qubes.StartApp+a");
    // 63 bytes of the name of a service, in Qubes OS 3.2.
    CHECK(can_start(Launcher::old_qube, std::string(48, 'x')));
    CHECK(!can_start(Launcher::old_qube, std::string(49, 'x')));
    for (const Launcher launcher : {Launcher::qube, Launcher::dom0}) {
        CHECK(can_start(launcher, std::string(200, 'x')));
        CHECK(!can_start(launcher, std::string(201, 'x')));
    }
    const std::string longest =
        entry_file(QubeName::parse(std::string(31, 'q')), std::string(200, 'x'));
    CHECK(longest.size() + std::string_view{"~XXXXXX"}.size() <= 255);
}

TEST_CASE("protocol.md D04: an argument with a blank stands in quotes")
{
    CHECK(argument("a b") == "\"a b\"");
    CHECK(argument("") == "\"\"");
    CHECK(argument("a-b_c.d:e,f@g+h=i/j") == "a-b_c.d:e,f@g+h=i/j");
    for (const char c : std::string_view{" \"'\\><~|&;$*?#()`\t\n"})
        CHECK(argument(std::string{"a"} + c).starts_with('"'));
}

TEST_CASE("protocol.md D05: a dollar sign is escaped in its quotes, and that once more as a string")
{
    CHECK(argument("$x") == R"("\\$x")");
    CHECK(argument("`x`") == R"("\\`x\\`")");
    CHECK(argument("\"") == R"("\\"")");
}

TEST_CASE("protocol.md D06: a backslash becomes four")
{
    CHECK(argument("c:\\d") == R"("c:\\\\d")");
}

TEST_CASE("protocol.md D07: a percent sign is doubled, so that none makes a field code")
{
    CHECK(argument("50%") == "50%%");
    CHECK(argument("%f %U") == "\"%%f %%U\"");
    CHECK(argument("%%") == "%%%%");
}

TEST_CASE("desktop entry: what a string value may not have as it is")
{
    CHECK(entry_string(" a b ") == "\\sa b ");
    CHECK(entry_string("  a") == "\\s a");
    CHECK(entry_string("a\nb\tc\rd\\e") == "a\\nb\\tc\\rd\\\\e");
    CHECK(entry_string("") == "");
    CHECK(failure_of([] {
              static_cast<void>(exec_value(Words{"a=b", "c"}));
          }) == Failure::bad_value);
    CHECK(failure_of([] { static_cast<void>(exec_value(Words{})); }) == Failure::bad_value);
    CHECK(failure_of([] { static_cast<void>(exec_value(Words{""})); }) == Failure::bad_value);
}

TEST_CASE("desktop entry: whose one is, it says itself")
{
    const std::string text = entry("a.desktop:Name=A\n");
    CHECK(is_entry_of(work, text));
    CHECK(!is_entry_of(QubeName::parse("work-web"), text));
    CHECK(!is_entry_of(QubeName::parse("wor"), text));
    CHECK(!is_entry_of(work, ""));
    CHECK(!is_entry_of(work, "[Desktop Entry]\nName=X-Qubes-VmName=work\n"));
    // Wherever in its group it stands, and in no other.
    CHECK(is_entry_of(work, "# edited\n[Desktop Entry]\nName=x\nX-Qubes-VmName=work"));
    CHECK(!is_entry_of(work, "[Desktop Action x]\nX-Qubes-VmName=work\n"));
    CHECK(!is_entry_of(work, "X-Qubes-VmName=work\n" + text.substr(0, 16)));
    CHECK(!is_entry_of(work, "[Desktop Entry]\nX-Qubes-VmName=mail\nX-Qubes-VmName=work\n"));
}

TEST_CASE("desktop entry: GLib starts the words that were meant")
{
    const Words words = {"a b",   "$x",   "c:\\d",    "50%",   "%f%U %c", "",          "\"quoted\"",
                         "it's",  "`id`", "$(id)",    "a;b&c", "*?#~",    "<x>|",      "tab\tend",
                         " lead", "\\",   "\\\\n \\", "--",    "a=b",     "line\nfeed"};
    Words command{"/bin/sh", "-c",
                  R"(for w; do printf '<%s>' "$w"; done > "$0.new"; mv "$0.new" "$0")",
                  "PLACE/out"};
    command.insert(command.end(), words.begin(), words.end());
    std::string expected;
    for (const std::string& word : words)
        expected += "<" + word + ">";
    const std::string file =
        "[Desktop Entry]\nVersion=1.0\nType=Application\nName=x\nExec=" + exec_value(command) +
        "\n";
    // The program runs on by itself: it is waited for.
    const auto started = run_tool("sed \"s,PLACE,$PWD,\" in > x.desktop\n"
                                  "export HOME=$PWD XDG_DATA_HOME=$PWD XDG_RUNTIME_DIR=$PWD\n"
                                  "unset DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS\n"
                                  "gio launch x.desktop || exit 1\n"
                                  "for i in $(seq 100); do [ -e out ] && exit; sleep 0.1; done\n"
                                  "exit 2",
                                  file);
    CHECK(started.status == 0);
    CHECK(started.out == expected);
}

TEST_CASE("desktop entry: desktop-file-validate finds no fault")
{
    for (const Launcher launcher : {Launcher::qube, Launcher::old_qube, Launcher::dom0}) {
        const auto checked = run_tool(
            "mv in x.desktop; desktop-file-validate --no-hints x.desktop > out; [ ! -s out ]",
            entry("a.desktop:StartupWMClass=X.y\na.desktop:Categories=Network;WebBrowser\n"
                  "a.desktop:Comment=(a), b: c & d + e - f._/\na.desktop:Icon=a-b.c\n"
                  "a.desktop:GenericName=Thing\na.desktop:Name=A: B, (c) & d\n",
                  launcher));
        CHECK(checked.out == "");
        CHECK(checked.status == 0);
    }
}

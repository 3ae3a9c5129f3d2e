// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/appmenus.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

std::vector<Application> read(std::string_view text)
{
    AppmenusReader reader;
    reader.add(text);
    return reader.finish();
}

// The one application of the rows.
Application one(std::string_view text)
{
    const auto all = read(text);
    REQUIRE(all.size() == 1);
    return all.front();
}

// What becomes of a value of this key, of an application that has a name.
std::string value_of(std::string_view key, std::string Application::*member, std::string_view value)
{
    return one("a.desktop:Name=x\na.desktop:" + std::string{key} + "=" + std::string{value} +
               "\n").*
           member;
}

} // namespace

TEST_CASE("appmenus: each key of an application, whatever else is said")
{
    const Application firefox = one("firefox.desktop:[Desktop Entry]\n"
                                    "firefox.desktop:# a comment = of the file\n"
                                    "\n"
                                    "firefox.desktop:Version=1.0\n"
                                    "firefox.desktop:Name=Firefox\n"
                                    "firefox.desktop:Name[de]=Feuerfuchs\n"
                                    "firefox.desktop:Name[x]y=Wrong\n"
                                    "firefox.desktop:GenericName = Web Browser \n"
                                    "firefox.desktop:Comment=Browse the Web, (safely) + A&B: _-./\n"
                                    "firefox.desktop:Icon=firefox-esr\n"
                                    "firefox.desktop:StartupWMClass=Firefox-esr\n"
                                    "firefox.desktop:Categories=Network;WebBrowser;\n"
                                    "firefox.desktop:Exec=rm -rf /\n");
    CHECK(firefox == Application{.id = "firefox",
                                 .name = "Firefox",
                                 .generic_name = "Web Browser",
                                 .comment = "Browse the Web, (safely) + A&B: _-./",
                                 .icon = "firefox-esr",
                                 .window_class = "Firefox-esr",
                                 .categories = {"Network", "WebBrowser"}});
}

TEST_CASE("appmenus: applications come by id, their rows in any order and cut anywhere")
{
    const std::string text = "b.desktop:Comment=second\na.desktop:Name=A\nb.desktop:Name=B\n"
                             "a.desktop:Icon=x\nc.desktop:Name=no end";
    const auto whole = read(text);
    REQUIRE(whole.size() == 3);
    CHECK(whole[0].id == "a");
    CHECK(whole[1] == Application{.id = "b", .name = "B", .comment = "second"});
    CHECK(whole[2].name == "no end");
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        AppmenusReader reader;
        reader.add(std::string_view{text}.substr(0, cut));
        reader.add(std::string_view{text}.substr(cut));
        CHECK(reader.finish() == whole);
    }
    CHECK(read("").empty());
}

TEST_CASE("appmenus: an id is the path below applications, as qubes.StartApp has it")
{
    CHECK(application_id("firefox.desktop") == "firefox");
    CHECK(application_id("firefox") == "firefox");
    CHECK(application_id("org.gnome.Nautilus.desktop") == "org.gnome.Nautilus");
    CHECK(application_id("x-desktop") == "x-desktop");
    CHECK(application_id("x.desktop.desktop") == "x.desktop");
    CHECK(application_id("/usr/share/applications/firefox.desktop") == "firefox");
    CHECK(application_id("/usr/local/share/applications/kde/konsole.desktop") == "kde-konsole");
    CHECK(application_id("/usr/share/applications/x/applications/y.desktop") == "x-applications-y");
    CHECK(application_id("/usr/share/applications/.desktop") == ".desktop");
    for (const char* none :
         {"", "a b.desktop", "a+b.desktop", "a/b.desktop", "/usr/share/firefox.desktop",
          "/usr/share/applications/", "applications/a.desktop", "a\x1b.desktop", "a\tb.desktop"})
        CHECK(application_id(none) == std::nullopt);
}

TEST_CASE("protocol.md D03: the row of a file whose name is no id is nobody's")
{
    CHECK(read("a+b.desktop:Name=X\n").empty());
    CHECK(read("/usr/share/applications/a b.desktop:Name=X\n").empty());
    CHECK(read(" a.desktop:Name=X\n").empty());
}

TEST_CASE("appmenus: of two files of one id the later counts, whole")
{
    CHECK(one("/usr/share/applications/a.desktop:Name=Distribution\n"
              "/usr/share/applications/a.desktop:Comment=of the distribution\n"
              "/usr/local/share/applications/a.desktop:Name=Local\n") ==
          Application{.id = "a", .name = "Local"});
    CHECK(one("a.desktop:Name=First\na.desktop:Name=Second\n").name == "Second");
}

TEST_CASE(
    "protocol.md D02: a name with what it may not have is none, and without it no application")
{
    CHECK(read("a.desktop:Name=x\x1b[31m\n").empty());
    CHECK(read("a.desktop:Comment=without a name\n").empty());
    CHECK(read("a.desktop:Name=\n").empty());
    CHECK(read("a.desktop:Name=   \n").empty());
    CHECK(read("a.desktop:Name\n").empty());
    CHECK(read("a.desktop Name=x\n").empty());
    for (const std::string_view value : {"caf\xc3\xa9", "a;b", "a\\b", "a\"b", "a%b", "$x", "a\tb",
                                         "<b>", "a=b", "x\r", "a'b", "`x`", "a|b"})
        CHECK(read("a.desktop:Name=" + std::string{value} + "\n").empty());
    CHECK(read(std::string{"a.desktop:Name=x\0y\n", 19}).empty());
    // A value that is refused leaves the one before.
    CHECK(one("a.desktop:Name=Good\na.desktop:Name=B<a>d\n").name == "Good");
}

TEST_CASE("appmenus: what the values of the other keys may have")
{
    CHECK(value_of("Comment", &Application::comment, "a/b") == "a/b");
    CHECK(value_of("Comment", &Application::comment, "a\\nExec=x") == "");
    CHECK(value_of("GenericName", &Application::generic_name, "50%") == "");
    CHECK(value_of("StartupWMClass", &Application::window_class, "org/x_y.Z-1") == "org/x_y.Z-1");
    CHECK(value_of("StartupWMClass", &Application::window_class, "a b") == "");
    CHECK(value_of("Icon", &Application::icon, "org.x_y-z") == "org.x_y-z");
    CHECK(value_of("Icon", &Application::icon, "/usr/share/pixmaps/x.png") ==
          "/usr/share/pixmaps/x.png");
    CHECK(value_of("Icon", &Application::icon, "/usr/local/share/icons/x.png") ==
          "/usr/local/share/icons/x.png");
}

TEST_CASE("appmenus: an icon is no file that the qube may have sent, and no device")
{
    for (const char* file :
         {"/home/user/QubesIncoming/work/evil.svg", "/dev/zero", "/usr/share/../../dev/zero",
          "/usr/shared/x.png", "pixmaps/x.png", "../x.png", "a b", "x?y"})
        CHECK(value_of("Icon", &Application::icon, file) == "");
}

TEST_CASE("appmenus: categories are registered ones")
{
    const auto categories = [](std::string_view list) {
        return one("a.desktop:Name=x\na.desktop:Categories=" + std::string{list} + "\n").categories;
    };
    using Words = std::vector<std::string_view>;
    CHECK(categories("Network;Shell;Evil") == Words{"Network"});
    CHECK(categories("2DGraphics;XFCE;Utility") == Words{"2DGraphics", "XFCE", "Utility"});
    CHECK(categories("Utility;Utility;;Game") == Words{"Utility", "Game"});
    CHECK(categories("Screensaver;TrayIcon;Applet;utility;X-Qubes-VM; Game").empty());
    CHECK(categories("").empty());
}

TEST_CASE("appmenus: what is not to be shown, or is no application, is not there")
{
    CHECK(read("a.desktop:Name=x\na.desktop:NoDisplay=true\n").empty());
    CHECK(read("a.desktop:Hidden = true\na.desktop:Name=x\n").empty());
    CHECK(read("a.desktop:Name=x\na.desktop:Type=Link\n").empty());
    CHECK(read("a.desktop:Name=x\na.desktop:Type=Application\n").size() == 1);
    CHECK(read("a.desktop:Name=x\na.desktop:NoDisplay=false\n").size() == 1);
}

TEST_CASE("appmenus: a line has 1024 bytes at most, and there are 100000 at most")
{
    const std::string start = "a.desktop:Name=";
    const std::string fits = start + std::string(longest_appmenus_line - start.size(), 'x');
    CHECK(read(fits + "\n").size() == 1);
    CHECK(read(fits).size() == 1);
    CHECK(read(fits + "x\n").empty());
    CHECK(one(fits + "x\na.desktop:Name=next\n").name == "next");
    CHECK(one("a.desktop:Name=good\na.desktop:Name=caf\xc3\xa9\n").name == "good");

    std::string many;
    for (std::size_t i = 1; i < most_appmenus_lines; ++i)
        many += '\n';
    CHECK(read(many + "a.desktop:Name=last\n").size() == 1);
    CHECK(failure_of([&] { static_cast<void>(read(many + "\na.desktop:Name=x\n")); }) ==
          Failure::too_large);
    // A line that never ends is no way around it.
    AppmenusReader reader;
    const std::string piece(1 << 20, 'x');
    CHECK(failure_of([&] {
              for (int i = 0; i < 200; ++i)
                  reader.add(piece);
          }) == Failure::too_large);
}

TEST_CASE("appmenus: there are 4096 applications at most")
{
    std::string text;
    for (std::size_t i = 0; i < most_applications; ++i)
        text += "a" + std::to_string(i) + ".desktop:Name=x\n";
    CHECK(read(text).size() == most_applications);
    CHECK(failure_of([&] { static_cast<void>(read(text + "one.desktop:Name=more\n")); }) ==
          Failure::too_large);
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/fd.hpp"
#include "desktop/desktop_entry.hpp"
#include "desktop/entry_directory.hpp"
#include "desktop/launcher.hpp"
#include "desktop/menu_request.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/in_root.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

const QubeName work = QubeName::parse("work");
const QubeName work_web = QubeName::parse("work-web");

std::string text_of(const QubeName& qube, const std::string& id, const std::string& name = "Name")
{
    return desktop_entry(qube, Application{.id = id, .name = name}, Launcher::qube);
}

std::map<std::string, std::string> entries(const QubeName& qube, const Names& ids)
{
    std::map<std::string, std::string> all;
    for (const std::string& id : ids)
        all[entry_file(qube, id)] = text_of(qube, id);
    return all;
}

// A directory for entries that is not there yet.
struct Menu {
    EntryDirectory::Changes replace(const QubeName& qube, const Names& ids) const
    {
        EntryDirectory directory{path};
        return directory.replace_all(qube, entries(qube, ids));
    }

    [[nodiscard]] Names files() const
    {
        Names names;
        for (const auto& entry : fs::directory_iterator{path})
            names.push_back(entry.path().filename().string());
        std::ranges::sort(names);
        return names;
    }

    [[nodiscard]] std::string read(const std::string& name) const
    {
        std::ifstream file{path + "/" + name, std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

    void write(const std::string& name, const std::string& text) const
    {
        fs::create_directories(path);
        std::ofstream{path + "/" + name, std::ios::binary} << text;
    }

    Root root;
    std::string path = root.make_way("/home/user/applications");
};

ino_t inode(const std::string& path)
{
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_ino : 0;
}

} // namespace

TEST_CASE("entry directory: made, filled, changed and emptied")
{
    const Menu menu;
    const auto first = menu.replace(work, {"a", "b"});
    CHECK(first.written == Names{"work-a.desktop", "work-b.desktop"});
    CHECK(first.removed.empty());
    CHECK(menu.read("work-a.desktop") == text_of(work, "a"));
    struct stat facts {};
    REQUIRE(::stat((menu.path + "/work-a.desktop").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0644);

    // What is right stays the file it is.
    const ino_t before = inode(menu.path + "/work-a.desktop");
    menu.write("work-b.desktop", text_of(work, "b", "Another name"));
    const auto second = menu.replace(work, {"a", "b", "c"});
    CHECK(second.written == Names{"work-b.desktop", "work-c.desktop"});
    CHECK(inode(menu.path + "/work-a.desktop") == before);
    CHECK(menu.read("work-b.desktop") == text_of(work, "b"));

    const auto third = menu.replace(work, {"c"});
    CHECK(third.written.empty());
    CHECK(third.removed == Names{"work-a.desktop", "work-b.desktop"});
    CHECK(menu.files() == Names{"work-c.desktop"});
    CHECK(menu.replace(work, {}).removed == Names{"work-c.desktop"});
    CHECK(menu.files().empty());
}

TEST_CASE("entry directory: what is not of the qube is neither replaced nor removed")
{
    const Menu menu;
    menu.replace(work_web, {"x", "y"});
    const std::string mine = "[Desktop Entry]\nName=work: my own\n";
    menu.write("work-mine.desktop", mine);
    menu.write("work-large.desktop", text_of(work, "large") + std::string(70'000, '\n'));
    menu.write("firefox.desktop", text_of(work, "firefox")); // ours, but under no name of ours
    menu.write("elsewhere", text_of(work, "link"));
    fs::create_symlink("elsewhere", menu.path + "/work-link.desktop");
    fs::create_directory(menu.path + "/work-directory.desktop");
    REQUIRE(::mkfifo((menu.path + "/work-pipe.desktop").c_str(), 0600) == 0);
    const Names before = menu.files();

    // The file of `web-x` of `work` is that of `x` of `work-web`.
    const auto changes =
        menu.replace(work, {"web-x", "mine", "large", "link", "directory", "pipe", "new"});
    CHECK(changes.written == Names{"work-new.desktop"});
    CHECK(changes.removed.empty());
    CHECK(changes.taken == Names{"work-directory.desktop", "work-large.desktop",
                                 "work-link.desktop", "work-mine.desktop", "work-pipe.desktop",
                                 "work-web-x.desktop"});
    CHECK(menu.replace(work, {}).removed == Names{"work-new.desktop"});
    CHECK(menu.files() == before);
    CHECK(menu.read("work-web-x.desktop") == text_of(work_web, "x"));
    CHECK(menu.read("work-mine.desktop") == mine);
    CHECK(menu.replace(work_web, {"y"}).removed == Names{"work-web-x.desktop"});
}

TEST_CASE("entry directory: what a killed run has left goes, and nothing else of that look")
{
    const Menu menu;
    menu.write("work-a.desktop~AbC123", "half");
    menu.write("work-a.desktop~", "of an editor");
    menu.write("work-a.desktop~AbC1234", "no name of ours");
    menu.write("mail-a.desktop~AbC123", "of another qube");
    menu.replace(work, {"a"});
    CHECK(menu.files() == Names{"mail-a.desktop~AbC123", "work-a.desktop", "work-a.desktop~",
                                "work-a.desktop~AbC1234"});
}

TEST_CASE("entry directory: one at a time, and only where one may write")
{
    const Menu menu;
    menu.replace(work, {"a"});
    {
        const EntryDirectory first{menu.path};
        CHECK(failure_of([&] { EntryDirectory{menu.path}; }) == Failure::busy);
    }
    CHECK(failure_of([&] { EntryDirectory{menu.path}; }) == std::nullopt);
    CHECK(failure_of([&] { EntryDirectory{menu.path + "/work-a.desktop"}; }) == Failure::failed);
    CHECK(failure_of([&] { EntryDirectory{menu.path + "/work-a.desktop/below"}; }) ==
          Failure::failed);
}

TEST_CASE("launcher: what of Qubes OS is installed says how applications are started")
{
    const Root root;
    CHECK(root.run([] { return launcher_of_this_machine() == Launcher::qube; }));
    root.write("/usr/lib/qubes/qrexec-client-vm", "");
    CHECK(root.run([] { return launcher_of_this_machine() == Launcher::old_qube; }));
    root.write("/usr/bin/qrexec-client-vm", "");
    CHECK(root.run([] { return launcher_of_this_machine() == Launcher::qube; }));
    root.write("/usr/bin/qrexec-client", "");
    CHECK(root.run([] { return launcher_of_this_machine() == Launcher::dom0; }));
}

TEST_CASE("menu request: a qube, and a directory or the user's own")
{
    const auto given = MenuRequest::parse("work:/srv/menus");
    CHECK(given.qube == work);
    CHECK(given.directory == "/srv/menus");
    for (const char* wrong :
         {"", ":", "dom0", "dom0:/srv", "4work:/srv", "work:", "work:srv", "work:/", "work:/srv/",
          "work:/srv//x", "work:/srv/../x", "work:/./x", "work:/srv/.."})
        CHECK(failure_of([&] { static_cast<void>(MenuRequest::parse(wrong)); }) ==
              Failure::bad_value);

    const Root root;
    const std::string id = std::to_string(::geteuid());
    CHECK(root.run([] {
        return failure_of([] { static_cast<void>(MenuRequest::parse("work")); }) ==
               Failure::bad_value;
    }));
    root.write("/etc/passwd", "short:x\nother:x:77" + id + ":0::/home/other:/bin/sh\nuser:x:" + id +
                                  ":1000::/home/user:/bin/sh\n");
    CHECK(root.run([] {
        return MenuRequest::parse("work").directory == "/home/user/.local/share/applications";
    }));
    root.write("/home/user/.profile", "");
    CHECK(
        root.run([] { return MenuRequest::parse("work").first_to_make() == "/home/user/.local"; }));
    root.write("/home/user/.local/share/x", "");
    CHECK(root.run([] {
        return MenuRequest::parse("work").first_to_make() == MenuRequest::parse("work").directory;
    }));
}

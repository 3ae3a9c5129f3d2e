// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-desktop, where there is no store and nothing else of a dom0: as in a qube.

#include "calls/world.hpp"
#include "confine/landlock.hpp"
#include "support/catch.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view menu = "/home/user/.local/share/applications";

// What the service of an unmodified qube prints.
constexpr std::string_view rows =
    "/usr/share/applications/firefox.desktop:Name=Firefox\n"
    "/usr/share/applications/firefox.desktop:Name[de]=Feuerfuchs\n"
    "/usr/share/applications/firefox.desktop:Exec=qubes-desktop-run "
    "/usr/share/applications/firefox.desktop\n"
    "/usr/share/applications/firefox.desktop:Categories=Network;WebBrowser;\n"
    "\n"
    "/usr/share/applications/kde/konsole.desktop:Name=Konsole\n"
    "\n";

constexpr std::string_view both =
    "written work-firefox.desktop\nwritten work-kde-konsole.desktop\n";

struct Qube {
    Qube()
    {
        fs::remove_all(root.below("/var"));
        fs::remove_all(root.below("/run"));
        root.write("/home/user/.profile", "");
        root.write("/etc/passwd",
                   "user:x:" + std::to_string(::geteuid()) + ":1000::/home/user:/bin/sh\n");
    }

    [[nodiscard]] Command command(std::vector<std::string> words, std::string_view input = "") const
    {
        Command command;
        command.program = call_path("qubes-mgmt-desktop");
        command.words = {command.program};
        command.words.insert(command.words.end(), words.begin(), words.end());
        command.environment = root.environment();
        command.input = input;
        return command;
    }

    void gives(std::vector<std::string> words, std::string_view input, std::string_view reply) const
    {
        const Outcome outcome = run(command(std::move(words), input));
        CHECK(outcome.err == "");
        CHECK(outcome.out == reply);
        CHECK(outcome.status == 0);
    }

    void refuses(std::vector<std::string> words, std::string_view input, Failure kind) const
    {
        check_refusal(run(command(std::move(words), input)), "qubes-mgmt-desktop", kind);
    }

    [[nodiscard]] std::string entry(std::string_view file) const
    {
        return root.read(std::string{menu} + "/" + std::string{file});
    }

    ScratchRoot root;
};

} // namespace

TEST_CASE("desktop: what a qube offers is in the user's menu, follows it and goes on request")
{
    const Qube qube;
    qube.gives({"work"}, rows, both);
    CHECK(qube.entry("work-firefox.desktop") ==
          "[Desktop Entry]\n"
          "Version=1.0\n"
          "Type=Application\n"
          "Terminal=false\n"
          "X-Qubes-VmName=work\n"
          "X-Qubes-AppName=firefox\n"
          "Name=work: Firefox\n"
          "Categories=Network;WebBrowser;X-Qubes-VM;\n"
          "Exec=qrexec-client-vm work qubes.StartApp+firefox\n");
    CHECK(qube.entry("work-kde-konsole.desktop").find("qubes.StartApp+kde-konsole\n") !=
          std::string::npos);
    qube.gives({"work"}, rows, "");
    qube.gives({"mail"}, "mutt.desktop:Name=Mutt\n", "written mail-mutt.desktop\n");
    qube.gives({"work"}, "firefox.desktop:Name=Firefox ESR\n",
               "written work-firefox.desktop\nremoved work-kde-konsole.desktop\n");
    qube.gives({"--remove", "work"}, "", "removed work-firefox.desktop\n");
    qube.gives({"--remove", "work"}, "", "");
    CHECK(qube.root.exists(std::string{menu} + "/mail-mutt.desktop"));
    // Nothing of a dom0 has come into being.
    CHECK(!qube.root.exists("/var"));
    CHECK(!qube.root.exists("/run"));
}

TEST_CASE("desktop: into the directory that is named, as rows for programs if they ask")
{
    const Qube qube;
    qube.gives({"work:/srv/new/menu"}, rows, both); // nothing of it is there yet
    CHECK(qube.root.exists("/srv/new/menu/work-firefox.desktop"));
    CHECK(!qube.root.exists(menu));
    qube.gives({"--json", "--remove", "work:/srv/new/menu"}, "",
               "[\n  {\"change\": \"removed\", \"file\": \"work-firefox.desktop\"},\n"
               "  {\"change\": \"removed\", \"file\": \"work-kde-konsole.desktop\"}\n]\n");
}

TEST_CASE("desktop: in dom0 and in a qube of Qubes OS 3.2 applications start otherwise")
{
    const Qube qube;
    qube.root.write("/usr/lib/qubes/qrexec-client-vm", "");
    const Outcome old = run(qube.command({"work"}, "a.desktop:Name=A\n" + std::string(49, 'x') +
                                                       ".desktop:Name=Long\n"));
    CHECK(old.status == 0);
    CHECK(old.out == "written work-a.desktop\n");
    CHECK(old.err.find("warning: ") != std::string::npos);
    CHECK(old.err.find(std::string(49, 'x')) != std::string::npos);
    CHECK(qube.entry("work-a.desktop")
              .ends_with("Exec=/usr/lib/qubes/qrexec-client-vm work qubes.StartApp+a\n"));
    qube.root.write("/usr/bin/qrexec-client", "");
    qube.gives({"work"}, "a.desktop:Name=A\n", "written work-a.desktop\n");
    CHECK(qube.entry("work-a.desktop")
              .ends_with("Exec=qvm-run -q -a --service -- work qubes.StartApp+a\n"));
}

TEST_CASE("desktop: what is somebody else's stays, and is named")
{
    const Qube qube;
    qube.root.write(std::string{menu} + "/work-firefox.desktop", "[Desktop Entry]\nName=Mine\n");
    const Outcome outcome = run(qube.command({"work"}, rows));
    CHECK(outcome.status == 0);
    CHECK(outcome.out == "written work-kde-konsole.desktop\n");
    CHECK(outcome.err ==
          "qubes-mgmt-desktop: warning: 'work-firefox.desktop' is not of this qube, ignoring\n");
    CHECK(qube.entry("work-firefox.desktop") == "[Desktop Entry]\nName=Mine\n");
}

TEST_CASE("desktop: an input that cannot be right changes nothing")
{
    const Qube qube;
    qube.gives({"work"}, rows, both);
    const std::string before = qube.entry("work-firefox.desktop");
    qube.refuses({"work"}, "", Failure::bad_value); // the service was not to be reached
    qube.refuses({"work"}, "Request refused\n", Failure::bad_value);
    qube.refuses({"work"}, "a.desktop:Name=A\n" + std::string(100'000, '\n'), Failure::too_large);
    qube.refuses({}, rows, Failure::protocol);
    qube.refuses({"dom0"}, rows, Failure::bad_value);
    qube.refuses({"../work"}, rows, Failure::bad_value);
    qube.refuses({"work:relative"}, rows, Failure::bad_value);
    qube.refuses({"work:/home/user/../other"}, rows, Failure::bad_value);
    qube.refuses({"work", "mail"}, rows, Failure::protocol);
    qube.root.write("/etc/passwd", "");
    qube.refuses({"work"}, rows, Failure::bad_value);
    CHECK(qube.entry("work-firefox.desktop") == before);
    CHECK(qube.root.exists(std::string{menu} + "/work-kde-konsole.desktop"));
}

TEST_CASE("desktop: it is no service, and waits no longer than it is told")
{
    const Qube qube;
    Command remote = qube.command({"work"}, rows);
    remote.environment["QREXEC_REMOTE_DOMAIN"] = "mgr";
    check_refusal(run(remote), "qubes-mgmt-desktop", Failure::protocol);

    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const Fd reading{ends[0]};
    const Fd writing{ends[1]}; // kept open: the rows never end
    Command waiting = qube.command({"--timeout=0.3", "work"});
    waiting.input_from = reading.get();
    check_refusal(run(waiting), "qubes-mgmt-desktop", Failure::timeout);
    CHECK(!qube.root.exists(menu));
}

TEST_CASE("desktop: a desktop starts what is in the menu")
{
    const Qube qube;
    qube.gives({"work"}, rows, both);
    const std::string out = qube.root.below("/started");
    qube.root.write("/bin/qrexec-client-vm",
                    "#!/bin/sh\necho \"$*\" > " + out + ".new && mv " + out + ".new " + out + "\n");
    ::chmod(qube.root.below("/bin/qrexec-client-vm").c_str(), 0755);
    Command desktop;
    desktop.program = "/bin/sh";
    desktop.words = {"sh",
                     "-c",
                     "gio launch \"$1\" || exit; for i in $(seq 100); do [ -e \"$2\" ] && exit; "
                     "sleep 0.1; done; exit 9",
                     "sh",
                     qube.root.below(std::string{menu} + "/work-kde-konsole.desktop"),
                     out};
    const std::string home = qube.root.below("/home/user");
    desktop.environment = {{"PATH", qube.root.below("/bin") + ":/usr/bin:/bin"},
                           {"HOME", home},
                           {"XDG_RUNTIME_DIR", home}};
    const Outcome outcome = run(std::move(desktop));
    CHECK(outcome.status == 0);
    CHECK(qube.root.read("/started") == "work qubes.StartApp+kde-konsole\n");
}

TEST_CASE("desktop: it may write in the menu, and open nothing else")
{
    Qube qube;
    qube.root.write("/home/user/secret", "nobody's business\n");
    qube.root.write("/var/lib/qubes/qubes.xml", "<qubes/>\n");
    qube.root.write(std::string{menu} + "/present", "");
    qube.root.environment()["LD_PRELOAD"] = probe_object();
    qube.root.environment()["QMGMT_PROBE_FILES"] =
        "secret=" + qube.root.below("/home/user/secret") +
        " store=" + qube.root.below("/var/lib/qubes/qubes.xml") +
        " menu=" + qube.root.below(std::string{menu} + "/present");
    const Outcome outcome = run(qube.command({"work"}, rows));
    CHECK(outcome.out == both);
    const auto found = [&](const std::string& what, int result) {
        INFO(what << "\n" << outcome.err);
        CHECK(outcome.err.find("probe " + what + " " + std::to_string(result) + "\n") !=
              std::string::npos);
    };
    found("execve", EPERM);
    found("fork", EPERM);
    found("socket-inet", EPERM);
    if (landlock_version() == 0) {
        std::puts("this kernel has no Landlock: what it may open is not tested");
        return;
    }
    for (const char* verb : {"read-", "write-", "make-"}) {
        found(std::string{verb} + "secret", EACCES);
        found(std::string{verb} + "store", EACCES);
        found(std::string{verb} + "menu", 0);
    }
}

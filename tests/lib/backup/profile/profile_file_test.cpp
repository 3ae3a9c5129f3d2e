// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/fault.hpp"
#include "backup/profile/profile.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

#include <cstdio>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;

namespace {

constexpr std::string_view place = "/etc/qubes/backup/nightly.conf";
constexpr std::string_view with_text = "destination_vm: dom0\n"
                                       "destination_path: /b\n"
                                       "passphrase_text: correct horse battery\n";
constexpr std::string_view with_qube = "destination_vm: dom0\n"
                                       "destination_path: /b\n"
                                       "passphrase_vm: vault\n";

struct Stage {
    Stage(std::string_view text, mode_t mode)
    {
        root.write(place, text);
        path = root.make_way(place);
        ::chmod(path.c_str(), mode);
    }

    [[nodiscard]] bool is_read() const
    {
        return root.run(
            [] { return load_profile(ProfileId::parse("nightly")).destination_path == "/b"; });
    }

    [[nodiscard]] bool is_refused(BackupFault fault) const
    {
        return root.run([fault] {
            try {
                static_cast<void>(load_profile(ProfileId::parse("nightly")));
            } catch (const BackupError& error) {
                return error.fault() == fault && error.text().find('/') == std::string::npos;
            }
            return false;
        });
    }

    test::Root root;
    std::string path;
};

} // namespace

TEST_CASE("profile file: one that nobody else can change is read")
{
    CHECK(Stage{with_text, 0600}.is_read());
    CHECK(Stage{with_text, 0640}.is_read());
    CHECK(Stage{with_qube, 0644}.is_read());
}

TEST_CASE("backup.md 75: a profile that others can read or change is not trusted")
{
    constexpr BackupFault refused = BackupFault::config_permissions;
    CHECK(Stage{with_text, 0644}.is_refused(refused));
    CHECK(Stage{with_text, 0604}.is_refused(refused));
    CHECK(Stage{with_text, 0660}.is_refused(refused));
    CHECK(Stage{with_qube, 0602}.is_refused(refused));
    CHECK(Stage{std::string{with_qube} + "restore:\n  passphrase_text: another horse\n", 0644}
              .is_refused(refused));

    const Stage linked{with_text, 0600};
    const std::string target = linked.path + ".target";
    REQUIRE(::rename(linked.path.c_str(), target.c_str()) == 0);
    REQUIRE(::symlink(target.c_str(), linked.path.c_str()) == 0);
    CHECK(linked.is_refused(refused));

    const Stage piped{with_text, 0600};
    ::unlink(piped.path.c_str());
    REQUIRE(::mkfifo(piped.path.c_str(), 0600) == 0);
    CHECK(piped.is_refused(refused));

    if (::geteuid() != 0) {
        std::puts("not root: nobody else's profile can be made");
        return;
    }
    const Stage owned{with_text, 0600};
    REQUIRE(::chown(owned.path.c_str(), 1000, 1000) == 0);
    CHECK(owned.is_refused(refused));
}

TEST_CASE("profile file: one that is not there is not found, one that is too long not read")
{
    const Stage gone{with_text, 0600};
    ::unlink(gone.path.c_str());
    CHECK(gone.is_refused(BackupFault::config_not_found));
    CHECK(Stage{std::string(65'537, '#'), 0600}.is_refused(BackupFault::config_invalid));
}

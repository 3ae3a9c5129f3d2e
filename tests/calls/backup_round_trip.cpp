// SPDX-License-Identifier: GPL-2.0-or-later
//
// What Execute has put into an archive, Restore brings back on another host: the same disks, bit
// for bit and with their holes, and the same settings.

#include "calls/backup_world.hpp"
#include "calls/stream.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr int qubes_of_each = 7;

struct Made {
    std::string klass;
    std::string name;
    std::vector<std::string> images; // below /var/lib/qm-lvm
};

std::string number(int i)
{
    return (i < 10 ? "0" : "") + std::to_string(i);
}

// Templates, qubes of them, standalone ones and disposables, 29 in all with one that they share.
std::vector<Made> make_qubes(const BackupHost& host)
{
    std::vector<Made> made;
    const auto create = [&](const std::string& klass, const std::string& base,
                            const std::string& name, std::vector<std::string> images) {
        static_cast<void>(
            host.reply({"dom0", "vm.Create." + klass, base, "name=" + name + " label=green"}));
        made.push_back({klass, name, std::move(images)});
    };
    for (int i = 0; i < qubes_of_each; ++i) {
        const std::string t = "t" + number(i);
        const std::string a = "a" + number(i);
        const std::string s = "s" + number(i);
        create("TemplateVM", "", t,
               {"vm-templates/" + t + "/root.img", "vm-templates/" + t + "/private.img"});
        create("AppVM", t, a, {"appvms/" + a + "/private.img"});
        static_cast<void>(host.reply({a, "vm.property.Set", "template_for_dispvms", "True"}));
        create("StandaloneVM", "", s,
               {"appvms/" + s + "/root.img", "appvms/" + s + "/private.img"});
        create("DispVM", a, "d" + number(i), {});
    }
    return made;
}

// Data here and there in a disk that is large and mostly holes.
void scatter(const std::string& path, unsigned seed)
{
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    REQUIRE(file);
    file.seekg(0, std::ios::end);
    const auto size = static_cast<std::uint64_t>(file.tellg());
    for (unsigned i = 0; i < 6; ++i) {
        const std::uint64_t at = (seed * 7919ULL + i * 1'000'003ULL) * 4096 % (size - 8192);
        file.seekp(static_cast<std::streamoff>(at));
        for (unsigned j = 0; j < 5000; ++j)
            file.put(static_cast<char>(1 + (seed + i * 31 + j * 17) % 250));
    }
}

void give_settings(const BackupHost& host, const std::string& name, int i)
{
    for (const Ask& ask :
         std::vector<Ask>{{name, "vm.property.Set", "memory", std::to_string(500 + i)},
                          {name, "vm.property.Set", "debug", "True"},
                          {name, "vm.feature.Set", "service.test" + number(i), "1"},
                          {name, "vm.feature.Set", "note", "a <&> \"b\" " + number(i)},
                          {name, "vm.tag.Set", "group" + number(i)}})
        static_cast<void>(host.reply(ask));
}

// As far as a restore keeps it: what is the new qube's own, or held back, is left out.
std::set<std::string> settings_of(const StoreView& view, const std::string& name)
{
    static const std::set<std::string> own{"qid", "uuid", "dispid", "backup_timestamp"};
    std::set<std::string> found;
    const Node* domain = view.domain(name);
    REQUIRE(domain != nullptr);
    for (const Node& property : domain->child("properties")->children)
        if (!own.contains(property.attribute("name")))
            found.insert("property " + property.attribute("name") + "=" + property.text);
    for (const Node& feature : domain->child("features")->children)
        found.insert("feature " + feature.attribute("name") + "=" + feature.text);
    for (const std::string& tag : view.tags(name))
        if (!tag.starts_with("restored-from-backup-"))
            found.insert("tag " + tag);
    for (const Node& volume : domain->child("volume-config")->children) {
        std::string text = "volume";
        for (const auto& [key, value] : volume.attributes)
            text += " " + key + "=" + value;
        found.insert(text);
    }
    return found;
}

} // namespace

TEST_CASE("backup.Restore: thirty qubes of all classes come back as Execute has saved them",
          "[calls]")
{
    const BackupHost host;
    const std::vector<Made> made = make_qubes(host);
    unsigned seed = 1;
    for (std::size_t i = 0; i < made.size(); ++i) {
        give_settings(host, made[i].name, static_cast<int>(i));
        for (const std::string& image : made[i].images)
            scatter(host.root.below("/var/lib/qm-lvm/" + image), seed++);
    }
    static_cast<void>(
        host.reply({"dom0", "vm.CreateInPool.StandaloneVM", "", "name=big label=red pool=lvm"}));
    static_cast<void>(host.reply({"big", "vm.volume.Resize", "private", "21474836480"}));
    scatter(host.root.below("/var/lib/qm-lvm/appvms/big/private.img"), seed);
    static_cast<void>(host.reply({"a00", "vm.firewall.Set", "",
                                  "action=accept dsthost=10.0.0.0/8 proto=tcp dstports=22\n"
                                  "action=drop\n"}));
    std::string include;
    for (const Made& one : made)
        include += (include.empty() ? "" : ", ") + one.name;
    host.set_profile("include: [" + include + ", big]\ncompression: zstd\n");
    const std::string archive = host.archive();

    const BackupHost other;
    other.set_profile("include: []\n");
    const Outcome verified = file_to(other.root, {"dom0", "backup.Verify", "nightly"}, archive);
    INFO(verified.out << verified.err);
    CHECK(verified.status == 0);
    const Outcome outcome = file_to(other.root, {"dom0", "backup.Restore", "nightly"}, archive);
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(outcome.out.find("result=failed") == std::string::npos);
    const StoreView before = host.view();
    const StoreView after = other.view();
    for (const Made& one : made) {
        INFO(one.name);
        CHECK(settings_of(after, one.name) == settings_of(before, one.name));
        for (const std::string& image : one.images) {
            INFO(image);
            const bool same = image_of(host.root.below("/var/lib/qm-lvm/" + image)) ==
                              image_of(other.root.below("/var/lib/qm-lvm/" + image));
            CHECK(same);
        }
    }
    const std::string big = "/var/lib/qm-lvm/appvms/big/private.img";
    const bool same = image_of(host.root.below(big)) == image_of(other.root.below(big));
    CHECK(same);
    CHECK(after.volume("big", "private", "size") == "21474836480");
    CHECK(host.reply({"a00", "vm.firewall.GetPolicy"}) == "drop");
    CHECK(other.reply({"a00", "vm.firewall.Get"}) == host.reply({"a00", "vm.firewall.Get"}));
    // And it lives.
    CHECK(run_call(other.root, {"s00", "vm.Start"}).status == 0);
}

namespace {

namespace fs = std::filesystem;

// A dom0 whose user is `nobody`, whom every machine has.
void give_home(const BackupHost& host)
{
    host.root.write("/etc/group", "root:x:0:\nqubes:x:98:nobody\n");
    host.root.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\n"
                                   "nobody:x:65534:65534::/home/nobody:/bin/bash\n");
    host.root.write("/home/nobody/here", "already");
    const std::string home = host.root.below("/home/nobody");
    REQUIRE(::chmod(host.root.path().c_str(), 0755) == 0);
    REQUIRE(::chmod(host.root.below("/home").c_str(), 0755) == 0);
    REQUIRE(::chmod(home.c_str(), 0700) == 0);
}

void own_home(const BackupHost& host)
{
    const std::string home = host.root.below("/home/nobody");
    if (::geteuid() != 0)
        return;
    REQUIRE(::lchown(home.c_str(), 65534, 65534) == 0);
    for (const auto& entry : fs::recursive_directory_iterator{home})
        REQUIRE(::lchown(entry.path().c_str(), 65534, 65534) == 0);
}

std::vector<std::string> restored_homes(const BackupHost& host)
{
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator{host.root.below("/home/nobody")})
        if (entry.path().filename().string().find("home-restore") != std::string::npos)
            names.push_back(entry.path().filename());
    return names;
}

Outcome restore_with(const BackupHost& host, const std::string& profile, std::string_view options,
                     const std::string& archive)
{
    return stream_to(host.root, {"dom0", "backup.Restore", profile},
                     "mgmt-restore 1\n" + std::string{options} + "\n" + archive);
}

} // namespace

TEST_CASE("backup.Restore: the home of dom0's user comes back beside what is there", "[calls]")
{
    const BackupHost host;
    give_home(host);
    host.root.write("/home/nobody/notes/today", "from home");
    host.root.write("/home/nobody/.ssh/key", "secret");
    fs::create_symlink("notes/today", host.root.below("/home/nobody/link"));
    REQUIRE(::chmod(host.root.below("/home/nobody/.ssh/key").c_str(), 0600) == 0);
    own_home(host);
    host.set_profile("include: [dom0, work]\n");
    const std::string archive = host.root.read(host.archive().substr(host.root.path().size()));

    const BackupHost other;
    give_home(other);
    own_home(other);
    other.set_profile("restore:\n  dom0_home: true\n");
    other.set_profile("", "strict");
    const std::string_view wanted = "dom0-home=yes\nrename=work:work2\n";
    CHECK(restore_with(other, "strict", wanted, archive).status ==
          static_cast<int>(Failure::protocol));
    const Outcome cut =
        restore_with(other, "nightly", wanted, archive.substr(0, archive.size() - 2000));
    INFO(cut.out << cut.err);
    CHECK(cut.status != 0);
    CHECK(restored_homes(other).empty());
    CHECK(other.view().domain("work2") == nullptr);

    const Outcome outcome = restore_with(other, "nightly", wanted, archive);
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
    const auto homes = restored_homes(other);
    REQUIRE(homes.size() == 1);
    CHECK(outcome.out.find("vm name=dom0 as=" + homes[0] + " result=restored\n") !=
          std::string::npos);
    const std::string below = "/home/nobody/" + homes[0];
    CHECK(other.root.read(below + "/notes/today") == "from home");
    CHECK(other.root.read(below + "/.ssh/key") == "secret");
    CHECK(other.root.read(below + "/link") == "from home");
    CHECK(other.root.read("/home/nobody/here") == "already");
    struct stat facts {};
    REQUIRE(::stat(other.root.below(below + "/.ssh/key").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0600);
    if (::geteuid() == 0)
        CHECK(facts.st_uid == 65534);
    CHECK(other.view().domain("work2") != nullptr);

    SECTION("another user's is asked for by name")
    {
        host.set_profile("include: [dom0]\nmask_username: true\n", "masked");
        const std::string masked =
            host.root.read(host.archive("masked").substr(host.root.path().size()));
        const Outcome refused = restore_with(other, "nightly", "dom0-home=yes\n", masked);
        CHECK(refused.status == static_cast<int>(Failure::protocol));
        CHECK(restored_homes(other).size() == 1);
        std::this_thread::sleep_for(std::chrono::milliseconds{1100}); // a name of another second
        CHECK(
            restore_with(other, "nightly", "dom0-home=yes\nignore-username=yes\n", masked).status ==
            0);
        CHECK(restored_homes(other).size() == 2);
    }
    SECTION("what a killed one left goes with the next")
    {
        other.root.write("/home/nobody/.home-restore-2020-01-01T000000.partial/x", "x");
        own_home(other);
        std::this_thread::sleep_for(std::chrono::milliseconds{1100});
        CHECK(
            restore_with(other, "nightly", "dom0-home=yes\nrename=work:work3\n", archive).status ==
            0);
        CHECK(restored_homes(other).size() == 2);
    }
}

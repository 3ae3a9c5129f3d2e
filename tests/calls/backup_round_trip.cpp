// SPDX-License-Identifier: GPL-2.0-or-later
//
// What Execute has put into an archive, Restore brings back on another host: the same disks, bit
// for bit and with their holes, and the same settings.

#include "calls/backup_world.hpp"
#include "calls/stream.hpp"
#include "support/catch.hpp"

#include <fstream>
#include <set>

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

// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/metadata/metadata.hpp"
#include "lib/backup/restore/metadata_text.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

std::optional<BackupFault> refusal(const std::string& xml)
{
    return backup_fault_of([&] { static_cast<void>(BackupMetadata::parse(xml)); });
}

std::optional<BackupFault> refusal_of(const DomainText& domain)
{
    return refusal(metadata_text(domain.text()));
}

} // namespace

TEST_CASE("backup metadata: a qube with all that it may have", "[backup]")
{
    const DomainText work{
        .klass = "AppVM",
        .name = "work",
        .path = "vm7/",
        .label = "label-4",
        .properties = property("template", "debian") + property("netvm", "domain-2") +
                      property("memory", "500") + property("nobody_knows", "x") +
                      property("dispvm_allowed", "True"),
        .features = feature("gui", "1") + feature("service/ntpd", "1") + feature("menu", ""),
        .tags = "<tag name=\"red\"/><tag name=\"a.b\"/>",
        .more = "<devices class=\"pci\"><device backend-domain=\"dom0\" id=\"00_14.0\">"
                "<option name=\"permissive\">True</option></device>"
                "<device backend-domain=\"../x\" id=\"1\"/></devices>"
                "<volume-config>"
                "<volume name=\"root\" snap_on_start=\"True\" save_on_stop=\"False\"/>"
                "<volume name=\"private\" size=\"2147483648\" save_on_stop=\"True\" rw=\"True\"/>"
                "</volume-config>",
        .size = "123456"};
    std::string firewall = DomainText{.name = "sys-firewall"}.text();
    firewall.replace(firewall.find("domain-x-sys-firewall"), 21, "domain-2");
    const auto metadata = BackupMetadata::parse("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" +
                                                metadata_text(firewall + work.text()));
    REQUIRE(metadata.qubes.size() == 2);
    CHECK_FALSE(metadata.home);
    CHECK_FALSE(metadata.find("sys-firewall")->included);
    CHECK(metadata.in("vm7/") == metadata.find("work"));
    CHECK(metadata.in("vm70/") == nullptr);
    const ArchivedQube& qube = *metadata.find("work");
    CHECK(qube.included);
    CHECK(qube.klass == class_app);
    CHECK(qube.label == "green");
    CHECK(qube.size == 123456);
    CHECK(qube.properties.at("netvm") == "sys-firewall");
    CHECK(qube.properties.at("memory") == "500");
    CHECK(qube.properties.at("template_for_dispvms") == "True");
    REQUIRE(qube.devices.size() == 1);
    CHECK(qube.devices[0].port == "00_14.0");
    CHECK(qube.devices[0].options[0].second == "True");
    REQUIRE(qube.volumes.size() == 2);
    CHECK(qube.volumes[1].save_on_stop);
    CHECK(qube.volumes[1].size == 2147483648);
    CHECK(qube.tags == std::vector<std::string>{"red"});
    auto notes = qube.notes;
    std::ranges::sort(notes);
    CHECK(notes == std::vector<std::string>{"device-skipped:pci", "feature-skipped:malformed",
                                            "property-skipped:nobody_knows",
                                            "tag-skipped:malformed"});
}

TEST_CASE("backup metadata: dom0 brings the home of its user", "[backup]")
{
    const auto with_home = [](const std::string& path) {
        return "<qubes>" + labels_text +
               "<properties/><domains><domain class=\"AdminVM\"><properties/><features>" +
               feature("backup-content", "1") + feature("backup-path", path) +
               feature("backup-size", "5") + "</features></domain></domains></qubes>";
    };
    const auto metadata = BackupMetadata::parse(with_home("dom0-home/user"));
    REQUIRE(metadata.home);
    CHECK(metadata.home->user() == "user");
    CHECK(metadata.home->size == 5);
    for (const char* path : {"dom0-home/", "dom0-home", "dom0-home/../x", "dom0-home/a/b", "",
                             "home/user", "dom0-home/.x", "vm0/"}) {
        INFO(path);
        CHECK(refusal(with_home(path)) == BackupFault::metadata_invalid);
    }
}

TEST_CASE("backup.md 26: metadata with a DOCTYPE, an entity or a bomb of them is refused",
          "[backup]")
{
    const std::string good = metadata_text("");
    REQUIRE_FALSE(refusal(good));
    for (const char* head :
         {"<!DOCTYPE qubes>", "<!DOCTYPE qubes SYSTEM \"file:///etc/passwd\">",
          "<!DOCTYPE qubes [<!ENTITY x SYSTEM \"http://127.0.0.1/\">]>",
          "<!DOCTYPE qubes [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>"}) {
        INFO(head);
        CHECK(refusal(head + good) == BackupFault::metadata_invalid);
    }
    CHECK(refusal("<?xml version=\"1.0\" encoding=\"utf-16\"?>" + good) ==
          BackupFault::metadata_invalid);
    CHECK(refusal("<qubes>&undefined;</qubes>") == BackupFault::metadata_invalid);
}

TEST_CASE("backup metadata: what would cost memory or has no end is refused", "[backup]")
{
    std::string deep;
    for (int i = 0; i < 20; ++i)
        deep += "<a>";
    std::string attributes = "<x ";
    for (int i = 0; i < 33; ++i)
        attributes += "a" + std::to_string(i) + "=\"\" ";
    std::string many;
    for (int i = 0; i < 20'000; ++i)
        many += "<a/>";
    std::string crowd;
    for (int i = 0; i < 4097; ++i)
        crowd += DomainText{.name = "q" + std::to_string(i)}.text();
    CHECK(refusal("<qubes>" + deep) == BackupFault::metadata_invalid);
    CHECK(refusal(metadata_text(attributes + "/>")) == BackupFault::metadata_invalid);
    CHECK(refusal(metadata_text("<domain class=\"AppVM\">" + many + "</domain>")) ==
          BackupFault::metadata_invalid);
    CHECK(refusal(metadata_text(crowd)) == BackupFault::size_limit);
    CHECK(refusal(std::string(most_metadata + 1, ' ')) == BackupFault::size_limit);
    for (const std::string& text :
         {std::string{}, std::string{"<qubes"}, std::string{"<qubes/>"}, metadata_text("") + "x",
          std::string{"<x><labels/><properties/><domains/></x>"},
          "<qubes>" + labels_text + "<properties/><domains/></qubes>", // no dom0
          "<qubes>" + labels_text + "<domains>" + dom0_text + "</domains></qubes>",
          "<qubes>" + labels_text + labels_text + "<properties/><domains>" + dom0_text +
              "</domains></qubes>",
          metadata_text(dom0_text)}) {
        INFO(text);
        CHECK(refusal(text) == BackupFault::metadata_invalid);
    }
}

TEST_CASE("backup.md 53 54: each qube has files of its own", "[backup]")
{
    const auto two = [](const std::string& one, const std::string& other) {
        return metadata_text(DomainText{.name = "a", .path = one}.text() +
                             DomainText{.name = "b", .path = other}.text());
    };
    const auto metadata = BackupMetadata::parse(two("vm1", "vm10/"));
    CHECK(metadata.in("vm1/")->name == "a");
    CHECK(metadata.in("vm10/")->name == "b");
    CHECK(refusal(two("vm1/", "vm1/")) == BackupFault::metadata_invalid);
    CHECK(refusal(two("vm1", "vm1/")) == BackupFault::metadata_invalid);
    for (const char* path :
         {"..", "/", "", "../vm1", "vm1/..", "vm1/../x", "vm", "vm/", "vm0", "vm01", "vm1//",
          "vm12345678901", "/vm1", "vm1/x", "appvms/a", "vm-1", "Vm1"}) {
        INFO(path);
        CHECK(refusal(two("vm2", path)) ==
              (*path == '\0' ? std::nullopt : std::optional{BackupFault::metadata_invalid}));
    }
    CHECK(refusal(metadata_text(DomainText{.name = "a", .path = "vm1"}.text() +
                                DomainText{.name = "a"}.text())) == BackupFault::metadata_invalid);
}

TEST_CASE("backup.md 55: a qube has a name that it could be given", "[backup]")
{
    for (const char* name : {"dom0", "-x", "a b", "", "x-dm", "none", "default", "Domain-0", "1a",
                             "a/b", "a&#10;b", "abcdefghijklmnopqrstuvwxyzabcdef"}) {
        INFO(name);
        CHECK(refusal_of({.name = name}) == BackupFault::metadata_invalid);
        CHECK(refusal_of({.name = name, .path = "vm3/"}) == BackupFault::metadata_invalid);
    }
    CHECK_FALSE(refusal_of({.name = "abcdefghijklmnopqrstuvwxyzabcde", .path = "vm3/"}));
}

TEST_CASE("backup metadata: classes, sizes and volumes that make no sense are refused", "[backup]")
{
    CHECK(refusal_of({.klass = "RemoteVM", .name = "a", .path = "vm3"}) ==
          BackupFault::metadata_invalid);
    CHECK(refusal_of({.klass = "Other", .name = "a", .path = "vm3"}) ==
          BackupFault::metadata_invalid);
    CHECK_FALSE(refusal_of({.klass = "RemoteVM", .name = "a"}));
    CHECK(refusal_of({.name = "a", .path = "vm3", .size = "-1"}) == BackupFault::metadata_invalid);
    CHECK(refusal_of({.name = "a", .path = "vm3", .size = "1e9"}) == BackupFault::metadata_invalid);
    for (const char* volume : {"<volume name=\"../x\"/>", "<volume name=\"private\" size=\"x\"/>",
                               "<volume name=\"private\"/><volume name=\"private\"/>"}) {
        INFO(volume);
        CHECK(refusal_of({.name = "a",
                          .path = "vm3",
                          .more = "<volume-config>" + std::string{volume} + "</volume-config>"}) ==
              BackupFault::metadata_invalid);
    }
}

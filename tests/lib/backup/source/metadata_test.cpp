// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/source/metadata.hpp"
#include "support/catch.hpp"

#include <pugixml.hpp>

#include <sys/mman.h>

using namespace qmgmt;

namespace {

// Strangers are those that nobody who is saved names.
constexpr std::string_view host = R"(<qubes>
  <labels>
    <label id="label-1" color="0xcc0000">red</label>
    <label id="label-8" color="0x000000">black</label>
  </labels>
  <pools>
    <pool name="lvm" driver="lvm_thin" volume_group="vg0" thin_pool="tp"/>
    <pool name="spare" driver="file-reflink" dir_path="/srv/stranger-pool"/>
  </pools>
  <properties>
    <property name="check_updates_vm">False</property>
    <property name="clockvm">stranger-clock</property>
    <property name="default_netvm">fire</property>
    <property name="updatevm">domain-4</property>
  </properties>
  <domains>
    <domain id="domain-0" class="AdminVM">
      <properties><property name="label">black</property></properties>
      <features><feature name="suspend">1</feature></features>
      <tags/>
    </domain>
    <domain id="domain-1" class="TemplateVM">
      <properties>
        <property name="label">black</property>
        <property name="name">tmpl</property>
        <property name="qid">1</property>
        <property name="uuid">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e01</property>
        <property name="memory">777</property>
      </properties>
      <features><feature name="secret-of-tmpl">1</feature></features>
    </domain>
    <domain id="domain-2" class="AppVM">
      <properties>
        <property name="label">label-1</property>
        <property name="name">dvm</property>
        <property name="qid">2</property>
        <property name="uuid">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e02</property>
        <property name="template_for_dispvms">True</property>
        <property name="template">tmpl</property>
      </properties>
    </domain>
    <domain id="domain-3" class="AppVM">
      <properties>
        <property name="label" ref="label-1"/>
        <property name="name">work</property>
        <property name="qid">3</property>
        <property name="uuid">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e03</property>
        <property name="kernelopts">a&lt;b &amp;
two  </property>
        <property name="default_dispvm"></property>
        <property name="netvm">domain-4</property>
        <property name="template">tmpl</property>
      </properties>
      <features>
        <feature name="gui"></feature>
        <feature name="service.cups">1</feature>
        <feature name="backup-path">old/</feature>
        <feature name="preload-dispvm">stranger-disp</feature>
        <feature name="preload-dispvm-max">2</feature>
        <feature name="deferred-netvm-original">stranger-net</feature>
      </features>
      <devices class="block">
        <device backend-domain="usb" id="sda" mode="auto-attach"><option name="read-only">yes</option></device>
      </devices>
      <tags>
        <tag name="created-by-stranger-manager"/>
        <tag name="guivm-fire"/>
        <tag name="red-team"/>
      </tags>
      <volume-config>
        <volume name="private" pool="lvm" vid="vg0/vm-work-private" rw="True" save_on_stop="True" size="1024"/>
        <volume name="vol1" pool="spare" vid="appvms/stranger-vault/data" rw="True" save_on_stop="True"/>
      </volume-config>
    </domain>
    <domain id="domain-4" class="AppVM">
      <properties>
        <property name="label">red</property>
        <property name="name">fire</property>
        <property name="qid">4</property>
        <property name="uuid">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e04</property>
        <property name="netvm">stranger-net</property>
        <property name="template">tmpl</property>
      </properties>
      <tags><tag name="tag-of-fire"/></tags>
    </domain>
    <domain id="domain-5" class="DispVM">
      <properties>
        <property name="label">red</property>
        <property name="name">disp</property>
        <property name="qid">5</property>
        <property name="uuid">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e05</property>
        <property name="netvm"></property>
        <property name="template">dvm</property>
      </properties>
      <volume-config>
        <volume name="root" pool="lvm" vid="vg0/vm-disp-root" snap_on_start="True" source="vg0/vm-tmpl-root"/>
      </volume-config>
    </domain>
    <domain id="domain-6" class="AppVM">
      <properties>
        <property name="label">red</property>
        <property name="name">usb</property>
        <property name="qid">6</property>
        <property name="uuid">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e06</property>
        <property name="template">tmpl</property>
      </properties>
    </domain>
    <domain id="domain-7" class="StandaloneVM">
      <properties>
        <property name="label">red</property>
        <property name="name">stranger-net</property>
        <property name="qid">7</property>
        <property name="uuid">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e07</property>
        <property name="netvm"></property>
      </properties>
    </domain>
  </domains>
</qubes>
)";

Store store_of(std::string_view text)
{
    Fd file{::memfd_create("store", MFD_CLOEXEC)};
    REQUIRE(write_all(file.get(), text));
    return Store::load(std::move(file), Dialect::current);
}

const std::vector<SavedQube> two = {{"work", "vm3/", 1234}, {"disp", "vm5/", 99}};

struct Read {
    explicit Read(std::string text_) : text{std::move(text_)}
    {
        REQUIRE(document.load_buffer(text.data(), text.size(), pugi::parse_full));
        root = document.child("qubes");
    }
    [[nodiscard]] pugi::xml_node domain(const std::string& name) const
    {
        return root.child("domains").find_child([&](pugi::xml_node domain) {
            return value(domain.child("properties"), "name") == name;
        });
    }
    [[nodiscard]] std::vector<std::string> names() const
    {
        std::vector<std::string> found;
        for (const auto& domain : root.child("domains"))
            found.emplace_back(value(domain.child("properties"), "name"));
        return found;
    }
    // "-" for what is not there.
    static std::string value(pugi::xml_node parent, const char* name)
    {
        for (const auto& child : parent)
            if (std::string_view{child.attribute("name").value()} == name)
                return child.text().get();
        return "-";
    }
    static std::vector<std::string> names_in(pugi::xml_node parent)
    {
        std::vector<std::string> found;
        for (const auto& child : parent)
            found.emplace_back(child.attribute("name").value());
        return found;
    }

    std::string text;
    pugi::xml_document document;
    pugi::xml_node root;
};

using Words = std::vector<std::string>;

} // namespace

TEST_CASE("backup metadata: what is saved is told in full, by names", "[backup]")
{
    const Store store = store_of(host);
    const Read read{archive_metadata(store, two, MetadataScope::selected)};
    CHECK_FALSE(read.text.starts_with("<?xml"));
    const auto work = read.domain("work");
    CHECK(std::string{work.attribute("id").value()} == "domain-3");
    CHECK(std::string{work.attribute("class").value()} == "AppVM");
    const auto properties = work.child("properties");
    CHECK(Read::value(properties, "label") == "red");
    CHECK(Read::value(properties, "netvm") == "fire");
    CHECK(Read::value(properties, "kernelopts") == "a<b &\ntwo  ");
    CHECK(Read::value(properties, "default_dispvm").empty()); // none, and not by default
    CHECK(Read::value(properties, "maxmem") == "-");
    const auto features = work.child("features");
    CHECK(Read::names_in(features) == Words{"backup-content", "backup-path", "backup-size", "gui",
                                            "service.cups", "preload-dispvm-max"});
    CHECK(Read::value(features, "backup-content") == "1");
    CHECK(Read::value(features, "backup-path") == "vm3/");
    CHECK(Read::value(features, "backup-size") == "1234");
    CHECK(Read::value(features, "gui").empty());
    CHECK(Read::names_in(work.child("tags")) == Words{"guivm-fire", "red-team"});
    const auto device = work.child("devices").child("device");
    CHECK(std::string{device.attribute("backend-domain").value()} == "usb");
    CHECK(std::string{device.attribute("mode").value()} == "auto-attach");
    CHECK(Read::value(device, "read-only") == "yes");
    CHECK(Read::names_in(work.child("volume-config")) == Words{"private"});
    CHECK(std::string{work.child("volume-config").child("volume").attribute("size").value()} ==
          "1024");
    CHECK(read.root.child("labels").child("label").attribute("id").value() ==
          std::string{"label-1"});
    CHECK(Read::names_in(read.root.child("pools")) == Words{"lvm"});
    CHECK(Read::value(read.root.child("properties"), "updatevm") == "fire");
    CHECK(Read::value(read.root.child("properties"), "check_updates_vm") == "False");
}

TEST_CASE("backup metadata: whom the saved qubes name is told by name, class and label alone",
          "[backup]")
{
    const Store store = store_of(host);
    const Read read{archive_metadata(store, two, MetadataScope::selected)};
    CHECK(read.names() == Words{"-", "disp", "dvm", "fire", "tmpl", "usb", "work"});
    const auto dom0 = read.root.child("domains").first_child();
    CHECK(std::string{dom0.attribute("class").value()} == "AdminVM");
    CHECK(Read::names_in(dom0.child("features")) == Words{"backup-content"});
    for (const char* name : {"dvm", "fire", "tmpl", "usb"}) {
        const auto domain = read.domain(name);
        CHECK(Read::names_in(domain.child("properties")) == Words{"label", "name"});
        CHECK(Read::names_in(domain.child("features")) == Words{"backup-content"});
        CHECK(Read::value(domain.child("features"), "backup-content").empty());
        CHECK(domain.child("tags").first_child().empty());
        CHECK(domain.child("volume-config").empty());
        CHECK(Read::value(domain.child("properties"), "label") != "-");
    }
    CHECK(std::string{read.domain("tmpl").attribute("class").value()} == "TemplateVM");
    CHECK(read.text.find("stranger") == std::string::npos);
}

TEST_CASE("backup metadata: all of the store where the profile wants it", "[backup]")
{
    const Store store = store_of(host);
    const std::vector<SavedQube> with_dom0 = {{"work", "vm3/", 1}, {"dom0", "dom0-home/user", 5}};
    const Read read{archive_metadata(store, with_dom0, MetadataScope::all)};
    CHECK(read.names() == Words{"-", "disp", "dvm", "fire", "stranger-net", "tmpl", "usb", "work"});
    CHECK(Read::value(read.domain("tmpl").child("properties"), "memory") == "777");
    CHECK(Read::value(read.domain("tmpl").child("features"), "backup-content").empty());
    CHECK(Read::value(read.domain("tmpl").child("features"), "backup-path") == "-");
    CHECK(Read::value(read.domain("fire").child("properties"), "netvm") == "stranger-net");
    const auto dom0 = read.root.child("domains").first_child();
    CHECK(Read::value(dom0.child("features"), "backup-path") == "dom0-home/user");
    CHECK(Read::value(dom0.child("features"), "suspend") == "1");
    CHECK(dom0.child("volume-config").empty());
    CHECK(Read::names_in(read.root.child("pools")) == Words{"lvm", "spare"});
}

TEST_CASE("backup metadata: how much of the archive a qube may take", "[backup]")
{
    CHECK(most_archived(0, 0) == 1 << 20);
    CHECK(most_archived(std::uint64_t{10} << 30, 2) ==
          (std::uint64_t{10} << 30) + (40 << 20) + (128 << 10) + (1 << 20));
}

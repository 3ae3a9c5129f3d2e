// SPDX-License-Identifier: GPL-2.0-or-later

#include "fixture.hpp"
#include "store/splice.hpp"
#include "support/catch.hpp"

#include <sys/mman.h>

using namespace qmgmt;
using qmgmt::test::crowded;
using qmgmt::test::with;

namespace {

Store store_of(std::string_view bytes, Dialect dialect)
{
    Fd fd{::memfd_create("store", MFD_CLOEXEC)};
    REQUIRE(write_all(fd.get(), bytes));
    return Store::load(std::move(fd), dialect);
}

template<typename Edit>
std::string after(std::string_view bytes, Dialect dialect, Edit&& edit)
{
    Store store = store_of(bytes, dialect);
    edit(store);
    const std::string edited = store.all_bytes();
    // What was moved along is what a scan would find.
    CHECK(store_of(edited, dialect).index().find("net")->range == store.index().find("net")->range);
    return edited;
}

const splice::DeviceEntry disk{.klass = "block",
                               .backend = "sys-usb",
                               .port = "sda",
                               .mode = "auto-attach",
                               .identity = "*",
                               .options = {{"read-only", "yes"}, {"frontend-dev", "xvdj"}}};
const splice::DeviceEntry bare{.klass = "block",
                               .backend = "sys-usb",
                               .port = "sda",
                               .mode = "required",
                               .identity = "*",
                               .options = {}};

const std::string section = R"(
      <devices class="block">
        <device backend-domain="sys-usb" id="sda" mode="auto-attach" identity="*">
          <option name="read-only">yes</option>
          <option name="frontend-dev">xvdj</option>
        </device>
      </devices>)";

} // namespace

TEST_CASE("splice: a device of the first generation is its place and its options, before the tags",
          "[store]")
{
    const std::string added = with(crowded, "\n      <tags>\n        <tag name=\"b\"/>", R"(
      <devices class="block">
        <device backend-domain="sys-usb" id="sda">
          <option name="read-only">yes</option>
          <option name="frontend-dev">xvdj</option>
        </device>
      </devices>
      <tags>
        <tag name="b"/>)");
    CHECK(after(crowded, Dialect::r40, [](Store& s) {
              CHECK(splice::set_device(s, "net", disk) == splice::Change::added);
              CHECK(splice::set_device(s, "net", disk) == splice::Change::none);
              CHECK_FALSE(splice::set_device_mode(s, "net", bare)); // there is no place for it
          }) == added);
    CHECK(after(added, Dialect::r40, [](Store& s) {
              CHECK(splice::remove_device(s, "net", bare));
              CHECK_FALSE(splice::remove_device(s, "net", bare));
          }) == with(crowded, "\n      <tags>\n        <tag name=\"b\"/>", R"(
      <devices class="block">
      </devices>
      <tags>
        <tag name="b"/>)"));
}

TEST_CASE("splice: today's devices have mode and identity, and stand behind the tags", "[store]")
{
    const std::string tags = "<tag name=\"d\"/>\n      </tags>";
    const std::string added = with(crowded, tags, tags + section);
    CHECK(after(crowded, Dialect::current, [](Store& s) {
              CHECK(splice::set_device(s, "net", disk) == splice::Change::added);
              CHECK(splice::set_device(s, "net", disk) == splice::Change::none);
          }) == added);
    CHECK(after(added, Dialect::current, [](Store& s) {
              CHECK(splice::set_device_mode(s, "net", bare));
              CHECK_FALSE(splice::set_device_mode(s, "net", bare));
          }) == with(added, "auto-attach", "required"));
    auto writable = disk;
    writable.options = {{"frontend-dev", "xvdj"}, {"devtype", "cdrom"}};
    CHECK(after(added, Dialect::current,
                [&](Store& s) {
                    CHECK(splice::set_device(s, "net", writable) == splice::Change::altered);
                }) == with(with(added, "\n          <option name=\"read-only\">yes</option>", ""),
                           "xvdj</option>",
                           "xvdj</option>\n          <option name=\"devtype\">cdrom</option>"));
}

TEST_CASE("splice: devices of other classes, ports and identities stay, to the byte", "[store]")
{
    const std::string tags = "<tag name=\"d\"/>\n      </tags>";
    const std::string others = tags + R"(
      <devices class="pci"><!-- ours --><device mode='required' backend-domain="dom0" id="sda"/>
      </devices>
      <devices class="block" note="x">
        <device backend-domain="sys-usb" id="sda" mode="ask-to-attach" identity="a:b::u000000"/>
        <device id="sda" backend-domain="sys-usb" since="2020" mode="auto-attach"><x/><option name="o">1</option></device>
        <device mode="required" identity="c"/>
      </devices>)";
    const std::string before = with(crowded, tags, others);
    // The entry of no identity is the one of any.
    const std::string changed = after(before, Dialect::current, [](Store& s) {
        CHECK(splice::set_device(s, "net", bare) == splice::Change::altered);
    });
    CHECK(changed == with(before,
                          R"(since="2020" mode="auto-attach"><x/><option name="o">1</option>)",
                          R"(since="2020" mode="required"><x/>)"));
    CHECK(after(before, Dialect::current,
                [](Store& s) { CHECK(splice::remove_device(s, "net", bare)); }) ==
          with(before,
               "\n        <device id=\"sda\" backend-domain=\"sys-usb\" since=\"2020\" "
               "mode=\"auto-attach\"><x/><option name=\"o\">1</option></device>",
               ""));
    const splice::DeviceEntry any{.klass = "block",
                                  .backend = "*",
                                  .port = "*",
                                  .mode = "required",
                                  .identity = "c",
                                  .options = {}};
    CHECK(after(before, Dialect::current, [&](Store& s) {
              CHECK(splice::remove_device(s, "net", any));
          }) == with(before, "\n        <device mode=\"required\" identity=\"c\"/>", ""));
    CHECK(after(before, Dialect::current,
                [](Store& s) {
                    auto more = bare;
                    more.port = "sdb";
                    CHECK(splice::set_device(s, "net", more) == splice::Change::added);
                }) ==
          with(before, "identity=\"c\"/>",
               "identity=\"c\"/>\n        <device backend-domain=\"sys-usb\" id=\"sdb\" "
               "mode=\"required\" identity=\"*\"/>"));
}

TEST_CASE("splice: an entry that stands there twice goes as a whole", "[store]")
{
    const std::string tags = "<tag name=\"d\"/>\n      </tags>";
    const std::string entry = "<device backend-domain=\"sys-usb\" id=\"sda\" mode=\"required\"/>";
    const std::string before =
        with(crowded, tags, tags + "<devices class=\"block\">" + entry + entry + "</devices>");
    CHECK(after(before, Dialect::current, [](Store& s) {
              CHECK(splice::remove_device(s, "net", bare));
          }) == with(crowded, tags, tags + "<devices class=\"block\"></devices>"));
}

TEST_CASE("splice: what of a device's options could break out of its place does not", "[store]")
{
    auto odd = disk;
    odd.options = {{"a\"><b", "</option>&"}};
    Store store = store_of(crowded, Dialect::current);
    CHECK(splice::set_device(store, "net", odd) == splice::Change::added);
    CHECK(splice::set_device(store, "net", odd) == splice::Change::none);
    const Store read = store_of(store.all_bytes(), Dialect::current);
    const Element* devices = read.qube("net").element().child("devices");
    REQUIRE(devices != nullptr);
    REQUIRE(devices->children.size() == 1);
    REQUIRE(devices->children[0].children.size() == 1);
    CHECK(*devices->children[0].children[0].attribute("name") == "a\"><b");
    CHECK(devices->children[0].children[0].text == "</option>&");
}

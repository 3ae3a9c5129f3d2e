// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/fault.hpp"
#include "backup/profile/selection.hpp"
#include "support/catch.hpp"

#include <string>
#include <sys/mman.h>
#include <unistd.h>

using namespace qmgmt;

namespace {

class NothingLive : public LiveValues {
public:
    std::string value(const Qube*, std::string_view) override { return {}; }
    std::uint64_t host_memory_mib() override { return 0; }
    std::optional<std::string> kernel_file(std::string_view, std::string_view) override
    {
        return std::nullopt;
    }
};

std::string qube_element(int qid, const std::string& klass, const std::string& name,
                         const std::string& properties = "", const std::string& tags = "")
{
    const std::string number = std::to_string(qid);
    return R"(<domain id="domain-)" + number + R"(" class=")" + klass +
           R"("><properties><property name="label">red</property><property name="name">)" + name +
           R"(</property><property name="qid">)" + number +
           R"(</property><property name="uuid">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e0)" + number +
           "</property>" + properties + "</properties><features/><tags>" + tags +
           "</tags></domain>\n";
}

std::string property(const std::string& name, const std::string& value)
{
    return R"(<property name=")" + name + R"(">)" + value + "</property>";
}

std::string tag(const std::string& name)
{
    return R"(<tag name=")" + name + R"("/>)";
}

Store store_of(const std::string& text)
{
    Fd file{::memfd_create("store", MFD_CLOEXEC)};
    REQUIRE(write_all(file.get(), text));
    ::lseek(file.get(), 0, SEEK_SET);
    return Store::load(std::move(file), {});
}

const std::string based_on = property("template", "tmpl");

// Qids against the alphabet.
Store host()
{
    return store_of(
        R"(<qubes><labels><label id="label-1" color="0xcc0000">red</label></labels>)"
        R"(<pools/><properties/><domains>)"
        R"(<domain id="domain-0" class="AdminVM"><properties>)"
        R"(<property name="label">red</property></properties><features/><tags/></domain>)" +
        qube_element(1, "TemplateVM", "tmpl") +
        qube_element(7, "AppVM", "apple", based_on, tag("a")) +
        qube_element(3, "AppVM", "pear", based_on, tag("a") + tag("backup-nightly")) +
        qube_element(2, "AppVM", "plum", based_on + property("include_in_backups", "False")) +
        qube_element(5, "AppVM", "dvm", based_on + property("template_for_dispvms", "True")) +
        qube_element(6, "DispVM", "disp6",
                     property("template", "dvm") + property("auto_cleanup", "True")) +
        qube_element(8, "DispVM", "kept", property("template", "dvm")) +
        qube_element(9, "RemoteVM", "far", "", tag("a") + tag("backup-nightly")) +
        "</domains></qubes>\n");
}

// "apple:@tag:a" in the order of the archive.
std::string selected(const Store& store, std::string_view what)
{
    const Profile profile = parse_profile(
        ProfileId::parse("nightly"),
        "destination_vm: dom0\ndestination_path: /b\npassphrase_text: correct horse\n" +
            std::string{what});
    NothingLive live;
    std::string found;
    for (const SelectedQube& one : select_qubes(store, live, profile).qubes)
        found += (found.empty() ? "" : " ") + one.qube->name() + ":" + one.by;
    return found;
}

std::string refusal(const Store& store, std::string_view what)
{
    try {
        return "selects " + selected(store, what);
    } catch (const Error& error) {
        return error.text();
    }
}

} // namespace

TEST_CASE("backup.md 76: entries of either spelling, tags, types, null and nothing select")
{
    const Store store = host();
    CHECK(selected(store, "include: ['$tag:a']\n") == "pear:@tag:a apple:@tag:a");
    CHECK(selected(store, "include: ['@tag:a']\n") == "pear:@tag:a apple:@tag:a");
    CHECK(selected(store, "include: ['@type:AppVM']\n") ==
          "plum:@type:AppVM pear:@type:AppVM dvm:@type:AppVM apple:@type:AppVM");
    CHECK(selected(store, "include: ['$type:TemplateVM', dom0]\n") ==
          "tmpl:@type:TemplateVM pear:tag dom0:name");
    CHECK(selected(store, "include: null\n") ==
          "tmpl:default pear:tag dvm:default apple:default kept:default dom0:default");
    CHECK(selected(store, "include:\n") == selected(store, "include: ~\n"));
    CHECK(selected(store, "") == "pear:tag");
    CHECK(selected(store, "include: []\n") == "pear:tag");
    CHECK(selected(store, "include: [plum]\n") == "plum:name pear:tag");
    CHECK(refusal(store, "include: [peach]\n") ==
          "config-invalid: 'include' names 'peach', which does not exist");
    CHECK(refusal(store, "include: ['@tag:nobody', '@type:StandaloneVM']\nexclude: [pear]\n") ==
          "nothing-selected: the profile 'nightly' selects no qube");
}

TEST_CASE("selection: what is excluded stays out, whatever selects it")
{
    const Store store = host();
    CHECK(selected(store, "include: null\nexclude: ['@tag:a', dvm]\n") ==
          "tmpl:default kept:default dom0:default");
    CHECK(selected(store, "include: [apple, pear]\nexclude: ['@type:DispVM', pear]\n") ==
          "apple:name");
    const Profile profile =
        parse_profile(ProfileId::parse("nightly"),
                      "destination_vm: dom0\ndestination_path: /b\npassphrase_text: correct horse\n"
                      "exclude: [peach]\n");
    NothingLive live;
    CHECK(select_qubes(store, live, profile).warnings ==
          std::vector<std::string>{"'exclude' names 'peach', which does not exist, ignoring"});
}

TEST_CASE("selection: what stays elsewhere is never archived")
{
    CHECK(refusal(host(), "include: [far]\n") ==
          "config-invalid: 'include' names 'far', which cannot be in a backup");
}

TEST_CASE("selection: a selected qube that cannot be used is an error, another is not")
{
    const Store store = store_of(
        R"(<qubes><labels><label id="label-1" color="0xcc0000">red</label></labels>)"
        R"(<pools/><properties/><domains>)" +
        qube_element(1, "TemplateVM", "tmpl") +
        qube_element(2, "AppVM", "broken", property("template", "tmpl") + property("qid", "x")) +
        "</domains></qubes>\n");
    CHECK(selected(store, "include: [tmpl]\n") == "tmpl:name");
    if (!store.index().find("broken")->verdict.empty())
        CHECK(refusal(store, "include: [broken]\n").find("selects") == std::string::npos);
}

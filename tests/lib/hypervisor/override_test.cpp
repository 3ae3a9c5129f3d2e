// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/error.hpp"
#include "hypervisor/override/override.hpp"
#include "lib/hypervisor/xen_plans.hpp"
#include "support/catch.hpp"

#include <pugixml.hpp>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

// A directory of overrides, and one disposable they are about.
class Directory {
public:
    Directory()
    {
        std::string name = fs::temp_directory_path() / "overrides-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error{"no scratch directory"};
        path = name;
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory() { fs::remove_all(path); }

    void write(const std::string& file, const std::string& content, mode_t mode = 0644) const
    {
        fs::create_directories(fs::path{path + "/" + file}.parent_path());
        std::ofstream{path + "/" + file, std::ios::trunc} << content;
        REQUIRE(::chmod((path + "/" + file).c_str(), mode) == 0);
    }
    void patch(const std::string& changes, const std::string& file = "defaults.patch.xml") const
    {
        write(file, "<patch>" + changes + "</patch>");
    }

    [[nodiscard]] std::string text() const { return overridden(original(), names, path); }
    [[nodiscard]] pugi::xml_document document() const
    {
        pugi::xml_document document;
        REQUIRE(document.load_string(text().c_str()));
        return document;
    }
    // What the path leads to, of the document as it is now.
    [[nodiscard]] std::string at(const char* xpath) const
    {
        const auto document = this->document();
        const auto found = document.select_node(xpath);
        return found.attribute() ? found.attribute().value() : found.node().text().get();
    }
    [[nodiscard]] std::size_t count(const char* xpath) const
    {
        return document().select_nodes(xpath).size();
    }

    // The words for the caller name no file; those for the log name this one.
    void refuses(const std::string& file, const std::string& reason) const
    {
        try {
            static_cast<void>(text());
            FAIL_CHECK("it is taken");
        } catch (const Error& error) {
            CHECK(error.kind() == Failure::failed);
            CHECK(error.text() == "cannot start 'disp7': an override of its domain cannot be used");
            CHECK(error.detail().starts_with(path + "/" + file + ": "));
            CHECK(error.detail().find(reason) != std::string::npos);
        }
    }

    static std::string original()
    {
        DomainPlan plan = pvh_plan();
        plan.name = "disp7";
        return xen_domain_xml(plan, libvirt_of_qubes);
    }

    std::string path;
    OverrideNames names{.name = "disp7", .klass = "DispVM", .mode = "pvh", .base = "dvm"};
};

constexpr const char* whole_begin = "<domain type='xen'><name>evil</name><uuid>x</uuid>"
                                    "<on_reboot>destroy</on_reboot><on_crash>preserve</on_crash>";

} // namespace

TEST_CASE("overrides: without files a document stays as it is, to the byte")
{
    const Directory directory;
    CHECK(directory.text() == Directory::original());
    directory.write("by-name/other.patch.xml", "<patch><set path='/nowhere'/></patch>");
    directory.write("by-template/other.patch.xml", "no XML");
    directory.write("class/AppVM.patch.xml", "no XML");
    CHECK(directory.text() == Directory::original());
}

TEST_CASE("hypervisor.md 48: files count in their order, the last most")
{
    const Directory directory;
    const std::string files[] = {"defaults.patch.xml", "class/DispVM.patch.xml",
                                 "mode/pvh.patch.xml", "by-template/dvm.patch.xml",
                                 "by-name/disp7.patch.xml"};
    std::string marks;
    for (const std::string& file : files) {
        directory.patch("<set path='/domain/vcpu'>" + file +
                            "</set>"
                            "<append path='/domain/devices'><mark of='" +
                            file + "'/></append>",
                        file);
        marks += file + " ";
        CHECK(directory.at("/domain/vcpu") == file);
    }
    std::string order;
    const auto document = directory.document();
    for (const auto& mark : document.select_nodes("/domain/devices/mark/@of"))
        order += std::string{mark.attribute().value()} + " ";
    CHECK(order == marks);

    Directory no_disposable;
    no_disposable.names.base.clear();
    no_disposable.patch("<set path='/domain/vcpu'>9</set>", "by-template/dvm.patch.xml");
    CHECK(no_disposable.text() == Directory::original());
}

TEST_CASE("hypervisor.md 48: what is there is set, removed, added to and replaced")
{
    const Directory directory;
    directory.patch(R"(<set path="/domain/vcpu" attr="placement">auto</set>
        <set path="/domain/vcpu" attr="current">1</set>
        <set path="/domain/features/viridian" remove="yes"/>
        <set path="/domain/clock" attr="adjustment" remove="yes"/>
        <set path="//feature[@policy='disable']" attr="policy">force</set>
        <append path="/domain/devices"><rng model="virtio"><backend>x</backend></rng></append>
        <replace path="/domain/clock/timer"><timer name="hpet"/><timer name="pit"/></replace>)");
    CHECK(directory.at("/domain/vcpu/@placement") == "auto");
    CHECK(directory.at("/domain/vcpu/@current") == "1");
    CHECK(directory.at("/domain/vcpu") == "2");
    CHECK(directory.count("/domain/features/viridian") == 0);
    CHECK(directory.count("/domain/features/*") == 3);
    CHECK(directory.count("/domain/clock/@adjustment") == 0);
    CHECK(directory.count("//feature[@policy='force']") == 2);
    CHECK(directory.at("/domain/devices/rng/backend") == "x");
    CHECK(directory.count("/domain/clock/timer[@name='hpet']/following-sibling::timer") == 1);
}

TEST_CASE("overrides: an element and what stands in it may both be removed")
{
    const Directory directory;
    directory.patch("<set path='//clock | //clock/timer | //features | //acpi' remove='yes'/>");
    CHECK(directory.count("//clock | //timer | //features | //acpi") == 0);
}

TEST_CASE("hypervisor.md 48: a path that leads nowhere is refused, unless that may be")
{
    const Directory directory;
    directory.patch("<set path='/domain/idle' remove='yes'/>");
    directory.refuses("defaults.patch.xml", "leads nowhere");
    directory.patch("<set path='/domain/idle' remove='yes' optional='no'/>");
    directory.refuses("defaults.patch.xml", "leads nowhere");
    directory.patch("<set path='/domain/idle' remove='yes' optional='yes'/>");
    CHECK(directory.text() == Directory::original());
}

TEST_CASE("overrides: what is no change is refused")
{
    const Directory directory;
    const std::pair<const char*, const char*> rows[] = {
        {"<delete path='/domain'/>", "is no change"},
        {"<set/>", "is no path"},
        {"<set path='/domain['/>", "is no path"},
        {"<set path='count(//disk)'/>", "is no path"},
        {"<set path='/domain/@type'>kvm</set>", "something else than elements"},
        {"<set path='/domain/name/text()'/>", "something else than elements"},
        {"<set path='/'/>", "something else than elements"},
        {"<set path='/domain/vcpu' attribute='x'/>", "no attribute 'attribute'"},
        {"<append path='/domain' attr='x'/>", "no attribute 'attr'"},
        {"<set path='/domain/vcpu' remove='True'/>", "neither yes nor no"},
        {"<set path='/domain/vcpu'><x/></set>", "text alone"},
    };
    for (const auto& [changes, reason] : rows) {
        INFO(changes);
        directory.patch(changes);
        directory.refuses("defaults.patch.xml", reason);
    }
    directory.write("defaults.patch.xml", "<domain/>");
    directory.refuses("defaults.patch.xml", "no <patch>");
    directory.write("defaults.patch.xml", "<patch>");
    directory.refuses("defaults.patch.xml", "at byte");
}

TEST_CASE("hypervisor.md 48: a file that others could have written is refused")
{
    const Directory directory;
    const std::string nothing = "<patch/>";
    for (const mode_t mode : {0666, 0664, 0646, 0602}) {
        directory.write("defaults.patch.xml", nothing, mode);
        directory.refuses("defaults.patch.xml", "may write to it");
    }
    for (const mode_t mode : {0644, 0600, 0755}) {
        directory.write("defaults.patch.xml", nothing, mode);
        CHECK(directory.text() == Directory::original());
    }
    const std::string path = directory.path + "/defaults.patch.xml";
    if (::geteuid() == 0) {
        REQUIRE(::chown(path.c_str(), 12345, 0) == 0);
        directory.refuses("defaults.patch.xml", "somebody else");
    }
    fs::rename(path, directory.path + "/real.xml");
    fs::create_symlink("real.xml", path);
    directory.refuses("defaults.patch.xml", "");
    fs::remove(path);
    fs::create_directory(path);
    directory.refuses("defaults.patch.xml", "it is no file");
    fs::remove(path);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    directory.refuses("defaults.patch.xml", "it is no file");
    fs::remove(path);
    directory.write("defaults.patch.xml", std::string(300'000, ' ') + nothing);
    directory.refuses("defaults.patch.xml", "too large");
}

TEST_CASE("hypervisor.md 48: who the domain is stays, whatever a file says")
{
    const Directory directory;
    directory.patch(R"(<set path="/domain/uuid">00000000-0000-0000-0000-000000000000</set>
        <set path="/domain/name">other</set>
        <append path="/domain"><name>third</name></append>
        <set path="/domain/metadata" remove="yes"/>)");
    CHECK(directory.text() == Directory::original());
}

TEST_CASE("hypervisor.md 48: a domain that would start anew by itself is refused")
{
    const Directory directory;
    for (const std::string end : {"on_reboot", "on_crash"}) {
        for (const std::string change :
             {"<set path='/domain/END' remove='yes'/>", "<set path='/domain/END'>restart</set>",
              "<set path='/domain/END'>rename-restart</set>", "<set path='/domain/END'/>",
              "<append path='/domain'><END>destroy</END></append>"}) {
            std::string text = change;
            for (auto at = text.find("END"); at != std::string::npos; at = text.find("END"))
                text.replace(at, 3, end);
            INFO(text);
            directory.patch(text);
            directory.refuses("defaults.patch.xml", end);
        }
        directory.patch("<set path='/domain/" + end + "'>preserve</set>");
        CHECK(directory.at(("/domain/" + end).c_str()) == "preserve");
    }
    directory.patch("<set path='/domain/on_poweroff'>restart</set>");
    directory.refuses("defaults.patch.xml", "on_poweroff");
}

TEST_CASE("hypervisor.md 48: another type or a lost disk is refused")
{
    const Directory directory;
    directory.patch("<set path='/domain' attr='type'>qemu</set>");
    directory.refuses("defaults.patch.xml", "another type");
    directory.patch("<replace path='/domain'><network/></replace>");
    directory.refuses("defaults.patch.xml", "no <domain>");
    directory.patch("<set path='/domain' remove='yes'/>");
    directory.refuses("defaults.patch.xml", "no <domain>");
    directory.patch("<replace path='/domain/devices'><devices/></replace>");
    directory.refuses("defaults.patch.xml", "the disk xvda is lost");
    directory.patch("<set path='//target[@dev=\"xvdb\"]' attr='dev'>xvdz</set>");
    directory.refuses("defaults.patch.xml", "the disk xvdb is lost");

    directory.patch("<set path='//disk[target/@dev=\"xvdc\"]' remove='yes'/>");
    CHECK(directory.count("//disk") == 3);
    CHECK(directory.count("//disk[target/@dev='xvdc']") == 0);
    directory.patch("<set path='/domain/vcpu'>1</set>", "by-name/disp7.patch.xml");
    CHECK(directory.count("//disk") == 3);
    directory.patch("<set path='//disk[1]' remove='yes'/><replace path='/domain/devices'/>");
    directory.refuses("defaults.patch.xml", "is lost");
}

TEST_CASE("overrides: a machine under emulation may become one of KVM, and none of Xen")
{
    const Directory directory;
    const std::string document = qemu_domain_xml(pvh_plan(), QemuNet::none);
    directory.patch("<set path='/domain' attr='type'>kvm</set>");
    CHECK(
        overridden(document, directory.names, directory.path).starts_with("<domain type=\"kvm\">"));
    directory.patch("<set path='/domain' attr='type'>xen</set>");
    CHECK_THROWS_AS(overridden(document, directory.names, directory.path), Error);
}

TEST_CASE("hypervisor.md 48: a whole document gets name, uuid and, where it has none, the disks")
{
    const Directory directory;
    directory.write("defaults.patch.xml", "no XML"); // it counts alone
    directory.write("by-name/disp7.xml", std::string{whole_begin} + "<vcpu>7</vcpu></domain>");
    CHECK(directory.at("/domain/name") == "disp7");
    CHECK(directory.at("/domain/uuid") == pvh_plan().uuid.text());
    CHECK(directory.count("/domain/name | /domain/uuid | /domain/metadata") == 3);
    CHECK(directory.at("/domain/metadata/*/@qid") == "12");
    CHECK(directory.at("/domain/vcpu") == "7");
    CHECK(directory.count("/domain/devices/disk") == 4);
    CHECK(directory.count("/domain/devices/*") == 4);

    directory.write("by-name/disp7.xml",
                    std::string{whole_begin} +
                        "<devices><disk><target dev='xvda'/></disk></devices></domain>");
    CHECK(directory.count("/domain/devices/disk") == 1);

    directory.write("by-name/disp7.xml",
                    "<domain type='xen'><on_crash>destroy</on_crash></domain>");
    directory.refuses("by-name/disp7.xml", "on_reboot");
    directory.write("by-name/disp7.xml", "<domain type='qemu'/>");
    directory.refuses("by-name/disp7.xml", "another type");
    directory.write("by-name/disp7.xml", "<patch/>");
    directory.refuses("by-name/disp7.xml", "no <domain>");
    directory.write("by-name/disp7.xml", std::string{whole_begin} + "</domain>", 0666);
    directory.refuses("by-name/disp7.xml", "may write to it");
}

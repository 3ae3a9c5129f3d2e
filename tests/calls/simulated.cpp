// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/simulated.hpp"

#include "calls/journal_view.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt::test::simulated {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view hooks_path = "/etc/qubes/mgmt-hooks";
constexpr std::string_view images_path = "/var/lib/qm-lvm/appvms/";

std::string inserted(std::string text, std::string_view qube, std::string_view section,
                     const std::string& element)
{
    const auto name = text.find("<property name=\"name\">" + std::string{qube} + "</property>");
    const auto begin =
        section == "properties" ? text.rfind("<properties>", name) : text.find("<features", name);
    const auto end = text.find('>', begin);
    if (name == std::string::npos || begin == std::string::npos)
        throw std::logic_error{"no such section"};
    if (text[end - 1] == '/')
        return text.replace(begin, end + 1 - begin, "<features>" + element + "</features>");
    return text.insert(end + 1, element);
}

} // namespace

std::string quick_place()
{
    return ::access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

std::string store()
{
    std::string text = with(store_text_on_files(), R"(<feature name="qrexec">1</feature>)",
                            R"(<feature name="qrexec"/>)");
    text = with(text, "        <property name=\"virt_mode\">hvm</property>\n", "");
    const auto devices = text.find("      <devices class=\"pci\">\n        <device");
    const auto end = text.find("</devices>\n", devices) + 11;
    return text.erase(devices, end - devices);
}

std::string store_without_network()
{
    return with_property(store(), "work", "netvm", "");
}

std::string with_property(std::string text, std::string_view qube, std::string_view name,
                          std::string_view value)
{
    return inserted(std::move(text), qube, "properties",
                    "<property name=\"" + std::string{name} + "\">" + std::string{value} +
                        "</property>");
}

std::string with_feature(std::string text, std::string_view qube, std::string_view name,
                         std::string_view value)
{
    return inserted(std::move(text), qube, "features",
                    "<feature name=\"" + std::string{name} + "\">" + std::string{value} +
                        "</feature>");
}

std::string with_disposable(std::string text)
{
    const std::string before = "    <domain id=\"domain-6\" class=\"AppVM\">";
    return with(std::move(text), before,
                "    <domain id=\"domain-30\" class=\"DispVM\">\n      <properties>"
                "<property name=\"auto_cleanup\">True</property>"
                "<property name=\"dispid\">77</property>"
                "<property name=\"label\">red</property>"
                "<property name=\"name\">disp77</property>"
                "<property name=\"netvm\"></property>"
                "<property name=\"qid\">30</property>"
                "<property name=\"template\">fedora-25-dvm</property>"
                "<property name=\"uuid\">" +
                    std::string{disposable_uuid} + "</property></properties>\n    </domain>\n" +
                    before);
}

Host::Host(const std::string& text, std::string_view configuration, const std::string& parent)
    : World{text, parent}, hypervisor{root, configuration}
{
    root.make_images();
    // The fixture says nothing of their volumes: they are what the default is.
    for (const char* const qube : {"sys-firewall", "fedora-25-dvm"}) {
        const std::string image = std::string{images_path} + qube + "/private.img";
        root.write(image, "image of " + std::string{qube} + "\n");
        ::chmod(root.below(image).c_str(), 0600);
        fs::resize_file(root.below(image), std::uintmax_t{2} << 30U);
    }
}

std::string Host::state(const std::string& qube) const
{
    const std::string line = reply({qube, "vm.List"});
    const auto at = line.find("state=");
    return at == std::string::npos ? line : line.substr(at + 6, line.size() - at - 7);
}

void Host::add_hook(std::string_view event, std::string_view name, std::string_view script) const
{
    const std::string path =
        std::string{hooks_path} + "/" + std::string{event} + ".d/" + std::string{name};
    root.write(path, "#!/bin/sh\nROOT='" + root.path() + "'\n" + std::string{script} + "\n");
    ::chmod(root.below(path).c_str(), 0755);
}

void Host::remove_hooks() const
{
    fs::remove_all(root.below(hooks_path));
}

void Host::write_hooks_down() const
{
    for (const char* const event :
         {"domain-pre-start", "domain-pre-spawn", "domain-spawn", "domain-pre-unpaused",
          "domain-unpaused", "domain-start", "domain-start-failed", "domain-pre-shutdown",
          "domain-shutdown-failed", "domain-stopped", "domain-shutdown", "domain-pre-paused"})
        add_hook(event, "10-log", "echo \"$1 $2\" >> \"$ROOT/hooks\"");
}

std::vector<std::string> Host::hooks_run() const
{
    std::vector<std::string> lines;
    if (!root.exists("/hooks"))
        return lines;
    std::istringstream text{root.read("/hooks")};
    for (std::string line; std::getline(text, line);)
        lines.push_back(line);
    return lines;
}

std::vector<std::string> Host::events(std::string_view qube) const
{
    std::vector<std::string> names;
    for (const Record& one : read_journal(root).records) {
        const auto subject = one.body.find('\0');
        const auto event = one.body.find('\0', subject + 1);
        if (one.body.substr(0, subject) == qube)
            names.push_back(one.body.substr(subject + 1, event - subject - 1));
    }
    return names;
}

std::size_t Host::count(std::string_view qube, std::string_view event) const
{
    return static_cast<std::size_t>(std::ranges::count(events(qube), event));
}

std::string Host::record(std::string_view uuid) const
{
    const std::string path = "/run/qubes-mgmt/run/" + std::string{uuid};
    return root.exists(path) ? root.read(path) : "";
}

void Host::check_tidy(const std::string& qube, std::string_view uuid) const
{
    INFO("what is left of " << qube);
    CHECK_FALSE(hypervisor.domain(uuid).active());
    CHECK(state(qube) == "Halted");
    CHECK(record(uuid).empty());
    std::vector<std::string> left;
    const std::string images = std::string{images_path} + qube;
    for (const auto& entry : fs::directory_iterator{root.below("/run/qubes")}) {
        const std::string name = entry.path().filename();
        if (name.starts_with("volume-running-") && name.find(qube) != std::string::npos)
            left.push_back(name);
    }
    for (const auto& entry : fs::directory_iterator{root.below(images)}) {
        const std::string name = entry.path().filename();
        if (name.find("-dirty") != std::string::npos || name.find('~') != std::string::npos ||
            name.starts_with("volatile"))
            left.push_back(name);
    }
    CHECK(left == std::vector<std::string>{});
    CHECK(root.exists(images + "/private.img"));
    CHECK_FALSE(root.exists("/run/qubes-mgmt/qdb/" + std::string{uuid}));
    check_locks_free();
}

void Host::check_runs(const std::string& qube, std::string_view uuid) const
{
    check_runs_apart(qube, uuid);
    CHECK(root.exists("/run/qubes-mgmt/qdb/" + std::string{uuid} + "/name"));
}

void Host::check_runs_apart(const std::string& qube, std::string_view uuid) const
{
    INFO("the run of " << qube);
    CHECK(hypervisor.domain(uuid).active());
    CHECK(state(qube) == "Running");
    CHECK(record(uuid).find("phase=running\n") != std::string::npos);
    CHECK(record(uuid).find("xid=" + std::to_string(hypervisor.domain(uuid).id) + "\n") !=
          std::string::npos);
    CHECK(root.exists(std::string{images_path} + qube + "/private-dirty.img"));
    check_locks_free();
}

void Host::check_locks_free() const
{
    for (const auto& entry : fs::recursive_directory_iterator{root.below("/run/qubes-mgmt")}) {
        const std::string path = entry.path();
        if (path.find("/qube/") == std::string::npos && path.find("/vol/") == std::string::npos)
            continue;
        const Fd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
        struct flock lock {};
        lock.l_type = F_WRLCK;
        INFO(path);
        CHECK(::fcntl(fd.get(), F_OFD_SETLK, &lock) == 0);
    }
}

} // namespace qmgmt::test::simulated

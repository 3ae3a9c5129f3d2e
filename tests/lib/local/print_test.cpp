// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/failure.hpp"
#include "loaded_shell.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <sstream>

using namespace qmgmt::test;
using nlohmann::json;

namespace {

bool holds(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("shell: --version is the program and the version of the package", "[local]")
{
    CHECK(printed(plain_spec(), "--version") == "mgmt.vm.tag.Set 1.2.3\n");
}

TEST_CASE("shell: --describe is the spec as one JSON object", "[local]")
{
    qmgmt_shell_spec spec = plain_spec();
    spec.program = "mgmt.vm.Create.AppVM";
    spec.name = "mgmt.vm.Create";
    spec.summary = "With \"quotes\" and \\";
    spec.variants = "AppVM TemplateVM";
    spec.variant = "AppVM";
    spec.returns = "<name> class=<class>\n";
    const json described = json::parse(printed(spec, "--describe"));
    CHECK(described["name"] == "mgmt.vm.Create");
    CHECK(described["summary"] == "With \"quotes\" and \\");
    CHECK(described["destination"] == "qube");
    CHECK(described["argument"] == "required");
    CHECK(described["argument_is"] == "tag");
    CHECK(described["input"] == "none");
    CHECK(described["input_is"] == "");
    CHECK(described["returns"] == "<name> class=<class>\n");
    CHECK(described["effect"] == "write");
    CHECK(described["scope"] == "local");
    CHECK(described["needs"] == json{"store", "hypervisor"});
    CHECK(described["variants"] == json{"AppVM", "TemplateVM"});
    CHECK(described["variant"] == "AppVM");
    CHECK(described["payload_limit"] == 65536);
    CHECK(described["admin"] == true);
    CHECK(described["admin_argument"] == "required");
    CHECK(described["admin_returns"] == "");
    CHECK(described["dry_run"] == true);
    spec.variants = spec.needs = "";
    CHECK(json::parse(printed(spec, "--describe"))["variants"] == json::array());
    CHECK(json::parse(printed(spec, "--describe"))["needs"] == json::array());
}

TEST_CASE("shell: --help says what a call takes, gives and ends with", "[local]")
{
    qmgmt_shell_spec spec = plain_spec();
    spec.input = "required";
    spec.input_is = "name=<name>";
    const std::string help = printed(spec, "--help");
    CHECK(help == printed(spec, "-h"));
    CHECK(holds(help, "Put a tag on a qube"));
    CHECK(holds(help, "Destination: a qube, dom0 too\n"));
    CHECK(holds(help, "Argument:    tag\n"));
    CHECK(holds(help, "Input:       name=<name>\n"));
    CHECK(holds(help, "Output:      nothing\n"));
    CHECK(holds(help, "printf '%s' 'name=<name>' | mgmt.vm.tag.Set --dest=work --arg=tag\n"));
    CHECK(holds(help, "qrexec-client-vm work mgmt.vm.tag.Set+tag\n"));
    for (int code = 1; code <= 15; ++code)
        CHECK(holds(help, " " + std::to_string(code) + " " +
                              std::string{qmgmt::word(static_cast<qmgmt::Failure>(code))}));
    std::istringstream lines{help};
    for (std::string line; std::getline(lines, line);)
        CHECK(line.size() <= 100);
}

TEST_CASE("shell: --help shows rows of input as lines", "[local]")
{
    qmgmt_shell_spec spec = plain_spec();
    spec.input = "optional";
    spec.input_is = "<property>=<value>\n";
    const std::string help = printed(spec, "--help");
    CHECK(holds(help, "Input:       <property>=<value>, a line each (optional)\n"));
    CHECK(holds(help, "printf '%s\\n' '<property>=<value>' | mgmt.vm.tag.Set"));
}

TEST_CASE("shell: --help shows raw data as what it is, and --describe sets it no limit", "[local]")
{
    qmgmt_shell_spec spec = plain_spec();
    spec.input = "stream";
    std::string help = printed(spec, "--help");
    CHECK(holds(help, "Input:       raw data\n"));
    CHECK(holds(help, "cat IMAGE | mgmt.vm.tag.Set --dest=work --arg=tag\n"));
    spec.input_is = "<size>";
    help = printed(spec, "--help");
    CHECK(holds(help, "Input:       a line <size>, then raw data\n"));
    CHECK(
        holds(help, "{ echo '<size>'; cat IMAGE; } | qrexec-client-vm work mgmt.vm.tag.Set+tag\n"));
    spec.payload_limit = 0;
    CHECK(json::parse(printed(spec, "--describe"))["payload_limit"] == 0);
    CHECK(json::parse(printed(spec, "--describe"))["input"] == "stream");
}

TEST_CASE("shell: progress says what is known, and nothing else", "[local]")
{
    const auto text = loaded_shell().progress;
    CHECK(std::string{text(0, 0, 0)} == "0 bytes");
    CHECK(std::string{text(1023, 0, 0)} == "1023 bytes");
    CHECK(std::string{text(1536, 0, 0.5)} == "1.5 KiB, 3.0 KiB/s");
    CHECK(std::string{text(1610612736, 10737418240, 5)} ==
          "1.5 GiB of 10.0 GiB, 15 %, 307.2 MiB/s");
    CHECK(std::string{text(~0ULL, 0, 0)} == "16777216.0 TiB");
}

TEST_CASE("shell: --help of a call with classes shows a name that can be called", "[local]")
{
    qmgmt_shell_spec spec = plain_spec();
    spec.program = spec.name = "mgmt.vm.Create";
    spec.destination = "dom0";
    spec.variants = "AppVM TemplateVM";
    const std::string help = printed(spec, "--help");
    CHECK(holds(help, "Classes:     AppVM TemplateVM\n"));
    CHECK(holds(help, "qrexec-client-vm dom0 mgmt.vm.Create.AppVM+tag\n"));
}

TEST_CASE("shell: --help offers only what the program takes", "[local]")
{
    qmgmt_shell_spec spec = plain_spec();
    CHECK(holds(printed(spec, "--help"), "--dry-run"));
    spec.dry_run = 0;
    CHECK_FALSE(holds(printed(spec, "--help"), "--dry-run"));
    spec.destination = "";
    const std::string help = printed(spec, "--help");
    for (const char* option : {"--dest", "--source", "--framed", "qrexec-client-vm"})
        CHECK_FALSE(holds(help, option));
    CHECK(holds(help, "--json"));
    CHECK(holds(help, "Argument:    tag\n"));
    CHECK_FALSE(holds(help, "--autostart"));
    CHECK_FALSE(holds(help, "--progress"));
    spec.progress = 1;
    CHECK(holds(printed(spec, "--help"), "  --progress=json     how far it has come"));
    CHECK(holds(printed(spec, "--describe"), "\"progress\": true"));
    spec.flag = "autostart";
    spec.flag_is = "start what starts with the host";
    CHECK(
        holds(printed(spec, "--help"), "  --autostart         start what starts with the host\n"));
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "loaded_shell.hpp"
#include "support/catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

using namespace qmgmt::test;

TEST_CASE("shell: without words a call goes to dom0, from dom0", "[local]")
{
    const Parsed parsed = parse(plain_spec(), {});
    REQUIRE(parsed.outcome == QMGMT_SHELL_RUN);
    CHECK(parsed.dest == "dom0");
    CHECK(parsed.source == "dom0");
    CHECK(parsed.argument.empty());
    CHECK(parsed.form == QMGMT_FORM_AUTO);
    CHECK_FALSE(parsed.dry_run);
    CHECK(parsed.timeout == 0);
}

TEST_CASE("shell: options in either spelling, before and after the argument", "[local]")
{
    const auto words =
        GENERATE(std::vector<std::string>{"--dest=work", "--arg=red", "--json"},
                 std::vector<std::string>{"--dest", "work", "--arg", "red", "--json"},
                 std::vector<std::string>{"red", "--json", "--dest=work"},
                 std::vector<std::string>{"--json", "--dest", "work", "--", "red"});
    const Parsed parsed = parse(plain_spec(), words);
    REQUIRE(parsed.outcome == QMGMT_SHELL_RUN);
    CHECK(parsed.dest == "work");
    CHECK(parsed.argument == "red");
    CHECK(parsed.form == QMGMT_FORM_JSON);
}

TEST_CASE("shell: the form of the reply is one of three", "[local]")
{
    CHECK(parse(plain_spec(), {"--plain"}).form == QMGMT_FORM_PLAIN);
    CHECK(parse(plain_spec(), {"--framed"}).form == QMGMT_FORM_FRAMED);
    CHECK(parse(plain_spec(), {"--json"}).form == QMGMT_FORM_JSON);
    CHECK(parse(plain_spec(), {"--plain", "--json"}).outcome == QMGMT_SHELL_USAGE);
    CHECK(parse(plain_spec(), {"--framed", "--plain"}).outcome == QMGMT_SHELL_USAGE);
}

TEST_CASE("shell: behind -- nothing is an option", "[local]")
{
    for (const char* word : {"--dest=work", "--help", "-x", "--nope", "--arg=", "--dest="}) {
        INFO(word);
        const Parsed parsed = parse(plain_spec(), {"--", word});
        REQUIRE(parsed.outcome == QMGMT_SHELL_RUN);
        CHECK(parsed.argument == word);
        CHECK(parsed.dest == "dom0");
    }
}

TEST_CASE("shell: an argument is taken as it stands", "[local]")
{
    for (const char* word :
         {"[a]", "[a,b]", "{}", "a,b", "%%", "++", "-", "-5", "/a", "pool:vid", "a=b", "a b", ""}) {
        INFO(word);
        const Parsed as_word = parse(plain_spec(), {word});
        REQUIRE(as_word.outcome == QMGMT_SHELL_RUN);
        CHECK(as_word.argument == word);
        const Parsed as_option = parse(plain_spec(), {std::string{"--arg="} + word});
        REQUIRE(as_option.outcome == QMGMT_SHELL_RUN);
        CHECK(as_option.argument == word);
    }
    CHECK(parse(plain_spec(), {"--arg", "--dest="}).argument == "--dest=");
}

TEST_CASE("shell: an empty value does not take the next word", "[local]")
{
    const Parsed dest = parse(plain_spec(), {"--dest=", "work"});
    REQUIRE(dest.outcome == QMGMT_SHELL_RUN);
    CHECK(dest.dest.empty()); // refused as a name later
    CHECK(dest.argument == "work");
    const Parsed option = parse(plain_spec(), {"--dest=", "--json"});
    REQUIRE(option.outcome == QMGMT_SHELL_RUN);
    CHECK(option.dest.empty());
    CHECK(option.form == QMGMT_FORM_JSON);
    CHECK(parse(plain_spec(), {"--arg=", "red"}).outcome == QMGMT_SHELL_USAGE);
    CHECK(parse(plain_spec(), {"--timeout=", "5"}).outcome == QMGMT_SHELL_USAGE);
}

TEST_CASE("shell: one argument, not two", "[local]")
{
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"a", "b"}, {"a", "--arg=b"}, {"--arg=a", "b"}, {"--", "a", "b"}, {"", "b"}}) {
        const Parsed parsed = parse(plain_spec(), words);
        CHECK(parsed.outcome == QMGMT_SHELL_USAGE);
        CHECK_FALSE(parsed.message.empty());
    }
}

TEST_CASE("shell: what is not known or given twice is refused in one line", "[local]")
{
    for (const auto& words : std::vector<std::vector<std::string>>{{"--nope"},
                                                                   {"--nope\nmore"},
                                                                   {"-q"},
                                                                   {"--dest"},
                                                                   {"--dest=a", "--dest=b"},
                                                                   {"--des=work"}}) {
        const Parsed parsed = parse(plain_spec(), words);
        CHECK(parsed.outcome == QMGMT_SHELL_USAGE);
        CHECK_FALSE(parsed.message.empty());
        CHECK(parsed.message.find('\n') == std::string::npos);
    }
}

TEST_CASE("shell: a timeout is a number of seconds from 0.1 to 86400", "[local]")
{
    CHECK(parse(plain_spec(), {"--timeout=0.1"}).timeout == Approx(0.1));
    CHECK(parse(plain_spec(), {"--timeout=2.5"}).timeout == Approx(2.5));
    CHECK(parse(plain_spec(), {"--timeout", "86400"}).timeout == Approx(86400));
    for (const char* wrong : {"0", "0.09", "86400.1", "-1", "nan", "inf", "0x10", "1e3", "5s", "",
                              ".", "1.2.3", " 5"}) {
        INFO(wrong);
        CHECK(parse(plain_spec(), {std::string{"--timeout="} + wrong}).outcome ==
              QMGMT_SHELL_USAGE);
    }
}

TEST_CASE("shell: --dry-run is there for calls that offer it", "[local]")
{
    qmgmt_shell_spec spec = plain_spec();
    CHECK(parse(spec, {"--dry-run"}).dry_run);
    spec.dry_run = 0;
    CHECK(parse(spec, {"--dry-run"}).outcome == QMGMT_SHELL_USAGE);
}

TEST_CASE("shell: a program's own option is there for that program", "[local]")
{
    qmgmt_shell_spec spec = plain_spec();
    CHECK(parse(spec, {"--autostart"}).outcome == QMGMT_SHELL_USAGE);
    spec.flag = "autostart";
    CHECK(parse(spec, {"--autostart"}).flag);
    CHECK_FALSE(parse(spec, {}).flag);
    CHECK(parse(spec, {"--autostart=yes-or-no"}).outcome == QMGMT_SHELL_USAGE);
}

TEST_CASE("shell: a program that takes several words takes all of them, as they stand", "[local]")
{
    auto spec = plain_spec();
    spec.destination = "";
    spec.argument = "none";
    spec.words = "source call destination";
    const std::vector<std::string> three = {"work", "mgmt.vm.Start+[a,b]", "@dispvm:x"};
    const Parsed parsed = parse(spec, three);
    REQUIRE(parsed.outcome == QMGMT_SHELL_RUN);
    CHECK(parsed.words == three);
    CHECK(parse(spec, {"work", "call", ""}).words == std::vector<std::string>{"work", "call", ""});
    CHECK(parse(spec, {"--", "a", "--json", "-x"}).words ==
          std::vector<std::string>{"a", "--json", "-x"});
    CHECK(parse(spec, {}).outcome == QMGMT_SHELL_USAGE);
    CHECK(printed(spec, "--help").find(" [OPTIONS] SOURCE CALL DESTINATION\n") !=
          std::string::npos);
    CHECK(printed(spec, "--describe").find("\"words\": \"source call destination\"") !=
          std::string::npos);
    CHECK(parse(spec, {"a", "b", "c", "d"}).outcome == QMGMT_SHELL_USAGE);
    const Parsed two = parse(spec, {"a", "b"});
    CHECK(two.outcome == QMGMT_SHELL_USAGE);
    CHECK(two.message == "it takes 3 words: source call destination");
}

TEST_CASE("shell: words that belong to an option are taken beside it only", "[local]")
{
    auto spec = plain_spec();
    spec.destination = "";
    spec.argument = "none";
    spec.flag = "explain";
    spec.words = "call argument";
    CHECK(parse(spec, {}).words.empty());
    CHECK(parse(spec, {}).outcome == QMGMT_SHELL_RUN);
    CHECK(parse(spec, {"--explain", "a", "b"}).words == std::vector<std::string>{"a", "b"});
    CHECK(parse(spec, {"--explain", "a", "b"}).flag);
    CHECK(parse(spec, {"--explain"}).outcome == QMGMT_SHELL_USAGE);
    CHECK(parse(spec, {"--explain", "a"}).outcome == QMGMT_SHELL_USAGE);
    CHECK(parse(spec, {"a", "b"}).message == "words without --explain");
}

TEST_CASE("shell: --progress=json is there for calls that take long", "[local]")
{
    qmgmt_shell_spec spec = plain_spec();
    CHECK(parse(spec, {"--progress=json"}).outcome == QMGMT_SHELL_USAGE);
    spec.progress = 1;
    CHECK(parse(spec, {"--progress=json"}).progress);
    CHECK(parse(spec, {"--progress", "json", "nightly"}).argument == "nightly");
    CHECK_FALSE(parse(spec, {"nightly"}).progress);
    for (const char* wrong : {"--progress", "--progress=", "--progress=text"}) {
        INFO(wrong);
        CHECK(parse(spec, {wrong}).outcome == QMGMT_SHELL_USAGE);
    }
}

TEST_CASE("shell: only root acts for another qube", "[local]")
{
    if (::geteuid() != 0) {
        CHECK(parse(plain_spec(), {"--source=mgmtvm"}).outcome == QMGMT_SHELL_USAGE);
        return;
    }
    CHECK(parse(plain_spec(), {"--source=mgmtvm"}).source == "mgmtvm");
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (::setresuid(65534, 65534, 65534) != 0)
            ::_exit(2);
        ::_exit(parse(plain_spec(), {"--source=mgmtvm"}).outcome == QMGMT_SHELL_USAGE ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("shell: a tool has no destination, no caller and no frame", "[local]")
{
    qmgmt_shell_spec spec = plain_spec();
    spec.program = spec.name = "qubes-mgmt-check";
    spec.destination = "";
    for (const char* word : {"--dest=work", "--source=dom0", "--arg=a", "--framed", "--plain"}) {
        INFO(word);
        CHECK(parse(spec, {word}).outcome == QMGMT_SHELL_USAGE);
    }
    const Parsed parsed = parse(spec, {"--json", "--dry-run", "/a/file"});
    REQUIRE(parsed.outcome == QMGMT_SHELL_RUN);
    CHECK(parsed.argument == "/a/file");
    CHECK(parsed.dest == "dom0");
    CHECK(parsed.dry_run);
}

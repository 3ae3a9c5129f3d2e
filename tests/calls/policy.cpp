// SPDX-License-Identifier: GPL-2.0-or-later
//
// The policy calls, under both of their names: protocol.md 4.8.

#include "calls/policy_world.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view token_exception = "PolicyAdminTokenException";
constexpr std::string_view protocol_exception = "PolicyAdminProtocolException";
constexpr std::string_view syntax_exception = "PolicyAdminSyntaxException";
constexpr std::string_view name_exception = "PolicyAdminInvalidFileNameException";
constexpr std::string_view path_exception = "PolicyAdminInvalidFilePathException";
constexpr std::string_view not_found_exception = "PolicyAdminFileNotFoundException";

// sha256sum of PolicyHost::user_policy.
constexpr std::string_view user_token =
    "sha256:a6e4cab6eca85238e69f81f2d049dd2015c5033849c12d0b2e93336ecc055640";

} // namespace

TEST_CASE("policy: the files are listed by name, sorted, those to include apart")
{
    const PolicyHost host;
    host.answers({"dom0", "policy.List"}, "30-user\n90-default\n");
    host.answers({"dom0", "policy.include.List"}, "start\n");
    // '-' stands before '.', but the names are sorted without what they end in.
    host.root.write("/etc/qubes/policy.d/30-user-2.policy", "");
    host.root.write("/etc/qubes/policy.d/README", "not a policy\n");
    host.root.write("/etc/qubes/policy.d/.30-user.policy", "an editor's\n");
    host.root.write("/etc/qubes/policy.d/!40-x.policy~abcdef", "a killed writer's\n");
    host.root.write("/etc/qubes/policy.d/include/!x~abcdef", "a killed writer's\n");
    host.root.write("/etc/qubes/policy.d/include/two\nrows", "");
    fs::create_directory(host.root.below("/etc/qubes/policy.d/50-directory.policy"));
    host.answers({"dom0", "policy.List"}, "30-user\n30-user-2\n90-default\n");
    host.answers({"dom0", "policy.include.List"}, "start\n");
    fs::remove_all(host.root.below("/etc/qubes/policy.d/include"));
    host.answers({"dom0", "policy.include.List"}, "");
}

TEST_CASE("policy: a file is shown behind the token of its content")
{
    const PolicyHost host;
    host.answers({"dom0", "policy.Get", "30-user"},
                 std::string{user_token} + "\n" + std::string{PolicyHost::user_policy});
    host.root.write("/etc/qubes/policy.d/include/empty", "");
    host.answers({"dom0", "policy.include.Get", "empty"},
                 "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n");
    host.refuses({"dom0", "policy.Get", "31-user"}, Failure::not_found, not_found_exception);
    host.refuses({"dom0", "policy.Get", "start"}, Failure::not_found, not_found_exception);
    host.refuses({"dom0", "policy.include.Get", "30-user"}, Failure::not_found,
                 not_found_exception);
    host.refuses({"dom0", "policy.Get"}, Failure::protocol, protocol_exception);
    host.refuses({"dom0", "policy.Get", "30-user", "x"}, Failure::protocol, protocol_exception);
}

TEST_CASE("protocol.md P21: a file that is there is not new")
{
    const PolicyHost host;
    host.refuses({"dom0", "policy.Replace", "30-user", "new\nmgmt.vm.List * mgr @adminvm deny\n"},
                 Failure::in_use, token_exception);
}

TEST_CASE("protocol.md P22: without an end of line there is no token")
{
    const PolicyHost host;
    host.refuses({"dom0", "policy.Replace", "30-user", "any"}, Failure::protocol,
                 protocol_exception);
}

TEST_CASE("protocol.md P23: a name has letters, digits, '_' and '-', and leads nowhere else")
{
    const PolicyHost host;
    // What qrexec makes of "../x" on its way.
    host.refuses({"dom0", "policy.Get", ".._x"}, Failure::protocol, name_exception);
    for (const char* const name : {".", "..", "30-user.policy", "a+b", ".hidden", "+"})
        for (const char* const call : {"policy.Get", "policy.include.Get", "policy.Replace",
                                       "policy.include.Replace", "policy.Remove"}) {
            const std::string_view verb{call};
            const std::string payload = verb.ends_with("Replace")  ? "any\n"
                                        : verb.ends_with("Remove") ? "any"
                                                                   : "";
            host.refuses({"dom0", call, name, payload}, Failure::protocol, name_exception);
        }
    host.refuses({"dom0", "policy.Get", std::string(201, 'a')}, Failure::protocol, name_exception);
    // No qube can write a slash, dom0 can.
    const Outcome local = run_local(host.root, "policy.Get", {"../../qubes/mgmt.conf"});
    check_refusal(local, "mgmt.policy.Get", Failure::protocol);
}

TEST_CASE("protocol.md P24: what is included stays")
{
    const PolicyHost host;
    host.refuses({"dom0", "policy.include.Remove", "start", "any"}, Failure::bad_value,
                 syntax_exception);
    CHECK(host.has("include/start"));
    host.answers({"dom0", "policy.Get", "30-user"}, host.reply({"dom0", "policy.Get", "30-user"}));
    static_cast<void>(host.reply({"dom0", "policy.Remove", "90-default", "any"}));
    host.gives({"dom0", "policy.include.Remove", "start", "any"}, "");
    CHECK_FALSE(host.has("include/start"));
}

TEST_CASE("policy: a link is not followed, and a directory is no file")
{
    const PolicyHost host;
    host.root.write("/etc/qubes/secret", "nobody's business\n");
    fs::create_symlink("../secret", host.root.below("/etc/qubes/policy.d/40-link.policy"));
    fs::create_directory(host.root.below("/etc/qubes/policy.d/include/directory"));
    host.refuses({"dom0", "policy.Get", "40-link"}, Failure::denied, path_exception);
    host.refuses({"dom0", "policy.Replace", "40-link", "any\n"}, Failure::denied, path_exception);
    host.refuses({"dom0", "policy.Remove", "40-link", "any"}, Failure::denied, path_exception);
    host.refuses({"dom0", "policy.include.Get", "directory"}, Failure::denied, path_exception);
    CHECK(host.root.read("/etc/qubes/secret") == "nobody's business\n");
}

TEST_CASE("policy: a file is replaced by who knows its token, new, or whatever it says")
{
    const PolicyHost host;
    const std::string other = "mgmt.vm.List * mgr @adminvm deny\n";
    for (const char* const wrong : {"", "New", "sha256", "md5:00", "any ", " any"})
        host.refuses({"dom0", "policy.Replace", "30-user", std::string{wrong} + "\n" + other},
                     Failure::protocol, protocol_exception);
    for (const std::string& wrong :
         {std::string{"sha256:"}, std::string{"sha256:aaaa"},
          std::string{user_token}.replace(10, 1, "x"), std::string{user_token} + "0"})
        host.refuses({"dom0", "policy.Replace", "30-user", wrong + "\n" + other},
                     Failure::wrong_state, token_exception);
    host.refuses({"dom0", "policy.Replace", "31-user", std::string{user_token} + "\n" + other},
                 Failure::not_found, token_exception);

    host.gives({"dom0", "policy.Replace", "30-user", std::string{user_token} + "\n" + other}, "");
    CHECK(host.policy("30-user.policy") == other);
    host.refuses({"dom0", "policy.Replace", "30-user", std::string{user_token} + "\n"},
                 Failure::wrong_state, token_exception);
    host.answers({"dom0", "policy.Replace", "30-user", "any\n"}, "");
    CHECK(host.policy("30-user.policy").empty());
    host.gives({"dom0", "policy.Replace", "31-new", "new\n# without an end of line"}, "");
    CHECK(host.policy("31-new.policy") == "# without an end of line");
    host.gives({"dom0", "policy.include.Replace", "extra", "new\nmgr @anyvm ask\n"}, "");
    CHECK(host.policy("include/extra") == "mgr @anyvm ask\n");
    CHECK(Outcome{host.aliased({"dom0", "policy.include.Replace", "extra", "any\n"})}.status == 0);
    CHECK(host.policy("include/extra").empty());
}

TEST_CASE("policy: a file is removed by who knows its token, or whatever it says")
{
    const PolicyHost host;
    host.refuses({"dom0", "policy.Remove", "30-user"}, Failure::protocol, protocol_exception);
    host.refuses({"dom0", "policy.Remove", "30-user", "any\n"}, Failure::protocol,
                 protocol_exception);
    host.refuses({"dom0", "policy.Remove", "30-user", "new"}, Failure::in_use, token_exception);
    host.refuses({"dom0", "policy.Remove", "30-user", "sha256:00"}, Failure::wrong_state,
                 token_exception);
    host.refuses({"dom0", "policy.Remove", "31-user", "any"}, Failure::not_found,
                 not_found_exception);
    host.refuses({"dom0", "policy.Remove", "31-user", "new"}, Failure::not_found,
                 not_found_exception);
    host.gives({"dom0", "policy.Remove", "30-user", std::string{user_token}}, "");
    CHECK_FALSE(host.has("30-user.policy"));
    CHECK(host.aliased({"dom0", "policy.Remove", "90-default", "any"}).status == 0);
    host.answers({"dom0", "policy.List"}, "");
}

TEST_CASE("policy: what would make qrexec deny everything is not written")
{
    const PolicyHost host;
    for (const std::string content :
         {"nonsense\n", "mgmt.vm.List * mgr @adminvm allow,target=dom0\n", "* +a * * allow\n",
          "mgmt.vm.Start * mgr @default allow\n", "!include include/missing\n",
          "!include-service mgmt.vm.Start * 30-user.policy\n", "!include 31-new.policy\n",
          "# a comment\r* * * * allow\n", "# \x1b[31m\n"})
        host.refuses({"dom0", "policy.Replace", "31-new", "any\n" + content}, Failure::bad_value,
                     syntax_exception);
    // qrexec knows no file of that name.
    host.refuses({"dom0", "policy.Replace", "31-New", "any\n"}, Failure::bad_value,
                 syntax_exception);
    // A line that its includer has no use for.
    host.refuses({"dom0", "policy.include.Replace", "start", "any\n* * * * allow\n"},
                 Failure::bad_value, syntax_exception);
    for (const std::string& content :
         {std::string{"# \xff\n"}, std::string{"# \xc0\xaf\n"}, std::string{"# \xed\xa0\x80\n"}})
        host.refuses({"dom0", "policy.Replace", "31-new", "any\n" + content}, Failure::protocol,
                     protocol_exception);
    host.gives({"dom0", "policy.Replace", "31-new", "any\n# gr\xc3\xbc\xc3\x9f\n"}, "");
}

TEST_CASE("policy: the text of a syntax error says where it is, without paths of the host")
{
    const PolicyHost host;
    const Outcome outcome =
        host.aliased({"dom0", "policy.Replace", "31-new", "any\n# fine\n!include include/gone\n"});
    CHECK(outcome.err ==
          "PolicyAdminSyntaxException 31-new.policy:2: there is no 'include/gone'\n");
}

TEST_CASE("policy: what a qube has sent, or other files say, is not in the line that dom0 logs")
{
    const PolicyHost host;
    for (const char* const content :
         {"payload * mgr work nonsense\n", "!include include/payload\n"})
        for (const bool by_alias : {false, true}) {
            const Ask ask{"dom0", "policy.Replace", "31-new", "any\n" + std::string{content},
                          "mgr"};
            const Outcome outcome = by_alias ? host.aliased(ask) : run_call(host.root, ask);
            CHECK(outcome.status == (by_alias ? 1 : 7));
            CHECK(outcome.err.ends_with(" this is not a policy that can be understood\n"));
        }
}

TEST_CASE("policy: one that is broken already can be mended, and changed no other way")
{
    const PolicyHost host;
    host.root.write("/etc/qubes/policy.d/50-broken.policy", "nonsense\n");
    host.refuses({"dom0", "policy.Replace", "31-new", "any\n"}, Failure::bad_value,
                 syntax_exception);
    host.refuses({"dom0", "policy.Remove", "30-user", "any"}, Failure::bad_value, syntax_exception);
    host.refuses({"dom0", "policy.GetFiles", "mgmt.vm.List"}, Failure::bad_value, syntax_exception);
    host.gives({"dom0", "policy.Replace", "50-broken", "any\n# mended\n"}, "");
    host.gives({"dom0", "policy.Replace", "31-new", "any\n"}, "");
    host.root.write("/etc/qubes/policy.d/50-broken.policy", "nonsense\n");
    host.gives({"dom0", "policy.Remove", "50-broken", "any"}, "");
}

TEST_CASE("policy: a file that another hides until the next boot is read all the same")
{
    const PolicyHost host;
    host.root.write("/run/qubes/policy.d/31-new.policy", "mgmt.vm.Kill * mgr work deny\n");
    host.refuses({"dom0", "policy.Replace", "31-new", "any\nnonsense\n"}, Failure::bad_value,
                 syntax_exception);
    host.gives({"dom0", "policy.Replace", "31-new", "any\n# fine\n"}, "");
    // And what only passing files include is wanted as long as they are there.
    host.root.write("/run/qubes/policy.d/40-x.policy", "!include-service a.B * include/passing\n");
    host.root.write("/etc/qubes/policy.d/include/passing", "mgr work deny\n");
    host.refuses({"dom0", "policy.include.Remove", "passing", "any"}, Failure::bad_value,
                 syntax_exception);
}

TEST_CASE("policy: the files that speak of a service are named")
{
    const PolicyHost host;
    host.root.write("/run/qubes/policy.d/20-passing.policy", "mgmt.vm.Start * mgr vault deny\n");
    host.answers({"dom0", "policy.GetFiles", "mgmt.vm.List"}, "30-user\n");
    host.answers({"dom0", "policy.GetFiles", "mgmt.vm.Start"},
                 "/run/qubes/policy.d/20-passing.policy\nstart\n");
    host.answers({"dom0", "policy.GetFiles", "no.Such"}, "");
    host.root.write("/etc/qubes/policy.d/99-all.policy", "* * * * deny\n* * * * allow\n");
    host.answers({"dom0", "policy.GetFiles", "no.Such"}, "99-all\n");
    host.refuses({"dom0", "policy.GetFiles", "a.B+c"}, Failure::protocol, protocol_exception);
    host.refuses({"dom0", "policy.GetFiles"}, Failure::protocol, protocol_exception);
}

TEST_CASE("policy: a new file is qrexec's to read and the group's to write")
{
    const PolicyHost host;
    fs::remove_all(host.root.below("/etc/qubes/policy.d/include"));
    fs::remove(host.root.below("/etc/qubes/policy.d/90-default.policy"));
    host.gives({"dom0", "policy.include.Replace", "first", "new\n"}, "");
    host.gives({"dom0", "policy.Replace", "31-new", "new\n"}, "");
    struct stat facts {};
    for (const char* const file : {"31-new.policy", "include/first"}) {
        REQUIRE(::stat(host.root.below("/etc/qubes/policy.d/" + std::string{file}).c_str(),
                       &facts) == 0);
        CHECK((facts.st_mode & 07777) == 0664);
        CHECK(facts.st_uid == ::geteuid());
    }
    REQUIRE(::stat(host.root.below("/etc/qubes/policy.d/include").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 02775);
}

TEST_CASE("policy: the content that is there already is not written again")
{
    const PolicyHost host;
    const auto before = host.files();
    host.answers(
        {"dom0", "policy.Replace", "30-user", "any\n" + std::string{PolicyHost::user_policy}}, "");
    CHECK(host.files() == before);
}

TEST_CASE("policy: a dry run says what it would write, and writes nothing")
{
    const PolicyHost host;
    const auto before = host.files();
    const Outcome replaced =
        run_local(host.root, "policy.Replace", {"--plain", "--dry-run", "30-user"}, "any\n# x\n");
    CHECK(replaced.out == "-" + std::string{PolicyHost::user_policy} + "+# x\n");
    const Outcome removed =
        run_local(host.root, "policy.Remove", {"--plain", "--dry-run", "30-user"}, "any");
    CHECK(removed.out == "-" + std::string{PolicyHost::user_policy});
    CHECK(host.files() == before);
}

TEST_CASE("policy: a file has at most 256 KiB")
{
    const PolicyHost host;
    const std::string most = "#" + std::string(262143, 'x');
    host.gives({"dom0", "policy.Replace", "31-new", "new\n" + most}, "");
    CHECK(host.policy("31-new.policy") == most);
    host.gives({"dom0", "policy.Replace", "31-new", host.token("31-new") + "\n" + most}, "");
    host.refuses({"dom0", "policy.Replace", "31-new", "any\n" + most + "x"}, Failure::too_large,
                 protocol_exception);
}

TEST_CASE("policy: who holds the directory is waited for, and not for ever")
{
    const PolicyHost host;
    const Fd held{::open(host.root.below(policy_directory).c_str(), O_RDONLY | O_CLOEXEC)};
    REQUIRE(::flock(held.get(), LOCK_EX) == 0);
    const auto before = host.files();
    for (const char* const call : {"policy.List", "policy.include.List"})
        check_refusal(run_local(host.root, call, {"--plain", "--timeout=0.2"}), full_name(call),
                      Failure::busy);
    check_refusal(
        run_local(host.root, "policy.Replace", {"--plain", "--timeout=0.2", "30-user"}, "any\n"),
        "mgmt.policy.Replace", Failure::busy);
    CHECK(host.files() == before);

    Process waiting{host.aliased_command({"dom0", "policy.Replace", "30-user", "any\n"})};
    CHECK_FALSE(waiting.ends_within(std::chrono::milliseconds{300}));
    REQUIRE(::flock(held.get(), LOCK_UN) == 0);
    CHECK(waiting.finish().status == 0);
    CHECK(host.policy("30-user.policy").empty());
}

TEST_CASE("policy: an older host has no such directory, and does not get one")
{
    const World world;
    check_refusal(run_call(world.root, {"dom0", "policy.List"}), "mgmt.policy.List",
                  Failure::unsupported);
    check_refusal(run_call(world.root, {"dom0", "policy.include.Replace", "x", "new\n"}),
                  "mgmt.policy.include.Replace", Failure::unsupported);
    CHECK_FALSE(world.root.exists(policy_directory));
}

TEST_CASE("policy: a qube that may call reads the exit code alone, one the store lacks may not")
{
    const PolicyHost host;
    host.gives({"dom0", "policy.Replace", "30-user", "any\n", "mgr"}, "");
    host.refuses({"dom0", "policy.Replace", "30-user", "new\n", "mgr"}, Failure::in_use,
                 token_exception);
    const auto before = host.files();
    check_refusal(
        run_call(host.root, {"dom0", "policy.Replace", "30-user", "any\n# x\n", "nosuch"}),
        "mgmt.policy.Replace", Failure::not_found);
    CHECK(host.files() == before);
}

TEST_CASE("policy: the dom0 shell lists files as JSON, and frames them for who asks")
{
    const PolicyHost host;
    const Outcome listed = run_local(host.root, "policy.List", {"--json"});
    CHECK(listed.out.find("{\"name\": \"90-default\"}") != std::string::npos);
    const Outcome framed = run_local(host.root, "policy.Get", {"--framed", "31-user"});
    check_exception(framed, failure::policy_not_found);
}

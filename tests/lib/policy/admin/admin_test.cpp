// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/admin/content_token.hpp"
#include "policy/admin/file_name.hpp"
#include "policy/admin/validation.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"
#include "support/policy_world.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

PolicyFileName policy(std::string_view name)
{
    return PolicyFileName::parse(name, PolicyPlace::policies);
}

PolicyFileName include(std::string_view name)
{
    return PolicyFileName::parse(name, PolicyPlace::includes);
}

} // namespace

TEST_CASE("policy calls: a name is that of a file directly in its directory")
{
    CHECK(policy("30-user").file() == "30-user.policy");
    CHECK(policy("30-user").path() == "/etc/qubes/policy.d/30-user.policy");
    CHECK(include("admin-local-ro").path() == "/etc/qubes/policy.d/include/admin-local-ro");
    CHECK(include("A_z-0").file() == "A_z-0");
    CHECK(include(std::string(200, 'a')).file().size() == 200);
    for (const std::string& wrong :
         {std::string{}, std::string{"."}, std::string{".."}, std::string{"a.b"},
          std::string{"a/b"}, std::string{"a+b"}, std::string{"a b"}, std::string{"!a"},
          std::string{"a\0", 2}, std::string{"\xc3\xbc"}, std::string(201, 'a')}) {
        INFO(wrong);
        CHECK(exception_of([&] { static_cast<void>(policy(wrong)); }) ==
              "PolicyAdminInvalidFileNameException");
    }
}

TEST_CASE("policy calls: a token fits a content, a file that is not there, or anything")
{
    const auto check = [](std::string_view token, const std::optional<std::string>& present) {
        return failure_of([&] { ContentToken::parse(token).check(present); });
    };
    CHECK(ContentToken::of("abc") ==
          "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(check("any", "abc") == std::nullopt);
    CHECK(check("any", {}) == std::nullopt);
    CHECK(check("new", {}) == std::nullopt);
    CHECK(check("new", "") == Failure::in_use);
    CHECK(check(ContentToken::of("abc"), "abc") == std::nullopt);
    CHECK(check(ContentToken::of("abc"), "abd") == Failure::wrong_state);
    CHECK(check(ContentToken::of("abc"), {}) == Failure::not_found);
    CHECK(check("sha256:", "abc") == Failure::wrong_state);
    CHECK(check("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", "abc") ==
          Failure::wrong_state);
    for (const char* const wrong : {"", "Any", "any\n", "old", "sha512:00", " new"})
        CHECK(check(wrong, "abc") == Failure::protocol);
}

TEST_CASE("policy calls: a text is UTF-8 that everybody reads the same lines in")
{
    const auto check = [](const std::string& text) {
        return failure_of([&] { check_policy_text(text); });
    };
    CHECK(check("") == std::nullopt);
    CHECK(check("a\tb\n\n") == std::nullopt);
    CHECK(check("# \xe2\x82\xac \xf0\x9f\x98\x80\n") == std::nullopt);
    CHECK(check(std::string(262144, 'a')) == std::nullopt);
    CHECK(check(std::string(262145, 'a')) == Failure::too_large);
    for (const char* const wrong : {"\xff", "\xc3", "\xe2\x82", "\xc1\x81", "\xe0\x80\xaf",
                                    "\xed\xbf\xbf", "\xf4\x90\x80\x80", "a\x80"})
        CHECK(check(wrong) == Failure::protocol);
    for (const std::string& wrong : {std::string{"a\r\n"}, std::string{"\0", 1}, std::string{"\v"},
                                     std::string{"\x1b"}, std::string{"\x7f"}})
        CHECK(check(wrong) == Failure::bad_value);
}

TEST_CASE("policy calls: a change is judged as the policy would be now and after a boot")
{
    PolicyTexts host{{"/etc/qubes/policy.d/30-user.policy", "!include include/a\n"},
                     {"/etc/qubes/policy.d/include/a", "a.B * mgr work allow\n"}};
    const auto check = [&](const PolicyFileName& name, std::optional<std::string> content) {
        return failure_of([&] { check_policy_with(host, name, std::move(content)); });
    };
    CHECK(check(include("a"), "a.B * mgr work deny\n") == std::nullopt);
    CHECK(check(include("a"), std::nullopt) == Failure::bad_value);
    CHECK(check(include("b"), "nobody reads this\n") == std::nullopt);
    CHECK(check(policy("40-b"), "!include include/b\n") == Failure::bad_value);
    CHECK(check(policy("30-user"), std::nullopt) == std::nullopt);
    // Hidden today, wrong tomorrow.
    host.add("/run/qubes/policy.d/40-b.policy", "!include include/a\n");
    CHECK(check(policy("40-b"), "nonsense\n") == Failure::bad_value);
    CHECK(check(policy("40-b"), "a.B * mgr work deny\n") == std::nullopt);
}

TEST_CASE("policy calls: the files of a service are named once, in their order")
{
    const PolicyTexts host{
        {"/etc/qubes/policy.d/30-user.policy",
         "a.B * mgr work allow\nc.D * mgr work allow\na.B * mgr vault deny\n"},
        {"/etc/qubes/policy.d/40-dotted.name.policy", "!include-service a.B * include/x\n"},
        {"/etc/qubes/policy.d/include/x", "mgr @anyvm deny\n"},
        {"/run/qubes/policy.d/35-passing.policy", "a.B * mgr work allow\n"},
    };
    using Names = std::vector<std::string>;
    CHECK(files_for_service(host, "a.B") ==
          Names{"30-user", "/run/qubes/policy.d/35-passing.policy", "x"});
    CHECK(files_for_service(host, "c.D") == Names{"30-user"});
    CHECK(files_for_service(host, "a").empty());
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/account.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::string_view accounts = "root:x:0:0:root:/root:/bin/bash\n"
                                      "user:x:1000:1001:U. Ser,,,:/home/user:/bin/zsh\n"
                                      "user2:x:1002:1002::/home/user2:/bin/sh\n"
                                      "half:x:1003\n"
                                      "odd:x:10x:1:::\n";

std::string name_in(std::string_view groups)
{
    const auto account = first_user_of("qubes", groups, accounts);
    return account ? account->name : "";
}

} // namespace

TEST_CASE("account: the first user of a group, with what else is known of it")
{
    const auto account =
        first_user_of("qubes", "xqubes:x:1:root\nqubes:x:98:user,user2\nqubes2:x:9:x\n", accounts);
    REQUIRE(account);
    CHECK(account->name == "user");
    CHECK(account->user == 1000);
    CHECK(account->group == 1001);
    CHECK(account->home == "/home/user");
    CHECK(account->shell == "/bin/zsh");
    CHECK(name_in("qubes:x:98:user2") == "user2");
}

TEST_CASE("account: nobody, where group and account do not say who")
{
    for (const std::string_view groups :
         {"", "qubes", "qubes:x:98", "qubes:x:98:", "qubes:x:98:,user", "qubesx:x:98:user",
          "qubes:x:98:use", "qubes:x:98:nobody", "qubes:x:98:half", "qubes:x:98:odd",
          "qubes:x:98:root", "qubes:x:98:user:more"}) {
        INFO(groups);
        CHECK(name_in(groups).empty());
    }
}

TEST_CASE("account: the user with an id, in the file below the root in force")
{
    const Root root;
    CHECK(root.run([] { return !user_with_id(1000); }));
    root.write("/etc/passwd",
               "odd:x:1000\nlong:x:10001:1:::\nuser:x:1000:1001::/home/user:/bin/zsh\n"
               "second:x:1000:1002::/home/second:/bin/sh\n");
    CHECK(root.run([] {
        const auto user = user_with_id(1000);
        return user && user->name == "user" && user->group == 1001 && user->home == "/home/user" &&
               user->shell == "/bin/zsh";
    }));
    CHECK(root.run([] { return !user_with_id(0) && !user_with_id(100); }));
}

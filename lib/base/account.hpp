// SPDX-License-Identifier: GPL-2.0-or-later
//
// Users of this machine, as /etc/passwd and /etc/group have them: no NSS in a call.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace qmgmt {

struct Account {
    std::string name;
    uid_t user = 0;
    gid_t group = 0;
    std::string home;
    std::string shell;
};

// The user that dom0's part of a qube runs as: the first that group `qubes` lists, in the files
// below the root in force. Nothing when there is no such group, or it lists nobody who has an
// account, or lists root.
[[nodiscard]] std::optional<Account> user_of_qubes();

// The user of this machine with this id, by /etc/passwd below the root in force.
[[nodiscard]] std::optional<Account> user_with_id(uid_t user);

// The same as user_of_qubes of the text of both files.
[[nodiscard]] std::optional<Account> first_user_of(std::string_view group, std::string_view groups,
                                                   std::string_view accounts);

} // namespace qmgmt

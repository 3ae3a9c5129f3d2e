// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/source/unchanged.hpp"

#include "call/qube_directory.hpp"
#include "firewall/rule_file.hpp"

#include <sys/stat.h>

namespace qmgmt {

bool rules_are_older(const Qube& qube, std::time_t time)
{
    struct stat rules {};
    return ::stat(rule_file_in(qube_directory(qube)).c_str(), &rules) != 0 ||
           rules.st_mtim.tv_sec < time;
}

} // namespace qmgmt

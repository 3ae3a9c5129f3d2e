// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/qube_directory.hpp"

#include "base/paths.hpp"
#include "storage/volume_config.hpp"

namespace qmgmt {

std::string qube_directory(const Qube& qube)
{
    return paths::below_root(std::string{paths::store_directory} + "/" +
                             std::string{class_directory(qube.class_bit())} + "/" + qube.name());
}

} // namespace qmgmt

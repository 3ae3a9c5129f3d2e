// SPDX-License-Identifier: GPL-2.0-or-later
//
// Loop devices that others have made of our images: Xen's block script does so for each disk that
// is a file. They keep the size that the file had then until they are told.
#pragma once

#include <string>
#include <vector>

namespace qmgmt {

// "/dev/loop3" ...: those whose file lies below the directory.
[[nodiscard]] std::vector<std::string> loop_devices_below(const std::string& directory);

// Whether there is one of this image.
[[nodiscard]] bool has_loop_device(const std::string& image);

// Tells the devices of this image that it has another size now. None is success. Throws
// Error{storage}.
void resize_loop_devices(const std::string& image, const std::string& purpose);

} // namespace qmgmt

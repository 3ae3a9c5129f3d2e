// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/appmenus_input.hpp"

#include "base/error.hpp"
#include "desktop/appmenus.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace qmgmt {

std::vector<Application> read_appmenus(int fd, const std::function<Deadline()>& deadline)
{
    AppmenusReader reader;
    std::array<char, 16384> bytes{};
    for (;;) {
        struct pollfd waiting {
            fd, POLLIN, 0
        };
        const int ready = ::poll(&waiting, 1, static_cast<int>(deadline().left().count()));
        if (ready == 0)
            throw Error{failure::timeout, "the applications did not come in time"};
        const ssize_t got = ready < 0 ? -1 : ::read(fd, bytes.data(), bytes.size());
        if (got == 0)
            return reader.finish();
        if (got > 0)
            reader.add({bytes.data(), static_cast<std::size_t>(got)});
        else if (errno != EINTR && errno != EAGAIN)
            throw_errno(failure::failed, "cannot read the applications", "read");
    }
}

} // namespace qmgmt

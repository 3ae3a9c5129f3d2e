// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/restore_input.hpp"

#include "backup/fault.hpp"
#include "backup/restore/request.hpp"
#include "backup/restore/told_as_backup.hpp"

#include <algorithm>
#include <cstring>

namespace qmgmt {
std::string RestoreInput::untrusted_preamble()
{
    return told_as_backup([this] {
        std::string start(preamble_start.size(), '\0');
        start.resize(input_.read(start.data(), start.size()));
        if (start != preamble_start) {
            surplus_ = std::move(start);
            return std::string{};
        }
        std::string lines;
        for (;;) {
            const auto line = input_.line(most_preamble - lines.size());
            if (!line)
                throw BackupError{BackupFault::bad_request,
                                  "the options before the archive have no end"};
            if (line->empty())
                return lines;
            lines += *line + "\n";
        }
    });
}

std::size_t RestoreInput::read(char* into, std::size_t room)
{
    const std::size_t known = std::min(room, surplus_.size());
    std::memcpy(into, surplus_.data(), known);
    surplus_.erase(0, known);
    std::size_t got = known;
    if (got < room)
        got += told_as_backup([&] { return input_.read(into + known, room - known); });
    read_ += got;
    if (most_bytes_ && read_ > *most_bytes_)
        throw BackupError{BackupFault::size_limit,
                          "the archive is longer than the profile permits"};
    return got;
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// A file as memory, for reading. Only for files that are replaced by rename and never cut: a cut
// file would end the process that looks at it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace qmgmt {

class MappedFile {
public:
    // Nothing when it cannot be opened, is empty or larger than `limit`.
    static std::shared_ptr<const MappedFile> open(const std::string& path, std::size_t limit);

    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    [[nodiscard]] std::string_view bytes() const { return {address_, size_}; }

private:
    MappedFile(const char* address, std::size_t size) : address_{address}, size_{size} {}

    const char* address_;
    std::size_t size_;
};

} // namespace qmgmt

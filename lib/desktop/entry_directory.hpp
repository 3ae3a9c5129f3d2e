// SPDX-License-Identifier: GPL-2.0-or-later
//
// The directory where the entries of qubes stand among others. What is not an entry of the qube at
// hand is never touched: names do not tell, the entry `web-x` of the qube `work` would stand in the
// same file as `x` of `work-web`.
#pragma once

#include "base/fd.hpp"
#include "names/names.hpp"

#include <map>
#include <string>
#include <vector>

namespace qmgmt {

class EntryDirectory {
public:
    // Makes it where it is missing, and keeps others of us away as long as the object lives.
    // Throws Error{busy} when another is at work there, Error{failed} when it cannot be used.
    explicit EntryDirectory(std::string path);

    struct Changes {
        std::vector<std::string> written;
        std::vector<std::string> removed;
        std::vector<std::string> taken; // left alone, because the file is somebody else's
    };
    // Makes the directory have these entries of the qube, text by file name, and no others of it.
    // Each file is replaced at once, and one that is right stays as it is.
    Changes replace_all(const QubeName& qube, const std::map<std::string, std::string>& entries);

private:
    enum class Owner { nobody, this_qube, other };
    [[nodiscard]] Owner owner_of(const QubeName& qube, const std::string& name,
                                 std::string& text) const;
    [[nodiscard]] bool write(const std::string& name, const std::string& text, bool is_new) const;
    void remove_leftover(const std::string& name) const;

    std::string path_;
    Fd directory_; // locked
};

} // namespace qmgmt

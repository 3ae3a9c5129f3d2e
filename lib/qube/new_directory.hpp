// SPDX-License-Identifier: GPL-2.0-or-later
//
// The directory of a qube that is about to be made: /var/lib/qubes/<directory of its class>/<name>.
#pragma once

#include <string>

namespace qmgmt {

class NewDirectory {
public:
    // Throws Error{failed} when something of that name stands there and is no empty directory.
    NewDirectory(const std::string& qube, unsigned klass);

    // As this process sees it.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    // Below /var/lib/qubes.
    [[nodiscard]] const std::string& below_store() const noexcept { return below_store_; }
    // For an intent: below /var/lib/qubes, empty when it was there before.
    [[nodiscard]] std::string to_take_back() const { return is_there_ ? "" : below_store_; }

    // Durable when it returns; when it throws, there is none. One that was there is success.
    void make() const;

private:
    std::string qube_;
    std::string below_store_;
    std::string path_;
    bool is_there_ = false;
};

} // namespace qmgmt

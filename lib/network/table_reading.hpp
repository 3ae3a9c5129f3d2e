// SPDX-License-Identifier: GPL-2.0-or-later
//
// A table that is being read, with an end to what a qube may have put into it.
#pragma once

#include "network/table_store.hpp"

#include <string>
#include <string_view>

namespace qmgmt {

class TableReading {
public:
    // Keys that are `part` or stand below it are wanted.
    explicit TableReading(std::string_view part) : part_{part} {}

    [[nodiscard]] bool wants(std::string_view key) const;
    // Whether there may be wanted ones below the key.
    [[nodiscard]] bool leads_to_wanted(std::string_view key) const;

    [[nodiscard]] bool is_full() const { return full_; }
    // Bytes that a value may still have.
    [[nodiscard]] std::size_t room() const { return most_read_bytes - bytes_; }
    // One that is not wanted, or for which there is no room, is left out.
    void add(std::string_view key, std::string_view value);

    // Says in the log when it was more than may be read.
    [[nodiscard]] QubeTable take(const TableOwner& qube);

private:
    std::string part_;
    QubeTable table_;
    std::size_t bytes_ = 0;
    bool full_ = false;
};

} // namespace qmgmt

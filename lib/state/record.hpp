// SPDX-License-Identifier: GPL-2.0-or-later
//
// Small files of `key=value` lines, replaced as a whole: run records and intents.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt {

class Record {
public:
    // Nothing when the file is not there. A torn or foreign line is skipped: the file is only ever
    // replaced.
    static std::optional<Record> load(const std::string& path);

    // Values hold no line end. A key may stand more than once.
    void add(std::string key, std::string value);
    void set(std::string_view key, std::string value);
    [[nodiscard]] std::string get(std::string_view key) const; // the first, empty when absent
    [[nodiscard]] std::vector<std::string> all(std::string_view key) const;

    // `durable`: it must survive the machine, not only the process.
    void save(const std::string& path, bool durable) const;

private:
    std::vector<std::pair<std::string, std::string>> lines_;
};

} // namespace qmgmt

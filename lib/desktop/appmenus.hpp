// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a qube's service qubes.GetAppmenus prints of its desktop entries: a row "FILE:KEY=VALUE" for
// each key of each file. All of it is the qube's word, and it may say anything.
#pragma once

#include "desktop/application.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qmgmt {

inline constexpr std::size_t longest_appmenus_line = 1024;
inline constexpr std::size_t most_appmenus_lines = 100'000;
inline constexpr std::size_t most_applications = 4096; // each becomes a file

// The id that qubes.StartApp knows an entry by: the path below ".../applications/" of an absolute
// file name, or a bare file name, with '-' for each '/', without ".desktop". Nothing for what can
// be no id.
[[nodiscard]] std::optional<std::string> application_id(std::string_view untrusted_file);

class AppmenusReader {
public:
    // The next bytes, cut anywhere. A row that is too long, not ASCII or no row, and a key whose
    // value has bytes that it may not have, are passed over. Throws Error{too_large} beyond the
    // most applications, the most lines, or bytes that so many lines can have.
    void add(std::string_view untrusted_bytes);

    // The applications of all that came, by id. Of two files of one id the later counts: the
    // service names the directory last that an application is looked for in first. Those without a
    // name, those that are not to be shown and what is no application are none.
    [[nodiscard]] std::vector<Application> finish();

private:
    struct Entry {
        std::string file;
        Application application;
        bool hidden = false;
    };

    void end_line();
    void read_row(std::string_view untrusted_line);

    std::map<std::string, Entry> entries_;
    std::string line_;
    bool overlong_ = false;
    std::size_t lines_ = 0;
    std::size_t bytes_ = 0;
};

} // namespace qmgmt

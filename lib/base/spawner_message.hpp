// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a call and its helper say to each other: one packet a question, one an answer, each a list
// of words that end in NUL.
//   question: "run" DEADLINE_MS MOST_OUTPUT FLAGS INPUT COUNT WORD... VARIABLE...
//             "detach" "0" "0" "" "" COUNT WORD... VARIABLE...
//             "pipe" "0" "0" FLAGS "" COUNT WORD..., with its standard input, output and error
//             "reap" NUMBER "kill"|"wait"
//             "open" "read"|"write"|"claim" PATH
//             "errand" DEADLINE_MS
//             "holder" INODE
//   answer:   "ended" STATUS OUTPUT ERRORS | "late" STATUS OUTPUT ERRORS | "started" | "denied" |
//             "failed" REASON | "opened" ERRNO, with the descriptor when that is 0 | "held" WHO |
//             "piped" NUMBER, with a descriptor of the process
// FLAGS: "a" for errors apart, "c" for a program that completes, "u" for one that runs as the user
// of group qubes. Output that is long comes in
// pieces, each an answer "part" OUTPUT before the last one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::spawner {

inline constexpr std::size_t longest_question = 65'536;
inline constexpr std::size_t longest_packet = 2 * longest_question; // with a part and all errors
inline constexpr std::size_t longest_part = 65'536;
inline constexpr std::size_t most_output_of_all = std::size_t{8} << 20;

[[nodiscard]] inline std::string packed(const std::vector<std::string>& words)
{
    std::string packet;
    for (const std::string& word : words)
        packet.append(word.c_str()).push_back('\0'); // to the first NUL: more is no word
    return packet;
}

[[nodiscard]] inline std::vector<std::string> unpacked(std::string_view packet)
{
    std::vector<std::string> words;
    while (!packet.empty()) {
        const auto end = packet.find('\0');
        words.emplace_back(packet.substr(0, end));
        packet.remove_prefix(end == std::string_view::npos ? packet.size() : end + 1);
    }
    return words;
}

} // namespace qmgmt::spawner

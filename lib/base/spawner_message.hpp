// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a call and its helper say to each other: one packet a question, one an answer, each a list
// of words that end in NUL.
//   question: "run" DEADLINE_MS COUNT WORD... VARIABLE...
//             "detach" "0" COUNT WORD... VARIABLE...
//             "errand" DEADLINE_MS
//             "holder" INODE
//   answer:   "ended" STATUS OUTPUT | "late" STATUS OUTPUT | "started" | "denied" | "failed" REASON
//             | "held" WHO
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::spawner {

inline constexpr std::size_t longest_question = 65'536;
inline constexpr std::size_t longest_packet = 2 * longest_question; // with all output

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

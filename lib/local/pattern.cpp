// SPDX-License-Identifier: GPL-2.0-or-later

#include "local/pattern.hpp"

#include <algorithm>

namespace qmgmt::local {
namespace {

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> words;
    for (;;) {
        const auto end = text.find(separator);
        words.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return words;
        text.remove_prefix(end + 1);
    }
}

// The name of a field given by its words: "default={yes|no}" is called default.
std::string name_before(std::string_view text)
{
    const auto equals = text.rfind('=');
    if (equals == std::string_view::npos)
        return "value";
    const auto blank = text.rfind(' ', equals);
    const auto begin = blank == std::string_view::npos ? 0 : blank + 1;
    return std::string{text.substr(begin, equals - begin)};
}

// GetAll, the rows that hold typed values, escapes line ends, so that a value stays in its row.
std::string unescaped(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            ++i;
            out += text[i] == 'n' ? '\n' : text[i];
        } else {
            out += text[i];
        }
    }
    return out;
}

} // namespace

Pattern::Pattern(std::string_view returns)
{
    if (returns.ends_with('\n')) {
        rows_ = true;
        returns.remove_suffix(1);
    }
    if (returns.find_first_of("<{") == std::string_view::npos) {
        if (!returns.empty()) { // "value", "snapshot": a scalar without structure
            fields_.emplace_back("name");
            pieces_.push_back({});
        }
        return;
    }
    while (!returns.empty()) {
        const auto open = returns.find_first_of("<{");
        if (open == std::string_view::npos)
            break;
        const bool words = returns[open] == '{';
        const auto close = returns.find(words ? '}' : '>', open);
        if (close == std::string_view::npos)
            break;
        Piece piece;
        piece.before = returns.substr(0, open);
        const std::string_view inside = returns.substr(open + 1, close - open - 1);
        if (words)
            piece.words = split(inside, '|');
        fields_.push_back(words ? name_before(piece.before) : std::string{inside});
        pieces_.push_back(std::move(piece));
        returns.remove_prefix(close + 1);
    }
    typed_ = rows_ && std::ranges::find(fields_, "type") != fields_.end();
}

bool Pattern::is_name(std::size_t field) const
{
    return rows_ && field == 0 && pieces_.front().before.empty();
}

std::optional<std::vector<std::string>> Pattern::read_row(std::string_view row) const
{
    std::vector<std::string> values;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        if (!row.starts_with(pieces_[i].before))
            return std::nullopt;
        row.remove_prefix(pieces_[i].before.size());
        const bool last = i + 1 == pieces_.size();
        const auto end = last ? row.size() : row.find(pieces_[i + 1].before);
        if (end == std::string_view::npos)
            return std::nullopt;
        const std::string_view value = row.substr(0, end);
        if (!pieces_[i].words.empty() &&
            std::ranges::find(pieces_[i].words, value) == pieces_[i].words.end())
            return std::nullopt;
        values.push_back(typed_ && last ? unescaped(value) : std::string{value});
        row.remove_prefix(end);
    }
    return values;
}

std::optional<std::vector<std::vector<std::string>>> Pattern::read(std::string_view reply) const
{
    std::vector<std::vector<std::string>> rows;
    if (pieces_.empty())
        return reply.empty() ? std::optional{rows} : std::nullopt;
    const bool structured = pieces_.size() > 1 || !pieces_.front().before.empty();
    if (!rows_ && reply.empty() && structured)
        return rows; // GetDefault of a property that has none
    if (!rows_) {
        auto row = read_row(reply);
        if (!row)
            return std::nullopt;
        rows.push_back(std::move(*row));
        return rows;
    }
    while (!reply.empty()) {
        const auto end = std::min(reply.find('\n'), reply.size());
        auto row = read_row(reply.substr(0, end));
        if (!row)
            return std::nullopt;
        rows.push_back(std::move(*row));
        reply.remove_prefix(std::min(end + 1, reply.size()));
    }
    return rows;
}

} // namespace qmgmt::local

// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/constrained.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// As devices' options are written: read-only='yes'.
std::string_view without_quotes(std::string_view text) noexcept
{
    if (text.size() < 2 || text.front() != '\'' || text.back() != '\'')
        return text;
    return text.substr(1, text.size() - 2);
}

} // namespace

std::optional<std::string> ConstrainedChange::value(const Store&)
{
    if (call_.spec().input == Input::stream)
        return std::nullopt; // nobody has read it yet
    std::string_view text = call_.payload();
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits > 0 && text.substr(digits) == "\n")
        text.remove_suffix(1);
    return std::string{text};
}

// Of two that say it nobody knows which one counts.
std::optional<std::string> ConstrainedChange::field(const Store&, std::string_view key)
{
    constexpr std::string_view parting = " \n";
    const std::string_view text = call_.payload();
    std::optional<std::string> found;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find_first_of(parting, at), text.size());
        const std::string_view word = text.substr(at, end - at);
        if (word.size() > key.size() && word.starts_with(key) && word[key.size()] == '=') {
            if (found)
                return std::nullopt;
            found = without_quotes(word.substr(key.size() + 1));
        }
        at = end + 1;
    }
    return found ? found : "";
}

std::optional<std::string> ConstrainedChange::default_value(const Store&)
{
    return std::nullopt;
}

std::optional<std::string> ConstrainedChange::current_value(const Store& store)
{
    if (!call_.spec().name.starts_with("mgmt.vm.feature."))
        return std::nullopt;
    const Qube* qube = store.find_any(call_.destination_name());
    return qube == nullptr ? std::nullopt : qube->feature(call_.argument());
}

} // namespace qmgmt

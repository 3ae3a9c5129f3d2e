// SPDX-License-Identifier: GPL-2.0-or-later

#include "rpc/dispatch/header.hpp"

#include "names/names.hpp"
#include "rpc/request.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace qmgmt::rpc {
namespace {

constexpr std::size_t longest_method = 255; // it names a file
constexpr std::size_t longest_destination = 63;
constexpr std::string_view letters_and_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool consists_of(std::string_view text, std::string_view others)
{
    return std::ranges::all_of(text, [others](char c) {
        return letters_and_digits.find(c) != std::string_view::npos ||
               others.find(c) != std::string_view::npos;
    });
}

bool is_printable(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

// What stands before the blank, which goes as well. Nothing when there is no blank.
std::optional<std::string_view> take_word(std::string_view& text)
{
    const auto end = text.find(' ');
    if (end == std::string_view::npos)
        return std::nullopt;
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end + 1);
    return word;
}

// Waits until there is something to take, or the end.
bool wait_for_bytes(int socket, Deadline deadline)
{
    for (;;) {
        struct pollfd waiting {
            socket, POLLIN, 0
        };
        const int ready = ::poll(&waiting, 1, static_cast<int>(deadline.left().count()));
        if (ready >= 0 || errno != EINTR)
            return ready > 0;
    }
}

} // namespace

std::optional<DispatchHeader> DispatchHeader::parse(std::string_view untrusted_text)
{
    if (untrusted_text.size() >= header_limit)
        return std::nullopt;
    const auto service = take_word(untrusted_text);
    const auto source = take_word(untrusted_text);
    const auto type = take_word(untrusted_text);
    if (!service || !source || !type || (*type != "name" && *type != "keyword"))
        return std::nullopt;
    const std::string_view destination = untrusted_text;
    const auto plus = std::min(service->find('+'), service->size());
    const std::string_view method = service->substr(0, plus);
    const std::string_view argument = service->substr(std::min(plus + 1, service->size()));
    if (method.empty() || method.size() > longest_method || !consists_of(method, "._-") ||
        argument.size() > argument_limit || !is_printable(argument) ||
        !QubeName::fault(*source).empty() || destination.empty() ||
        destination.size() > longest_destination || !consists_of(destination, "._-@:"))
        return std::nullopt;
    return DispatchHeader{.method = std::string{method},
                          .argument = std::string{argument},
                          .source = std::string{*source},
                          .destination = std::string{destination},
                          .by_keyword = *type == "keyword"};
}

bool ends_without_a_byte(int socket, Deadline deadline)
{
    char first = 0;
    return wait_for_bytes(socket, deadline) &&
           ::recv(socket, &first, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

std::optional<std::string> receive_header(int socket, Deadline deadline)
{
    std::string header;
    std::array<char, header_limit> bytes{};
    while (header.size() < header_limit && wait_for_bytes(socket, deadline)) {
        // Looked at first: what stands behind the NUL is for the call to read.
        const ssize_t seen =
            ::recv(socket, bytes.data(), header_limit - header.size(), MSG_PEEK | MSG_DONTWAIT);
        if (seen < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (seen <= 0)
            return std::nullopt;
        const std::string_view found{bytes.data(), static_cast<std::size_t>(seen)};
        const auto end = found.find('\0');
        const std::size_t ours = end == std::string_view::npos ? found.size() : end + 1;
        if (::recv(socket, bytes.data(), ours, MSG_DONTWAIT) != static_cast<ssize_t>(ours))
            return std::nullopt;
        header += found.substr(0, std::min(end, found.size()));
        if (end != std::string_view::npos)
            return header;
    }
    return std::nullopt;
}

} // namespace qmgmt::rpc

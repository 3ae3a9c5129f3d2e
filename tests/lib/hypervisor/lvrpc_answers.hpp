// SPDX-License-Identifier: GPL-2.0-or-later
//
// Answers of libvirt's daemon, right and wrong ones, put together field by field.
#pragma once

#include "hypervisor/lvrpc/message.hpp"
#include "hypervisor/lvrpc/xdr.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace qmgmt::test {

// The head of a message; `length` as it is without one.
struct Head {
    std::uint32_t procedure;
    std::uint32_t serial = 0;
    std::uint32_t program = 0x20008086;
    std::uint32_t version = 1;
    std::uint32_t type = 1; // an answer
    std::uint32_t status = 0;
    std::optional<std::uint32_t> length = {};
};

inline std::string bytes_of(std::initializer_list<std::uint32_t> words)
{
    lvrpc::XdrWriter writer;
    for (const std::uint32_t word : words)
        writer.word(word);
    return writer.bytes();
}

inline std::string answer_bytes(const Head& head, const std::string& payload = {})
{
    const auto length = static_cast<std::uint32_t>(lvrpc::header_size + payload.size());
    return bytes_of({head.length.value_or(length), head.program, head.version, head.procedure,
                     head.type, head.serial, head.status}) +
           payload;
}

inline std::string text_bytes(std::string_view text)
{
    return lvrpc::XdrWriter{}.string(text).bytes();
}

// A typed parameter: 1 is an int.
inline std::string parameter(std::string_view field, std::uint32_t type, const std::string& value)
{
    return text_bytes(field) + bytes_of({type}) + value;
}

inline std::string state_parameter(int state)
{
    return parameter("state.state", 1, bytes_of({static_cast<std::uint32_t>(state)}));
}

inline std::string reason_parameter(int reason)
{
    return parameter("state.reason", 1, bytes_of({static_cast<std::uint32_t>(reason)}));
}

// One domain with these parameters.
inline std::string domain_bytes(std::string_view name, std::uint32_t uuid, int id,
                                const std::vector<std::string>& parameters)
{
    std::string bytes =
        text_bytes(name) + bytes_of({0, 0, 0, uuid, static_cast<std::uint32_t>(id),
                                     static_cast<std::uint32_t>(parameters.size())});
    for (const std::string& each : parameters)
        bytes += each;
    return bytes;
}

inline std::string domain_bytes(std::string_view name, std::uint32_t uuid, int id, int state,
                                int reason = 1)
{
    return domain_bytes(name, uuid, id, {state_parameter(state), reason_parameter(reason)});
}

inline std::string list_payload(const std::vector<std::string>& domains)
{
    std::string bytes = bytes_of({static_cast<std::uint32_t>(domains.size())});
    for (const std::string& each : domains)
        bytes += each;
    return bytes;
}

// A domain as answers without statistics name it.
inline std::string named_bytes(std::string_view name, std::uint32_t uuid, int id)
{
    return text_bytes(name) + bytes_of({0, 0, 0, uuid, static_cast<std::uint32_t>(id)});
}

// The payload of an answer to all_domains; `told` of them, or as many as there are.
inline std::string domains_payload(const std::vector<std::string>& domains,
                                   std::optional<std::uint32_t> told = {})
{
    return list_payload(domains) +
           bytes_of({told.value_or(static_cast<std::uint32_t>(domains.size()))});
}

// An error as libvirt's daemon sends it: part of libvirt, text, error, texts and numbers without
// meaning, no domain, no network.
inline std::string error_payload(std::uint32_t code, std::string_view text)
{
    return bytes_of({code, 10, 1}) + text_bytes(text) + bytes_of({2, 0, 1}) +
           text_bytes("one: %s") + bytes_of({1}) + text_bytes(text) +
           bytes_of({0, 0xffffffff, 0, 0});
}

} // namespace qmgmt::test

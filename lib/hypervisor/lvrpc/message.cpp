// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/lvrpc/message.hpp"

#include "hypervisor/libvirt_state.hpp"
#include "hypervisor/lvrpc/xdr.hpp"

#include <algorithm>

namespace qmgmt::lvrpc {
namespace {

constexpr std::uint32_t remote_program = 0x20008086;
constexpr std::uint32_t remote_version = 1;
constexpr std::uint32_t type_call = 0;
constexpr std::uint32_t type_reply = 1;
constexpr std::uint32_t status_ok = 0;
constexpr std::uint32_t stats_of_state = 1; // VIR_DOMAIN_STATS_STATE
constexpr std::size_t longest_name = 63;    // as the library's border has it

std::string message(std::uint32_t serial, Procedure procedure, std::string_view payload)
{
    XdrWriter header;
    header.word(static_cast<std::uint32_t>(header_size + payload.size()))
        .word(remote_program)
        .word(remote_version)
        .word(static_cast<std::uint32_t>(procedure))
        .word(type_call)
        .word(serial)
        .word(status_ok);
    return header.bytes() + std::string{payload};
}

// A typed parameter's value; what is an int is handed out.
std::optional<int> value(XdrReader& reader)
{
    switch (reader.word()) {
    case 1: return reader.integer(); // int
    case 2:                          // unsigned int
    case 6:                          // boolean
        static_cast<void>(reader.word());
        return std::nullopt;
    case 3: // long long
    case 4: // unsigned long long
    case 5: // double
        static_cast<void>(reader.opaque(8));
        return std::nullopt;
    case 7: static_cast<void>(reader.string()); return std::nullopt;
    default: reader.fail(); return std::nullopt;
    }
}

// libvirt's own parser of XML lets no other name in.
bool is_name(std::string_view name)
{
    constexpr unsigned char delete_character = 0x7f;
    return !name.empty() && std::ranges::none_of(name, [](unsigned char c) {
        return c < ' ' || c == delete_character;
    });
}

// A number that is there once, and is an int.
void take(XdrReader& reader, std::optional<int> number, std::optional<int>& into)
{
    if (!number || into)
        reader.fail();
    into = number;
}

// Whether a domain can be in this state: one that is not active is shut off.
bool is_state(int id, int state)
{
    constexpr int shut_off = 5;
    constexpr int last = 7;
    return id == -1 ? state == shut_off : id >= 0 && state >= 0 && state <= last;
}

DomainStatus status(XdrReader& reader)
{
    DomainStatus domain;
    const std::string_view name = reader.string();
    if (!is_name(name))
        reader.fail();
    domain.name = name.substr(0, longest_name);
    const std::string_view uuid = reader.opaque(16);
    Uuid::Bytes bytes{};
    std::copy(uuid.begin(), uuid.end(), reinterpret_cast<char*>(bytes.data()));
    domain.uuid = Uuid{bytes};
    domain.id = reader.integer();
    constexpr std::size_t least = 4 + 4 + 4; // an empty field, a type, a word
    std::optional<int> state;
    std::optional<int> reason;
    for (std::size_t left = reader.count(least); left > 0 && reader.good(); --left) {
        const std::string_view field = reader.string();
        const auto number = value(reader);
        if (field == "state.state")
            take(reader, number, state);
        else if (field == "state.reason")
            take(reader, number, reason);
    }
    if (!state || !is_state(domain.id, *state))
        reader.fail();
    domain.raw_state = state.value_or(0);
    domain.raw_reason = reason.value_or(0);
    domain.state = state_of_libvirt(domain.id != -1, domain.raw_state);
    return domain;
}

bool has_duplicates(const std::vector<DomainStatus>& domains)
{
    std::vector<Uuid> uuids;
    uuids.reserve(domains.size());
    for (const DomainStatus& domain : domains)
        uuids.push_back(domain.uuid);
    std::ranges::sort(uuids);
    return std::ranges::adjacent_find(uuids) != uuids.end();
}

} // namespace

std::string request(std::uint32_t serial, Procedure procedure)
{
    return message(serial, procedure, {});
}

std::string open_request(std::uint32_t serial, std::string_view uri, Rights rights)
{
    constexpr std::uint32_t read_only = 1; // VIR_CONNECT_RO
    XdrWriter arguments;
    arguments.word(1).string(uri).word(rights == Rights::reading ? read_only
                                                                 : 0); // there is a name
    return message(serial, Procedure::connect_open, arguments.bytes());
}

std::string stats_request(std::uint32_t serial)
{
    XdrWriter arguments;
    arguments.word(0).word(stats_of_state).word(0); // of all domains; no flags
    return message(serial, Procedure::all_domain_stats, arguments.bytes());
}

std::optional<std::string_view> answer(std::string_view message, std::uint32_t serial,
                                       Procedure procedure)
{
    XdrReader header{message.substr(0, header_size)};
    const bool ours = header.word() == message.size() && header.word() == remote_program &&
                      header.word() == remote_version &&
                      header.word() == static_cast<std::uint32_t>(procedure) &&
                      header.word() == type_reply && header.word() == serial &&
                      header.word() == status_ok && header.good();
    if (!ours)
        return std::nullopt;
    return message.substr(header_size);
}

bool wants_no_authentication(std::string_view payload)
{
    XdrReader reader{payload};
    for (std::size_t left = reader.count(4); left > 0; --left) {
        if (reader.word() != 0)
            return false;
    }
    return reader.at_end();
}

std::optional<std::vector<DomainStatus>> statuses(std::string_view payload)
{
    XdrReader reader{payload};
    constexpr std::size_t least = 4 + 16 + 4 + 4; // an empty name, uuid, id, no parameter
    std::vector<DomainStatus> domains;
    for (std::size_t left = reader.count(least); left > 0 && reader.good(); --left)
        domains.push_back(status(reader));
    if (!reader.at_end() || has_duplicates(domains))
        return std::nullopt;
    return domains;
}

} // namespace qmgmt::lvrpc

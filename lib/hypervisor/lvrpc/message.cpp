// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/lvrpc/message.hpp"

#include "hypervisor/lvrpc/domain.hpp"
#include "hypervisor/lvrpc/xdr.hpp"

namespace qmgmt::lvrpc {
namespace {

constexpr std::uint32_t remote_program = 0x20008086;
constexpr std::uint32_t remote_version = 1;
constexpr std::uint32_t type_call = 0;
constexpr std::uint32_t type_reply = 1;
constexpr std::uint32_t type_message = 2; // that nobody asked for
constexpr std::uint32_t status_ok = 0;
constexpr std::uint32_t status_error = 1;
constexpr std::uint32_t stats_of_state = 1; // VIR_DOMAIN_STATS_STATE

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

// A number that is there once, and is an int.
void take(XdrReader& reader, std::optional<int> number, std::optional<int>& into)
{
    if (!number || into)
        reader.fail();
    into = number;
}

DomainStatus status(XdrReader& reader)
{
    DomainStatus domain = read_domain(reader);
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
    if (!state || !set_state(domain, *state, reason.value_or(0)))
        reader.fail();
    return domain;
}

// What may be there or not; its absence is one word.
bool is_there(XdrReader& reader)
{
    const std::uint32_t there = reader.word();
    if (there > 1)
        reader.fail();
    return reader.good() && there == 1;
}

void skip_text(XdrReader& reader)
{
    if (is_there(reader))
        static_cast<void>(reader.string());
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

std::string domains_request(std::uint32_t serial)
{
    XdrWriter arguments;
    arguments.word(1).word(0); // not their number alone; all of them
    return message(serial, Procedure::all_domains, arguments.bytes());
}

std::string state_request(std::uint32_t serial, const DomainStatus& domain)
{
    XdrWriter arguments;
    arguments.string(domain.name)
        .opaque(
            {reinterpret_cast<const char*>(domain.uuid.bytes().data()), domain.uuid.bytes().size()})
        .word(static_cast<std::uint32_t>(domain.id))
        .word(0); // no flags
    return message(serial, Procedure::domain_state, arguments.bytes());
}

std::string lifecycle_request(std::uint32_t serial)
{
    constexpr std::uint32_t of_lifecycle = 0; // VIR_DOMAIN_EVENT_ID_LIFECYCLE
    XdrWriter arguments;
    arguments.word(of_lifecycle).word(0); // of all domains
    return message(serial, Procedure::domain_event_register, arguments.bytes());
}

std::optional<Reply> reply(std::string_view message, Procedure procedure)
{
    XdrReader header{message.substr(0, header_size)};
    const bool ours = header.word() == message.size() && header.word() == remote_program &&
                      header.word() == remote_version &&
                      header.word() == static_cast<std::uint32_t>(procedure) &&
                      header.word() == type_reply;
    const std::uint32_t serial = header.word();
    const std::uint32_t status = header.word();
    if (!ours || !header.good() || (status != status_ok && status != status_error))
        return std::nullopt;
    return Reply{serial, status == status_error, message.substr(header_size)};
}

std::optional<int> error_code(std::string_view payload)
{
    XdrReader reader{payload};
    const int code = reader.integer();
    static_cast<void>(reader.word()); // the part of libvirt that it is from
    skip_text(reader);
    static_cast<void>(reader.word()); // how grave it is
    if (is_there(reader))
        static_cast<void>(read_domain(reader));
    for (int texts = 0; texts < 3; ++texts)
        skip_text(reader);
    static_cast<void>(reader.opaque(4 + 4)); // two numbers
    if (is_there(reader)) {                  // a network
        static_cast<void>(reader.string());
        static_cast<void>(reader.opaque(16));
    }
    return reader.at_end() ? std::optional{code} : std::nullopt;
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
    constexpr std::size_t least = least_domain + 4; // no parameter
    std::vector<DomainStatus> domains;
    for (std::size_t left = reader.count(least); left > 0 && reader.good(); --left)
        domains.push_back(status(reader));
    if (!reader.at_end() || has_duplicates(domains))
        return std::nullopt;
    return domains;
}

std::optional<std::vector<DomainStatus>> listed(std::string_view payload)
{
    XdrReader reader{payload};
    std::vector<DomainStatus> domains;
    for (std::size_t left = reader.count(least_domain); left > 0 && reader.good(); --left)
        domains.push_back(read_domain(reader));
    const bool whole = reader.word() == domains.size() && reader.at_end();
    if (!whole || domains.size() > most_listed || has_duplicates(domains))
        return std::nullopt;
    return domains;
}

bool read_state(std::string_view payload, DomainStatus& domain)
{
    XdrReader reader{payload};
    const int state = reader.integer();
    const int reason = reader.integer();
    return reader.at_end() && set_state(domain, state, reason);
}

std::optional<LifecycleNews> lifecycle_news(std::string_view message)
{
    XdrReader header{message.substr(0, header_size)};
    const bool is_news = header.word() == message.size() && header.word() == remote_program &&
                         header.word() == remote_version &&
                         header.word() == static_cast<std::uint32_t>(Procedure::domain_lifecycle) &&
                         header.word() == type_message;
    static_cast<void>(header.word()); // a serial of nothing
    if (!is_news || header.word() != status_ok || !header.good())
        return std::nullopt;
    XdrReader reader{message.substr(header_size)};
    static_cast<void>(reader.word()); // which of the requests to be told it is for
    LifecycleNews news;
    news.uuid = read_domain(reader).uuid;
    news.event = reader.integer();
    news.detail = reader.integer();
    if (!reader.at_end() || news.event < 0)
        return std::nullopt;
    return news;
}

} // namespace qmgmt::lvrpc

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Answers of libvirt's daemon over its socket, as they come. What is believed is whole, says
// nothing that libvirt never says, and written again is believed to be the same.

#include "fuzz/target.hpp"
#include "hypervisor/lvrpc/message.hpp"
#include "hypervisor/lvrpc/xdr.hpp"

#include <algorithm>
#include <string>

using namespace qmgmt;
using namespace qmgmt::lvrpc;

namespace {

std::uint32_t word_at(std::string_view bytes, std::size_t place)
{
    return XdrReader{bytes.substr(std::min(place * 4, bytes.size()))}.word();
}

void check_head(std::string_view message)
{
    for (const Procedure procedure :
         {Procedure::connect_open, Procedure::connect_close, Procedure::auth_list,
          Procedure::domain_state, Procedure::all_domains, Procedure::domain_event_register,
          Procedure::all_domain_stats}) {
        const auto answer = reply(message, procedure);
        if (!answer)
            continue;
        const auto size = static_cast<std::uint32_t>(message.size());
        XdrWriter head;
        head.word(size).word(0x20008086).word(1).word(static_cast<std::uint32_t>(procedure));
        head.word(1).word(answer->serial).word(answer->failed ? 1 : 0);
        fuzz::require(message.substr(0, header_size) == head.bytes());
        fuzz::require(answer->payload == message.substr(header_size));
        fuzz::require(!reply(message.substr(0, message.size() - 1), procedure));
    }
}

void check_authentication(std::string_view payload)
{
    if (!wants_no_authentication(payload))
        return;
    fuzz::require(payload.size() == 4 + 4 * std::size_t{word_at(payload, 0)});
    for (const char byte : payload.substr(4))
        fuzz::require(byte == 0);
}

// The least that says the same.
std::string written(const std::vector<DomainStatus>& domains)
{
    XdrWriter writer;
    writer.word(static_cast<std::uint32_t>(domains.size()));
    for (const DomainStatus& domain : domains) {
        writer.string(domain.name);
        const auto& uuid = domain.uuid.bytes();
        for (std::size_t i = 0; i < uuid.size(); i += 4)
            writer.word(std::uint32_t{uuid[i]} << 24U | std::uint32_t{uuid[i + 1]} << 16U |
                        std::uint32_t{uuid[i + 2]} << 8U | uuid[i + 3]);
        writer.word(static_cast<std::uint32_t>(domain.id)).word(2);
        writer.string("state.state").word(1).word(static_cast<std::uint32_t>(domain.raw_state));
        writer.string("state.reason").word(1).word(static_cast<std::uint32_t>(domain.raw_reason));
    }
    return writer.bytes();
}

void check_domain(const DomainStatus& domain)
{
    fuzz::require(!domain.name.empty() && domain.name.size() <= 63);
    for (const char c : domain.name)
        fuzz::require(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
    fuzz::require(domain.id >= -1);
    fuzz::require(domain.raw_state >= 0 && domain.raw_state <= 7);
    if (domain.id == -1)
        fuzz::require(domain.raw_state == 5 && domain.state == PowerState::halted);
    else
        fuzz::require(domain.state != PowerState::halted && domain.state != PowerState::na);
}

void check_domains(std::string_view payload)
{
    const auto domains = statuses(payload);
    if (!domains)
        return;
    std::vector<Uuid> uuids;
    for (const DomainStatus& domain : *domains) {
        check_domain(domain);
        fuzz::require(std::ranges::find(uuids, domain.uuid) == uuids.end());
        uuids.push_back(domain.uuid);
    }
    fuzz::require(!statuses(payload.substr(0, payload.size() - 1)));
    fuzz::require(!statuses(std::string{payload} + std::string(4, '\0')));

    const auto again = statuses(written(*domains));
    fuzz::require(again && again->size() == domains->size());
    for (std::size_t i = 0; i < domains->size(); ++i) {
        const DomainStatus& one = domains->at(i);
        const DomainStatus& other = again->at(i);
        fuzz::require(one.name == other.name && one.uuid == other.uuid && one.id == other.id &&
                      one.state == other.state && one.raw_state == other.raw_state &&
                      one.raw_reason == other.raw_reason);
    }
}

void check_error(std::string_view payload)
{
    const auto code = error_code(payload);
    if (!code)
        return;
    fuzz::require(static_cast<std::uint32_t>(*code) == word_at(payload, 0));
    fuzz::require(!error_code(payload.substr(0, payload.size() - 1)));
    fuzz::require(!error_code(std::string{payload} + std::string(4, '\0')));
}

void check_listed(std::string_view payload)
{
    const auto domains = listed(payload);
    if (!domains)
        return;
    fuzz::require(domains->size() <= most_listed && domains->size() == word_at(payload, 0));
    fuzz::require(!listed(payload.substr(0, payload.size() - 1)));
    for (const DomainStatus& domain : *domains) {
        // Asked for by what it was listed as.
        const std::string asked = state_request(7, domain);
        XdrReader reader{std::string_view{asked}.substr(header_size)};
        fuzz::require(reader.string() == domain.name);
        fuzz::require(reader.opaque(16).size() == 16 && reader.integer() == domain.id);
        fuzz::require(reader.word() == 0 && reader.at_end());
    }
}

void check_state(std::string_view payload)
{
    for (const int id : {-1, 0, 7}) {
        DomainStatus domain{.name = "a", .id = id};
        if (!read_state(payload, domain))
            continue;
        fuzz::require(payload.size() == 8);
        fuzz::require(static_cast<std::uint32_t>(domain.raw_state) == word_at(payload, 0));
        check_domain(domain);
    }
}

// With its head: there is none to be made up for it.
void check_news(std::string_view message)
{
    const auto news = lifecycle_news(message);
    if (!news)
        return;
    fuzz::require(news->event >= 0 && message.size() % 4 == 0);
    fuzz::require(word_at(message, 0) == message.size());
    fuzz::require(static_cast<std::uint32_t>(news->detail) ==
                  word_at(message, message.size() / 4 - 1));
    fuzz::require(!lifecycle_news(message.substr(0, message.size() - 4)));
    fuzz::require(!reply(message, Procedure::domain_event_register));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view message{reinterpret_cast<const char*>(data), size};
    check_head(message);
    check_news(message);
    // Whatever its head says: a fuzzer does not guess lengths.
    const std::string_view payload = message.substr(std::min(header_size, size));
    check_authentication(payload);
    check_domains(payload);
    check_error(payload);
    check_listed(payload);
    check_state(payload);
    return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/lvrpc/domain.hpp"

#include "hypervisor/libvirt_state.hpp"

#include <algorithm>

namespace qmgmt::lvrpc {
namespace {

constexpr std::size_t longest_name = 63; // as the library's border has it

// libvirt's own parser of XML lets no other name in.
bool is_name(std::string_view name)
{
    constexpr unsigned char delete_character = 0x7f;
    return !name.empty() && std::ranges::none_of(name, [](unsigned char c) {
        return c < ' ' || c == delete_character;
    });
}

} // namespace

DomainStatus read_domain(XdrReader& reader)
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
    if (domain.id < -1)
        reader.fail();
    return domain;
}

bool set_state(DomainStatus& domain, int state, int reason)
{
    constexpr int shut_off = 5;
    constexpr int last = 7;
    const bool is_active = domain.id != -1;
    if (is_active ? state < 0 || state > last : state != shut_off)
        return false;
    domain.raw_state = state;
    domain.raw_reason = reason;
    domain.state = state_of_libvirt(is_active, state);
    return true;
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

} // namespace qmgmt::lvrpc

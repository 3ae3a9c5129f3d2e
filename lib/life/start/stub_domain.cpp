// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start/stub_domain.hpp"

#include "names/number.hpp"
#include "names/uuid.hpp"

namespace qmgmt {

std::optional<StubDomain> find_stub_domain(Xenstore& store, int id)
{
    constexpr std::uint64_t highest_id = 32'751; // Xen's
    constexpr std::string_view way_to_uuid = "/vm/";
    const std::string domains = "/local/domain/";
    const auto model = parse_decimal(
        store.read(domains + std::to_string(id) + "/image/device-model-domid").value_or(""));
    if (!model || *model == 0 || *model > highest_id) // 0: the model runs in dom0
        return std::nullopt;
    const std::string way = store.read(domains + std::to_string(*model) + "/vm").value_or("");
    const auto uuid = way.starts_with(way_to_uuid)
                          ? Uuid::parse(std::string_view{way}.substr(way_to_uuid.size()))
                          : std::nullopt;
    if (!uuid)
        return std::nullopt;
    return StubDomain{static_cast<int>(*model), uuid->text()};
}

} // namespace qmgmt

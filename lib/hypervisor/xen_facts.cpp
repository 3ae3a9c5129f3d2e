// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/xen_facts.hpp"

#include "base/error.hpp"
#include "base/watchdog.hpp"
#include "hypervisor/libxl/loaded.hpp"
#include "hypervisor/libxl/reader.hpp"
#include "hypervisor/xenstore.hpp"
#include "names/number.hpp"

namespace qmgmt {
namespace {

template<typename Question>
auto ask(const HypervisorConfig& config, Question question) -> decltype(question())
{
    if (!libxl::may_ask(config))
        return std::nullopt;
    const Watchdog guard{config.read};
    try {
        return question();
    } catch (const Error&) {
        return std::nullopt; // a fact that is missing is no failure of the call
    }
}

} // namespace

std::optional<XenMachine> xen_machine(const HypervisorConfig& config)
{
    return ask(config, [] {
        const libxl::HostFacts host = libxl::Reader{libxl::loaded()}.host();
        return std::optional{XenMachine{host.memory_kib, host.processors}};
    });
}

std::optional<std::uint64_t> xen_dom0_memory_kib(const HypervisorConfig& config)
{
    return ask(config, []() -> std::optional<std::uint64_t> {
        const auto text = open_xenstore()->read("/local/domain/0/memory/static-max");
        return text ? parse_decimal(*text) : std::nullopt;
    });
}

std::optional<std::int64_t> xen_start_time(const HypervisorConfig& config, const Uuid& uuid)
{
    return ask(config, [&] { return libxl::Reader{libxl::loaded()}.start_time(uuid); });
}

} // namespace qmgmt

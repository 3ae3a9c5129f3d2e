// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/call_constraints.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "policy/stored_party.hpp"
#include "rpc/rights.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::uint64_t most_qubes = 256; // of one caller, where no line says otherwise

bool makes_qubes(const CallSpec& spec) noexcept
{
    return spec.name.starts_with("mgmt.vm.Create") || spec.name.starts_with("mgmt.vm.Clone");
}

std::uint64_t qubes_made(const Call& call, const Store& store)
{
    const std::string tag = "created-by-" + call.source();
    std::uint64_t count = makes_qubes(call.spec()) ? 1 : 0;
    for (std::size_t i = 0; i < store.index().size(); ++i)
        count += has_tag(party_of(store.index().entry(i)).qube, tag) ? 1 : 0;
    return count;
}

class Facts final : public ConstraintFacts {
public:
    Facts(Call& call, const Store& store, ConstrainedChange& change)
        : call_{call}, store_{store}, change_{change}
    {
    }

    std::optional<std::string> value() override { return change_.value(store_); }
    std::optional<std::string> field(std::string_view key) override
    {
        return change_.field(store_, key);
    }
    std::optional<std::string> default_value() override { return change_.default_value(store_); }
    std::optional<std::string> current_value() override { return change_.current_value(store_); }
    PolicyParty party(std::string_view name) override { return party_of(store_.index(), name); }
    std::optional<std::uint64_t> running(const ConstraintEnd& meant) override;
    std::optional<std::uint64_t> qubes_of_caller() override { return qubes_made(call_, store_); }

private:
    Call& call_;
    const Store& store_;
    ConstrainedChange& change_;
};

// The one that the call is about is counted as running already, and once.
std::optional<std::uint64_t> Facts::running(const ConstraintEnd& meant)
{
    if (!call_.has_hypervisor())
        return 1;
    if ((rpc::needs_of(call_.spec(), call_.request()) & needs_hypervisor) == 0)
        return std::nullopt;
    const PolicyParty source = party_of(store_.index(), call_.source());
    std::uint64_t count = 1;
    try {
        for (const DomainStatus& domain : call_.hypervisor().list()) {
            const auto entry =
                domain.id == -1 ? std::nullopt : store_.index().find_uuid(domain.uuid.text());
            if (entry && entry->name != call_.destination_name() &&
                means(meant, party_of(*entry), source))
                ++count;
        }
    } catch (const Error& error) {
        log_warning("cannot count the qubes that run: " + error.text() + ", denying");
        return std::nullopt;
    }
    return count;
}

bool limits_qubes(const Constraint& line) noexcept
{
    return std::ranges::any_of(line.conditions, [](const ConstraintCondition& one) {
        return one.kind == ConstraintCondition::Kind::max_qubes;
    });
}

} // namespace

CallConstraints::CallConstraints(Call& call)
    : call_{call}, change_{std::make_unique<ConstrainedChange>(call)}
{
}

const Constraints& CallConstraints::all()
{
    if (!all_)
        all_ = Constraints::parse(host_constraint_texts());
    return *all_;
}

CallConstraints::Judgement CallConstraints::judge(const Store& store)
{
    const Constraints& all = this->all();
    const bool by_qube = !call_.from_dom0();
    if (by_qube && !all.faults().empty())
        return {nullptr, "the constraints are wrong: " + all.faults().front().where()};
    Facts facts{call_, store, *change_};
    const ConstraintDecision decision =
        all.decide({.call = call_.request().program,
                    .argument = call_.argument(),
                    .source = party_of(store.index(), call_.source()),
                    .destination = party_of(store.index(), call_.destination_name())},
                   facts);
    if (!decision.allowed)
        return {decision.line, "constraint " + all.where(*decision.line)};
    const bool limited = decision.line != nullptr && limits_qubes(*decision.line);
    if (by_qube && !limited && makes_qubes(call_.spec()) && qubes_made(call_, store) > most_qubes)
        return {decision.line, "the caller has made 256 qubes, and no constraint allows it more"};
    return {decision.line, ""};
}

void CallConstraints::check(const Store& store)
{
    if (call_.spec().destination == Destination::none || call_.spec().effect == Effect::read)
        return; // programs of dom0, and what changes nothing
    if (std::string refusal = judge(store).refusal; !refusal.empty())
        throw Error{failure::denied, "not permitted for this caller", std::move(refusal)};
}

} // namespace qmgmt

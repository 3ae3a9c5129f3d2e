// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/scan.hpp"

#include "base/error.hpp"
#include "store/scan_facts.hpp"

#include <algorithm>
#include <map>

namespace qmgmt {
namespace {

std::string quoted(std::string_view name)
{
    return "'" + std::string{name} + "'";
}

[[noreturn]] void refuse(std::string_view bytes, std::size_t offset, std::string_view reason)
{
    throw Error{failure::store, "the store is not valid: line " +
                                    std::to_string(line_of(bytes, offset)) + ": " +
                                    std::string{reason}};
}

// What must be unique over the store, or upstream does not load it.
void check_unique(std::string_view bytes, const StoreFacts& facts)
{
    std::map<std::string_view, int> names;
    std::map<std::string_view, int> uuids;
    std::map<std::uint32_t, int> qids;
    for (const DomainFacts& domain : facts.domains) {
        if (!domain.name.empty() && ++names[domain.name] > 1)
            refuse(bytes, domain.range.begin, "two qubes have the name " + quoted(domain.name));
        if (!domain.uuid.empty() && ++uuids[domain.uuid] > 1)
            refuse(bytes, domain.range.begin, "two qubes have the same uuid");
        if (domain.qid && ++qids[*domain.qid] > 1)
            refuse(bytes, domain.range.begin,
                   "two qubes have the qid " + std::to_string(*domain.qid));
    }
}

// The checks that make one qube bad, not the store.
class Judge {
public:
    explicit Judge(const StoreFacts& facts) : facts_{facts}
    {
        for (const DomainFacts& domain : facts.domains)
            by_name_.emplace(domain.name, &domain);
    }

    // The first thing that is wrong with the qube; empty when nothing is.
    [[nodiscard]] std::string verdict(const DomainFacts& domain) const
    {
        if (domain.name.empty())
            return "it has no name";
        if (!domain.qid)
            return "it has no valid qid";
        if ((*domain.qid == 0) != (domain.klass == "AdminVM"))
            return "qid 0 belongs to class AdminVM, and only there";
        if (domain.id != "domain-" + std::to_string(*domain.qid))
            return "its id does not match its qid";
        if (!domain.bad_property.empty())
            return domain.bad_property;
        if (domain.label.empty() && domain.klass != "AdminVM")
            return "it has no label";
        if (!domain.label.empty() && !facts_.has_label(domain.label))
            return "its label " + quoted(domain.label) + " does not exist";
        for (const auto& [property, name] : domain.references) {
            if (!known(name))
                return "its " + property + " " + quoted(name) + " does not exist";
        }
        for (const auto& pool : domain.pools) {
            if (!facts_.has_pool(pool))
                return "its pool " + quoted(pool) + " does not exist";
        }
        if (std::string fault = template_fault(domain); !fault.empty())
            return fault;
        return in_netvm_loop(domain) ? "its netvm leads back to itself" : "";
    }

private:
    [[nodiscard]] bool known(std::string_view name) const
    {
        return name == "dom0" || by_name_.contains(name) || facts_.has_id(name);
    }

    [[nodiscard]] std::string template_fault(const DomainFacts& domain) const
    {
        if (domain.klass != "AppVM" && domain.klass != "DispVM")
            return "";
        if (domain.template_name.empty())
            return "it has no template";
        const auto found = by_name_.find(domain.template_name);
        if (found == by_name_.end())
            return ""; // known by its id; the reference check has seen it
        const DomainFacts& base = *found->second;
        if (domain.klass == "AppVM" ? base.klass != "TemplateVM" : !base.template_for_dispvms)
            return "its template " + quoted(domain.template_name) + " cannot be one";
        return "";
    }

    [[nodiscard]] std::string_view netvm_of(const DomainFacts& domain) const
    {
        if (domain.netvm_choice == NetvmChoice::named)
            return domain.netvm;
        if (domain.netvm_choice == NetvmChoice::none || domain.klass == "TemplateVM" ||
            domain.klass == "AdminVM" || domain.klass == "RemoteVM")
            return {};
        return facts_.default_netvm;
    }

    [[nodiscard]] bool in_netvm_loop(const DomainFacts& domain) const
    {
        const DomainFacts* at = &domain;
        for (std::size_t step = 0; step <= facts_.domains.size(); ++step) {
            const auto next = by_name_.find(netvm_of(*at));
            if (next == by_name_.end())
                return false;
            at = next->second;
            if (at == &domain)
                return true;
        }
        return false; // a loop it leads into, but is no part of
    }

    const StoreFacts& facts_;
    std::map<std::string_view, const DomainFacts*> by_name_;
};

} // namespace

std::size_t line_of(std::string_view bytes, std::size_t offset)
{
    const auto upto = bytes.substr(0, std::min(offset, bytes.size()));
    return 1 + static_cast<std::size_t>(std::count(upto.begin(), upto.end(), '\n'));
}

Scanned scan_store(std::string_view bytes)
{
    if (bytes.size() > largest_store)
        throw Error{failure::store, "the store is not valid: it is larger than 64 MiB"};
    FactReader reader;
    if (const auto fault = parse_xml(bytes, reader))
        refuse(bytes, fault->offset, fault->text);
    StoreFacts& facts = reader.facts();
    if (facts.root_name != "qubes")
        refuse(bytes, facts.sections.root.begin, "the root element is not <qubes>");
    if (facts.sections.labels.size() == 0)
        refuse(bytes, facts.sections.root.begin, "the section <labels> is missing");
    if (facts.sections.domains.size() == 0)
        refuse(bytes, facts.sections.root.begin, "the section <domains> is missing");
    check_unique(bytes, facts);

    const Judge judge{facts};
    std::vector<IndexEntry> entries;
    std::vector<std::string> verdicts;
    entries.reserve(facts.domains.size());
    verdicts.reserve(facts.domains.size());
    std::vector<StoreFault> faults = facts.label_and_pool_faults();
    for (const DomainFacts& domain : facts.domains) {
        verdicts.push_back(judge.verdict(domain));
        if (!verdicts.back().empty())
            faults.push_back({domain.range.begin, "qube " + quoted(domain.name), verdicts.back()});
        entries.push_back({domain.name, domain.klass, domain.uuid, domain.template_name,
                           domain.netvm, domain.tags, verdicts.back(), domain.qid.value_or(0),
                           domain.netvm_choice, domain.provides_network,
                           domain.template_for_dispvms, domain.range});
    }
    std::ranges::stable_sort(faults, {}, &StoreFault::offset);
    const Dialect dialect = facts.sign_of_current ? Dialect::current : Dialect::r40;
    return {Index{facts.sections, dialect, entries}, std::move(faults)};
}

} // namespace qmgmt

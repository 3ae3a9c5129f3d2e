// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/plan/plan.hpp"

#include "backup/fault.hpp"
#include "backup/restore/plan/plan_settings.hpp"
#include "backup/restore/plan/plan_target.hpp"
#include "names/number.hpp"

#include <algorithm>
#include <tuple>

namespace qmgmt {
namespace {

using Fate = PlannedQube::Fate;
using OnTemplate = RestoreRequest::OnMissingTemplate;
using OnNetvm = RestoreRequest::OnMissingNetvm;

// What stands in the way of a qube, where the request says what then becomes of it.
void leave_out(PlannedQube& planned, Fate fate, BackupFault why)
{
    planned.fate = fate;
    planned.reason = token(why);
}

std::string property_of(const ArchivedQube& qube, std::string_view name)
{
    const auto found = qube.properties.find(std::string{name});
    return found == qube.properties.end() ? "" : found->second;
}

class Planner {
public:
    Planner(const Store& store, const PlanInput& input, const NewNames& names,
            const std::set<std::string>& failed)
        : store_{store}, input_{input}, names_{names}, failed_{failed}, targets_{store, planned_}
    {
    }

    // Who is left out changes what others lead to: until nobody more is.
    std::vector<PlannedQube> plan()
    {
        choose();
        do {
            settings();
        } while (templates() || links());
        break_loops();
        for (PlannedQube& planned : planned_)
            if (planned.is_restored())
                plan_devices(planned, input_, targets_);
        return std::move(planned_);
    }

private:
    void choose()
    {
        for (const auto& [old_name, new_name] : names_) {
            PlannedQube& planned = planned_.emplace_back();
            planned.from = input_.metadata.find(old_name);
            planned.klass = planned.from->klass;
            planned.name = new_name.value_or("");
            if (!new_name)
                leave_out(planned, Fate::skip, BackupFault::name_conflict);
            else if (failed_.contains(old_name))
                leave_out(planned, Fate::fail, BackupFault::vm_failed);
        }
        const auto rank = [](const PlannedQube& planned) {
            if (planned.klass == class_template)
                return 0;
            const std::string flag = property_of(*planned.from, "template_for_dispvms");
            return parse_boolean(flag).value_or(false) ? 1 : 2;
        };
        std::ranges::sort(planned_, [&](const PlannedQube& one, const PlannedQube& other) {
            return std::tuple{rank(one), one.from->name} <
                   std::tuple{rank(other), other.from->name};
        });
    }

    void settings()
    {
        for (PlannedQube& planned : planned_) {
            planned.base.clear();
            planned.belongings = {};
            planned.notes.clear();
            if (planned.is_restored())
                plan_settings(planned, store_, input_);
        }
    }

    // They return whether somebody was left out.
    bool templates()
    {
        bool left_out = false;
        for (PlannedQube& planned : planned_)
            if (planned.is_restored() && (planned.klass & (class_app | class_disp)) != 0)
                left_out |= !find_template(planned);
        return left_out;
    }

    static bool can_be_base(const PlannedQube& of, const RestoreTarget& base)
    {
        return of.klass == class_disp ? base.for_dispvms : base.klass == class_template;
    }

    bool find_template(PlannedQube& planned)
    {
        const auto base = targets_.find(property_of(*planned.from, "template"));
        if (base && can_be_base(planned, *base) && !base->failed) {
            planned.base = base->name;
            return true;
        }
        if (base && base->failed) {
            leave_out(planned, Fate::fail, BackupFault::missing_template);
            return false;
        }
        switch (input_.request.on_missing_template) {
        case OnTemplate::fail: break;
        case OnTemplate::skip:
            leave_out(planned, Fate::skip, BackupFault::missing_template);
            return false;
        case OnTemplate::by_default:
            const auto usual = targets_of_host(planned.klass == class_disp ? "default_dispvm"
                                                                           : "default_template");
            if (usual && can_be_base(planned, *usual)) {
                planned.base = usual->name;
                add_note(planned, "template-default");
                return true;
            }
        }
        throw BackupError{BackupFault::missing_template,
                          "the template of '" + planned.from->name + "' is not there"};
    }

    // What a property of the system names: never one that is only about to be restored.
    [[nodiscard]] std::optional<RestoreTarget> targets_of_host(std::string_view property) const
    {
        const std::vector<PlannedQube> none;
        return RestoreTargets{store_, none}.find(
            store_.resolve_reference(store_.global(property).value_or("")));
    }

    bool links()
    {
        bool left_out = false;
        for (PlannedQube& planned : planned_) {
            if (!planned.is_restored())
                continue;
            for (const auto& [name, value] : planned.from->properties) {
                const PropertyRow* row = find_property(name, planned.klass, store_.dialect());
                if (row == nullptr || row->type != PropertyType::qube || name == "template")
                    continue;
                if (row->rule == PropertyRule::netvm)
                    left_out |= !link_netvm(planned, value);
                else
                    link(planned, *row, value);
            }
        }
        return left_out;
    }

    bool link_netvm(PlannedQube& planned, const std::string& value)
    {
        auto& properties = planned.belongings.properties;
        const auto netvm = targets_.find(value);
        if (value.empty() || (netvm && netvm->provides_network && !netvm->failed)) {
            properties["netvm"] = value.empty() ? "" : netvm->name;
            return true;
        }
        switch (input_.request.on_missing_netvm) {
        case OnNetvm::fail:
            throw BackupError{BackupFault::missing_netvm,
                              "the netvm of '" + planned.from->name + "' is not there"};
        case OnNetvm::skip:
            leave_out(planned, Fate::skip, BackupFault::missing_netvm);
            return false;
        case OnNetvm::none:
            properties["netvm"] = "";
            add_note(planned, "netvm-none");
            return true;
        case OnNetvm::by_default: add_note(planned, "netvm-default"); return true;
        }
        return true;
    }

    void link(PlannedQube& planned, const PropertyRow& row, const std::string& value)
    {
        const bool held_back = !input_.permitted.all_properties && row.name == "management_dispvm";
        const auto target = targets_.find(value);
        const bool fits = value.empty() ? row.none_allowed
                                        : target && !target->failed &&
                                              (row.rule != PropertyRule::dispvm_template ||
                                               (target->for_dispvms && target->name != "dom0"));
        if (held_back || !fits)
            return skip_property(planned, row.name);
        planned.belongings.properties.emplace(row.name, value.empty() ? "" : target->name);
    }

    [[nodiscard]] PlannedQube* restored_as(std::string_view name)
    {
        const auto found = std::ranges::find_if(planned_, [&](const PlannedQube& planned) {
            return planned.is_restored() && planned.name == name;
        });
        return found == planned_.end() ? nullptr : &*found;
    }

    // A qube of the host has no netvm that is only now restored, so only these can be in a loop.
    void break_loops()
    {
        for (PlannedQube& planned : planned_) {
            std::set<const PlannedQube*> seen;
            PlannedQube* at = planned.is_restored() ? &planned : nullptr;
            while (at != nullptr && seen.insert(at).second) {
                const auto netvm = at->belongings.properties.find("netvm");
                at =
                    netvm == at->belongings.properties.end() ? nullptr : restored_as(netvm->second);
            }
            if (at == &planned) {
                planned.belongings.properties["netvm"] = "";
                add_note(planned, "netvm-none");
            }
        }
    }

    const Store& store_;
    const PlanInput& input_;
    const NewNames& names_;
    const std::set<std::string>& failed_;
    std::vector<PlannedQube> planned_;
    RestoreTargets targets_;
};

} // namespace

std::vector<PlannedQube> plan_restore(const Store& store, const PlanInput& input,
                                      const NewNames& names, const std::set<std::string>& failed)
{
    return Planner{store, input, names, failed}.plan();
}

std::time_t time_of_backup(std::string_view id)
{
    constexpr std::size_t length = 15; // 20260101T000000
    std::tm parts{};
    const std::string text{id.substr(0, length)};
    if (text.size() != length ||
        ::strptime(text.c_str(), "%Y%m%dT%H%M%S", &parts) != text.c_str() + length)
        return 0;
    return std::max<std::time_t>(0, ::timegm(&parts));
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/profile/selection.hpp"

#include "backup/fault.hpp"

#include <algorithm>
#include <utility>

namespace qmgmt {
namespace {

bool matches(const Qube& qube, const Selector& selector)
{
    switch (selector.kind) {
    case Selector::Kind::name: return qube.name() == selector.value;
    case Selector::Kind::tag: return qube.has_tag(selector.value);
    case Selector::Kind::type: return qube.klass() == selector.value;
    }
    return false;
}

// What stays elsewhere has no disk here; of what this library does not know it knows no disk.
bool can_be_archived(const Qube& qube)
{
    return qube.class_bit() != 0 && qube.class_bit() != class_remote;
}

// What of the usual backup leaves a disposable out in every generation of stores.
bool is_usual(Effective& effective, const Qube& qube)
{
    if (qube.class_bit() == class_admin && !qube.property("include_in_backups"))
        return true;
    if (qube.class_bit() == class_disp && !qube.property("include_in_backups"))
        return effective.text(qube, "auto_cleanup") != "True";
    return effective.text(qube, "include_in_backups") == "True";
}

class Selecting {
public:
    Selecting(const Store& store, LiveValues& live, const Profile& profile)
        : store_{store}, effective_{store, live}, profile_{profile}
    {
    }

    Selection select()
    {
        check_names();
        for (const std::string& name : store_.names()) {
            const Qube* qube = store_.find_any(name);
            if (qube != nullptr)
                consider(*qube);
        }
        if (selection_.qubes.empty())
            throw BackupError{BackupFault::nothing_selected,
                              "the profile '" + profile_.id.text() + "' selects no qube"};
        std::ranges::sort(selection_.qubes, {}, [](const SelectedQube& one) {
            return std::pair{one.qid == 0, one.qid};
        });
        return std::move(selection_);
    }

private:
    // A qube that was forgotten, or renamed, is data lost.
    void check_names()
    {
        const auto of_name = [](const Selector& one) { return one.kind == Selector::Kind::name; };
        for (const Selector& one : profile_.included) {
            if (!of_name(one))
                continue;
            const Qube* qube = store_.find_any(one.value);
            if (qube == nullptr)
                throw BackupError{BackupFault::config_invalid,
                                  "'include' names '" + one.value + "', which does not exist"};
            if (!can_be_archived(*qube))
                throw BackupError{BackupFault::config_invalid,
                                  "'include' names '" + one.value +
                                      "', which cannot be in a backup"};
        }
        for (const Selector& one : profile_.excluded)
            if (of_name(one) && store_.find_any(one.value) == nullptr)
                selection_.warnings.push_back("'exclude' names '" + one.value +
                                              "', which does not exist, ignoring");
    }

    // Empty: not selected.
    std::string selected_by(const Qube& qube, bool tagged)
    {
        for (const Selector& one : profile_.included)
            if (matches(qube, one))
                return one.kind == Selector::Kind::name ? "name" : one.text();
        if (tagged)
            return "tag";
        return profile_.include == Include::usual && is_usual(effective_, qube) ? "default" : "";
    }

    void consider(const Qube& qube)
    {
        if (!can_be_archived(qube) ||
            std::ranges::any_of(profile_.excluded,
                                [&](const Selector& one) { return matches(qube, one); }))
            return;
        const bool tagged = qube.has_tag(profile_.id.tag());
        std::string by = selected_by(qube, tagged);
        if (by.empty())
            return;
        const Qube& usable = store_.qube(qube.name()); // says what is wrong with it
        const auto entry = store_.index().find(qube.name());
        selection_.qubes.push_back({&usable, entry ? entry->qid : 0, std::move(by), tagged});
    }

    const Store& store_;
    Effective effective_;
    const Profile& profile_;
    Selection selection_;
};

} // namespace

Selection select_qubes(const Store& store, LiveValues& live, const Profile& profile)
{
    return Selecting{store, live, profile}.select();
}

} // namespace qmgmt

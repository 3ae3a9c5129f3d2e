// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/source/timestamps.hpp"

#include "backup/fault.hpp"
#include "call/edit.hpp"

namespace qmgmt {

void save_timestamps(Call& call, const std::vector<ArchivedLast>& archived, std::time_t time)
{
    constexpr const char* property = "backup_timestamp";
    try {
        Edit edit = call.edit_again();
        for (const ArchivedLast& one : archived) {
            const auto entry = edit.store().index().find_uuid(one.uuid);
            const Qube* qube = entry ? edit.store().find_any(entry->name) : nullptr;
            if (qube == nullptr ||
                find_property(property, qube->class_bit(), edit.store().dialect()) == nullptr)
                continue;
            const std::string name = qube->name();
            const auto text = std::to_string(time);
            edit.set_property(name, property, text, qube->property(property), text);
        }
        static_cast<void>(edit.commit());
    } catch (const Error& error) {
        throw BackupError{BackupFault::timestamp_not_saved,
                          "the archive is complete, but the store does not say so",
                          error.text() + ": " + error.detail()};
    }
}

} // namespace qmgmt

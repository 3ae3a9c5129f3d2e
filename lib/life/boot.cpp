// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/boot.hpp"

#include "base/error.hpp"
#include "life/run_record.hpp"
#include "life/settle_by_uuid.hpp"

namespace qmgmt {
namespace {

std::string name_of(Call& call, const Uuid& uuid)
{
    const auto entry = call.store().index().find_uuid(uuid.text());
    return entry ? std::string{entry->name} : uuid.text();
}

} // namespace

std::vector<BootFailure> clean_up_after_boot(Call& call)
{
    std::vector<BootFailure> failures;
    for (const Uuid& uuid : RunRecord::all()) {
        try {
            settle_by_uuid_if_free(call, uuid);
        } catch (const Error& error) {
            failures.push_back({name_of(call, uuid), error.text()});
        }
    }
    return failures;
}

} // namespace qmgmt

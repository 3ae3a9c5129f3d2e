// SPDX-License-Identifier: GPL-2.0-or-later
//
// Volumes that qubes have besides their own, as they are now (storage/attachment). Whoever changes
// a volume asks who else has it, and clears up after calls that died.
#pragma once

#include "call/call.hpp"
#include "storage/attachment.hpp"
#include "storage/pool_table.hpp"

#include <string>
#include <vector>

namespace qmgmt {

// The qube whose lock the caller holds.
struct HeldQube {
    const std::string& name;
    const Uuid& uuid;
};

// Who has the volume, of those other than `held`. The caller holds the lock of the volume, too:
// what a call that died left of an attachment ends here, its data kept.
[[nodiscard]] std::vector<Attachment>
attached_to_others(Call& call, PoolTable& pools, const Volume& volume, const HeldQube& held);

// Whether its qube runs and has it. Changes nothing.
[[nodiscard]] bool is_attached(Call& call, const Attachment& one);

// The qube does not have it (any more): what was written is committed, a committed state that was
// read goes. The caller holds the lock of the volume.
void end_attachment(Pool& pool, const Attachment& one);

// The keys of paths of its committed state that nobody has, neither a qube nor a backup: the host
// went down meanwhile.
[[nodiscard]] std::vector<std::string> stale_exports(Pool& pool, const Volume& volume);
// They are removed. The caller holds the lock of the volume.
void drop_stale_exports(Pool& pool, const Volume& volume);

// Throws Error{volume_in_use}, naming one that the caller may know of.
[[noreturn]] void refuse_attached(Call& call, const Volume& volume,
                                  const std::vector<Attachment>& users);

} // namespace qmgmt

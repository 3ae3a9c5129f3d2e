// SPDX-License-Identifier: GPL-2.0-or-later
//
// The content of one file into another, fresh one: by sharing blocks where the file system can,
// else by copying the data and leaving the holes.
#pragma once

namespace qmgmt {

// Lets `target` share all blocks of `source`. Returns false with errno set; `target` is untouched
// then.
[[nodiscard]] bool reflink(int source, int target) noexcept;

// Whether `code`, from `reflink`, says that these two files cannot share blocks, rather than that
// something broke.
[[nodiscard]] bool cannot_share(int code) noexcept;

// Makes `target` as large as `source` and copies its data. `target` must be empty: what is a hole
// in `source` is not written. Across file systems, where holes may be unknown, blocks of zeros
// become holes. Returns false with errno set; what `target` holds then is no copy.
[[nodiscard]] bool sparse_copy(int source, int target);

// The same through read and write alone: what `sparse_copy` does where the kernel cannot copy
// between the two.
[[nodiscard]] bool sparse_copy_by_hand(int source, int target);

} // namespace qmgmt

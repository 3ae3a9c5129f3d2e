// SPDX-License-Identifier: GPL-2.0-or-later
//
// The passphrase of a backup or a restore: the profile's own, or what a person answers in a qube
// (qubes.BackupPassphrase+<id>). It is asked last, when all else has been found in order.
#pragma once

#include "backup/profile/profile.hpp"
#include "base/stop_signals.hpp"
#include "call/call.hpp"

namespace qmgmt {

// Takes the text out of `origin`, or asks the qube, starting it if it is halted, and waits for at
// most ten minutes. From then on this process leaves no core and cannot be traced by its user.
// Throws BackupError{passphrase_failed}, BackupError{cancelled} for an empty answer or a stop
// signal, and what a passphrase must not be.
[[nodiscard]] Passphrase obtain_passphrase(Call& call, const ProfileId& id,
                                           PassphraseOrigin& origin, const StopSignals& stop);

// Of a restore: the profile's own where `restore` names none.
[[nodiscard]] PassphraseOrigin& origin_for_restore(Profile& profile);

} // namespace qmgmt

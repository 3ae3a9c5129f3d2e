// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the qube that has the sound card is told of a qube and the microphone, in its own table
// (firewall-devices.md 2.11).
#pragma once

#include "call/call.hpp"

namespace qmgmt {

// The qube, or dom0, that plays the sound of this one; null for none.
[[nodiscard]] const Qube* audio_qube_of(Call& call, const Qube& qube);

// Whether the qube is to hear the microphone. False where nobody can say.
[[nodiscard]] bool hears_microphone(Call& call, const Qube& qube);

// From now on it does, or does not; its audio qube runs. An audio qube of today does it by a
// service of its own. Waits a moment until it is so, else a line in the log says that it is not
// yet. Throws Error{failed}, and Error{unsupported} where there is no way to tell.
void let_hear_microphone(Call& call, const Qube& qube, bool hears);

// A run of the qube begins: nothing of the last one counts, neither what it was allowed nor what it
// asked for. Failures are logged.
void forget_microphone(Call& call, const Qube& qube);

} // namespace qmgmt

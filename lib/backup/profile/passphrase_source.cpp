// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/profile/passphrase_source.hpp"

#include "backup/destination/qube_service.hpp"
#include "backup/fault.hpp"

#include <sys/prctl.h>
#include <utility>

namespace qmgmt {
namespace {

constexpr std::size_t longest_answer = 4096;
constexpr std::chrono::minutes patience{10}; // a person is asked

std::string_view stripped(std::string_view untrusted)
{
    constexpr std::string_view blanks = " \t\n\v\f\r";
    const auto first = untrusted.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return untrusted.substr(first, untrusted.find_last_not_of(blanks) - first + 1);
}

Passphrase ask(Call& call, const ProfileId& id, const std::string& qube, const StopSignals& stop)
{
    constexpr BackupFault failed = BackupFault::passphrase_failed;
    have_qube_run(call, qube, true, {failed, failed}, stop);
    Secret answer{longest_answer};
    QubeService service{qube, "qubes.BackupPassphrase+" + id.text(), failed, stop, &answer};
    service.finish(Deadline::in(patience));
    if (service.said_too_much())
        throw BackupError{BackupFault::passphrase_invalid, "the answer is too long"};
    const std::string_view text = stripped(answer.bytes());
    if (text.empty())
        throw BackupError{BackupFault::cancelled, "no passphrase was given"};
    return Passphrase::parse(text);
}

} // namespace

Passphrase obtain_passphrase(Call& call, const ProfileId& id, PassphraseOrigin& origin,
                             const StopSignals& stop)
{
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (!origin.text)
        return ask(call, id, origin.qube, stop);
    Passphrase passphrase = std::move(*origin.text);
    origin.text.reset();
    return passphrase;
}

PassphraseOrigin& origin_for_restore(Profile& profile)
{
    return profile.restore.passphrase.given() ? profile.restore.passphrase : profile.passphrase;
}

} // namespace qmgmt

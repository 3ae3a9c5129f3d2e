// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/mic/audio_input.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/wait.hpp"
#include "life/device/exposed_table.hpp"
#include "life/network/tables.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/qrexec/guest_service.hpp"

namespace qmgmt {
namespace {

constexpr std::chrono::seconds audio_patience{3};
constexpr std::chrono::milliseconds audio_poll{100};
constexpr std::chrono::seconds service_patience{30};

// What we allow; what is so; what the qube asks for.
constexpr std::string_view allowed = "/audio-input-config/";
constexpr std::string_view heard = "/audio-input/";
constexpr std::string_view asked_for = "/audio-input-request/";

std::string key(std::string_view start, const Qube& qube)
{
    return std::string{start} + qube.name();
}

// Of the table of a running audio qube; the value is its own.
std::string value_of(Call& call, const Qube& audio, const std::string& wanted)
{
    const QubeTable table = exposed_table(call, audio, wanted);
    const auto at = table.find(wanted);
    return at == table.end() ? std::string{} : at->second;
}

bool runs(Call& call, const Qube& audio)
{
    return audio.class_bit() == class_admin ||
           (call.has_hypervisor() && is_running(power_state(call, audio)));
}

bool has_service(Call& call, const Qube& audio, const std::string& service)
{
    SystemValues live{call};
    const auto feature =
        Effective{call.store(), live}.feature_with_template(audio, "supported-rpc." + service);
    return audio.class_bit() != class_admin && !feature.value_or("").empty();
}

void run_service(Call& call, const Qube& audio, const std::string& service, const Qube& qube)
{
    const auto end = run_guest_service(audio.name(), service + "+" + qube.name(), "",
                                       call.deadline(service_patience));
    if (!end)
        throw Error{failure::unsupported, "not available: this host has no qrexec"};
    if (!end->done())
        throw Error{failure::vm_failed, "the audio qube does not switch the microphone",
                    service + ": " + end->fault()};
}

void write_key(Call& call, const Qube& audio, const Qube& qube, bool hears)
{
    const auto table = device_tables(call);
    if (!table)
        throw Error{failure::unsupported, "not available: there is no QubesDB here"};
    table->set(table_owner(call, audio), key(allowed, qube), hears ? "1" : "0");
}

void await(Call& call, const Qube& audio, const Qube& qube, bool hears)
{
    const Deadline deadline = call.deadline(audio_patience);
    while (value_of(call, audio, key(heard, qube)) != (hears ? "1" : "0")) {
        if (deadline.passed()) {
            call.warn("the microphone of '" + qube.name() + "' is not switched yet");
            return;
        }
        wait(audio_poll);
    }
}

} // namespace

const Qube* audio_qube_of(Call& call, const Qube& qube)
{
    if (call.store().dialect() == Dialect::r40)
        return call.store().find_any("dom0"); // that generation knows no other
    SystemValues live{call};
    const std::string name = Effective{call.store(), live}.text(qube, "audiovm");
    return name.empty() ? nullptr : call.store().find_any(name);
}

bool hears_microphone(Call& call, const Qube& qube)
{
    const Qube* audio = audio_qube_of(call, qube);
    return audio != nullptr && runs(call, *audio) &&
           value_of(call, *audio, key(allowed, qube)) == "1";
}

void let_hear_microphone(Call& call, const Qube& qube, bool hears)
{
    const Qube* audio = audio_qube_of(call, qube);
    if (audio == nullptr)
        throw Error{failure::bad_value, "'" + qube.name() + "' has no qube for its sound"};
    const std::string service = hears ? "qubes.AudioInputEnable" : "qubes.AudioInputDisable";
    if (has_service(call, *audio, service))
        run_service(call, *audio, service, qube);
    else
        write_key(call, *audio, qube, hears);
    await(call, *audio, qube, hears);
}

void forget_microphone(Call& call, const Qube& qube)
{
    try {
        const Qube* audio = audio_qube_of(call, qube);
        if (audio == nullptr || !runs(call, *audio))
            return;
        const auto table = device_tables(call);
        if (!table)
            return;
        const std::string keys[] = {key(allowed, qube), key(heard, qube), key(asked_for, qube)};
        const std::string_view parts[] = {keys[0], keys[1], keys[2]};
        table->replace(table_owner(call, *audio), parts, {});
    } catch (const Error& error) {
        log_warning("cannot forget what '" + qube.name() + "' heard: " + error.text() + " (" +
                    error.detail() + "), ignoring");
    }
}

} // namespace qmgmt

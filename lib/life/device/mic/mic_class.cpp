// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/device/mic/mic_class.hpp"

#include "base/error.hpp"
#include "life/device/mic/audio_input.hpp"
#include "life/power_state.hpp"
#include "life/refusal.hpp"

namespace qmgmt {
namespace {

constexpr std::string_view microphone_port = "mic";

} // namespace

DeviceArgument the_microphone()
{
    return {.backend = QubeName::dom0(), .port = PortName::parse(microphone_port), .id = {}};
}

DeviceOptions MicClass::checked(const DeviceOptions& untrusted_options) const
{
    if (!untrusted_options.empty())
        throw Error{failure::bad_value, "the microphone has no options"};
    return {};
}

std::vector<ExposedDevice> MicClass::exposed(Call& /*call*/, const Qube& backend)
{
    if (backend.class_bit() != class_admin)
        return {};
    return {{.backend = backend.name(),
             .klass = "mic",
             .port = std::string{microphone_port},
             .id = "dom0:mic::m000000",
             .product = "microphone",
             .manufacturer = "default",
             .attachment = std::nullopt,
             .interfaces = "m000000"}};
}

std::vector<AttachedDevice> MicClass::attached(Call& call, const Qube& frontend)
{
    if (!hears_microphone(call, frontend))
        return {};
    return {{.backend = "dom0", .port = std::string{microphone_port}, .options = {}}};
}

std::optional<std::string> MicClass::user_of(Call& /*call*/, const ExposedDevice& /*device*/)
{
    return std::nullopt;
}

bool MicClass::is_same(const AttachedDevice& /*attached*/, const ExposedDevice& /*device*/,
                       const DeviceOptions& /*options*/) const
{
    return true;
}

void MicClass::check_backend(Call& call, const Qube& frontend, const Qube& /*backend*/)
{
    const Qube* audio = audio_qube_of(call, frontend);
    if (audio == nullptr)
        throw Error{failure::bad_value, "'" + frontend.name() + "' has no qube for its sound"};
    if (!is_running(power_state(call, *audio)))
        throw not_started(audio->name());
}

void MicClass::attach(Call& call, const Qube& frontend, const ExposedDevice& /*device*/,
                      const DeviceOptions& /*options*/)
{
    let_hear_microphone(call, frontend, true);
}

void MicClass::detach(Call& call, const Qube& frontend, const AttachedDevice& /*device*/)
{
    let_hear_microphone(call, frontend, false);
}

} // namespace qmgmt

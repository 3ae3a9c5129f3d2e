// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/assignment.hpp"

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "names/number.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

constexpr std::pair<std::string_view, Assignment::Mode> modes[] = {
    {"required", Assignment::Mode::required},
    {"auto-attach", Assignment::Mode::auto_attach},
    {"ask-to-attach", Assignment::Mode::ask},
};

// Each generation of upstream wrote it differently; the first knew only what is required.
std::optional<Assignment::Mode> mode_of(const Element& device)
{
    if (const std::string* mode = device.attribute("mode"))
        return Assignment::mode_named(*mode);
    const std::string* required = device.attribute("required");
    return required == nullptr || parse_boolean(*required).value_or(false)
               ? Assignment::Mode::required
               : Assignment::Mode::auto_attach;
}

std::string attribute_or_any(const Element& device, std::string_view name)
{
    const std::string* value = device.attribute(name);
    return value == nullptr || value->empty() ? "*" : *value;
}

Assignment read(const Element& device, Assignment::Mode mode)
{
    Assignment found{.backend = attribute_or_any(device, "backend-domain"),
                     .port = attribute_or_any(device, "id"),
                     .identity = attribute_or_any(device, "identity"),
                     .mode = mode,
                     .options = {}};
    for (const Element& child : device.children) {
        const std::string* name = child.attribute("name");
        if (child.name == "option" && name != nullptr)
            found.options.emplace_back(*name, child.text);
    }
    return found;
}

} // namespace

std::optional<Assignment::Mode> Assignment::mode_named(std::string_view text)
{
    const auto* const known =
        std::ranges::find(modes, text, &std::pair<std::string_view, Assignment::Mode>::first);
    return known == std::end(modes) ? std::nullopt : std::optional{known->second};
}

std::string_view Assignment::name(Mode mode)
{
    return std::ranges::find(modes, mode, &std::pair<std::string_view, Assignment::Mode>::second)
        ->first;
}

bool Assignment::means(std::string_view its_backend, std::string_view its_port,
                       std::string_view its_id) const
{
    const auto fits = [](std::string_view own, std::string_view its) {
        return own == "*" || own == its;
    };
    return fits(backend, its_backend) && fits(port, its_port) && fits(identity, its_id);
}

std::optional<std::string> Assignment::option(std::string_view name) const
{
    const auto found =
        std::ranges::find(options, name, &std::pair<std::string, std::string>::first);
    return found == options.end() ? std::nullopt : std::optional{found->second};
}

bool Assignment::has(std::string_view name) const
{
    return parse_boolean(option(name).value_or("")).value_or(false);
}

std::vector<Assignment> assignments_of(const Qube& qube, std::string_view klass)
{
    std::vector<Assignment> found;
    for (const Element& child : qube.element().children) {
        const std::string* own = child.attribute("class");
        if (child.name != "devices" || own == nullptr || *own != klass)
            continue;
        for (const Element& device : child.children) {
            if (device.name != "device")
                continue;
            if (const auto mode = mode_of(device))
                found.push_back(read(device, *mode));
            else
                log_warning("a device of '" + qube.name() + "' is assigned in an unknown mode: '" +
                            printable(*device.attribute("mode"), 40) + "', ignoring");
        }
    }
    return found;
}

} // namespace qmgmt

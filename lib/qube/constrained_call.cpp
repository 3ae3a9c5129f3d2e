// SPDX-License-Identifier: GPL-2.0-or-later

#include "qube/constrained_call.hpp"

#include "life/property/change.hpp"
#include "life/property/constrained.hpp"
#include "names/create_request.hpp"
#include "policy/constraint/constraints.hpp"
#include "qube/constrained.hpp"
#include "store/property_value.hpp"

namespace qmgmt {
namespace {

std::unique_ptr<ConstrainedChange> property_of_qube(Call& call, bool reset)
{
    const Store& store = call.store();
    const PropertyRow& row = property_row(store, call.destination(), call.argument());
    return constrained_property(
        call, row,
        reset ? std::nullopt : std::optional{check_syntax(row, call.payload(), store.dialect())});
}

std::unique_ptr<ConstrainedChange> property_of_system(Call& call, bool reset)
{
    const Store& store = call.store();
    const PropertyRow& row = global_row(store, call.argument());
    return constrained_global(
        call, row,
        reset ? std::nullopt : std::optional{check_syntax(row, call.payload(), store.dialect())});
}

std::unique_ptr<ConstrainedChange> creation(Call& call, unsigned klass)
{
    const auto wanted = CreateRequest::parse(call.payload(), CreateRequest::Pools::allowed);
    return constrained_creation(call, {.klass = klass,
                                       .label = wanted.label->text(),
                                       .base = call.argument(),
                                       .name = wanted.name.text()});
}

std::unique_ptr<ConstrainedChange> known_change(Call& call)
{
    const std::string name = mgmt_name(call.request().program);
    if (name == "mgmt.vm.property.Set" || name == "mgmt.vm.property.Reset")
        return property_of_qube(call, name.ends_with(".Reset"));
    if (name == "mgmt.property.Set" || name == "mgmt.property.Reset")
        return property_of_system(call, name.ends_with(".Reset"));
    if (name.starts_with("mgmt.vm.Create.") || name.starts_with("mgmt.vm.CreateInPool."))
        return creation(call, class_bit(name.substr(name.rfind('.') + 1)));
    if (name == "mgmt.vm.CreateTemplate")
        return constrained_creation(
            call, {.klass = class_template, .label = "black", .name = call.argument()});
    if (name == "mgmt.vm.CreateDisposable")
        return constrained_creation(call, {.klass = class_disp, .base = disposable_base(call)});
    if (name == "mgmt.vm.Clone" || name == "mgmt.vm.CloneInPool") {
        const auto wanted = CreateRequest::parse(call.payload(), CreateRequest::Pools::allowed,
                                                 CreateRequest::Label::refused);
        return constrained_creation(call, {.name = wanted.name.text(), .is_clone = true});
    }
    return nullptr;
}

} // namespace

std::unique_ptr<ConstrainedChange> constrained_call(Call& call)
{
    try {
        if (auto change = known_change(call))
            return change;
    } catch (const Error&) { // as the call itself, which would be refused for it otherwise
        return std::make_unique<ConstrainedChange>(call);
    }
    return std::make_unique<ConstrainedChange>(call);
}

} // namespace qmgmt

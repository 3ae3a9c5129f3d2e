// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/property/constrained.hpp"

#include "life/property/live.hpp"

namespace qmgmt {
namespace {

// Who has the property: a qube, or nobody, which is the system.
enum class Owner { qube, system };

class PropertyChange final : public ConstrainedChange {
public:
    PropertyChange(Call& call, const PropertyRow& row, Owner owner,
                   std::optional<std::string> value)
        : ConstrainedChange{call}, row_{row}, owner_{owner}, value_{std::move(value)}
    {
    }

    std::optional<std::string> value(const Store& store) override
    {
        return value_ ? value_ : default_value(store);
    }

    std::optional<std::string> default_value(const Store& store) override
    {
        return text(store, &Effective::global_default, &Effective::default_value);
    }

    std::optional<std::string> current_value(const Store& store) override
    {
        return text(store, &Effective::global, &Effective::value);
    }

private:
    using OfSystem = PropertyValue (Effective::*)(const PropertyRow&);
    using OfQube = PropertyValue (Effective::*)(const Qube&, const PropertyRow&);

    // What only the running system knows cannot be set, so that nobody need ask it.
    std::optional<std::string> text(const Store& store, OfSystem of_system, OfQube of_qube)
    {
        if (row_.from(store.dialect()) == DefaultFrom::live)
            return std::nullopt;
        SystemValues live{call()};
        Effective effective{store, live};
        if (owner_ == Owner::system)
            return known((effective.*of_system)(row_));
        const Qube* qube = store.find_any(call().destination_name());
        return qube == nullptr ? std::nullopt : known((effective.*of_qube)(*qube, row_));
    }

    static std::optional<std::string> known(PropertyValue value)
    {
        return value.exists ? std::optional{std::move(value.text)} : std::nullopt;
    }

    const PropertyRow& row_;
    Owner owner_;
    std::optional<std::string> value_;
};

} // namespace

std::unique_ptr<ConstrainedChange> constrained_property(Call& call, const PropertyRow& row,
                                                        std::optional<std::string> value)
{
    return std::make_unique<PropertyChange>(call, row, Owner::qube, std::move(value));
}

std::unique_ptr<ConstrainedChange> constrained_global(Call& call, const PropertyRow& row,
                                                      std::optional<std::string> value)
{
    return std::make_unique<PropertyChange>(call, row, Owner::system, std::move(value));
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "qube/constrained.hpp"

#include "base/error.hpp"
#include "life/property/live.hpp"

namespace qmgmt {
namespace {

class NewQubeChange final : public ConstrainedChange {
public:
    NewQubeChange(Call& call, ConstrainedCreation creation)
        : ConstrainedChange{call}, creation_{std::move(creation)}
    {
    }

    std::optional<std::string> field(const Store& store, std::string_view key) override
    {
        if (key == "name")
            return creation_.name.empty() ? std::nullopt : std::optional{creation_.name};
        if (key == "label" && !creation_.label.empty())
            return creation_.label;
        if (key != "label" && key != "template" && key != "netvm")
            return ConstrainedChange::field(store, key);
        SystemValues live{call()};
        Effective effective{store, live};
        if (creation_.is_clone)
            return of_existing(store, effective, call().destination_name(), key);
        if (key == "template")
            return base(store);
        if (key == "label")
            return of_existing(store, effective, base(store), key);
        // A disposable takes over what its template has.
        return creation_.klass == class_disp ? of_existing(store, effective, base(store), key)
                                             : netvm(store, effective);
    }

private:
    static std::optional<std::string> of_existing(const Store& store, Effective& effective,
                                                  const std::string& name, std::string_view key)
    {
        const Qube* qube = store.find_any(name);
        return qube == nullptr ? std::nullopt : std::optional{effective.text(*qube, key)};
    }

    [[nodiscard]] std::string base(const Store& store) const
    {
        const bool disposable = creation_.klass == class_disp;
        if (!creation_.base.empty() || (!disposable && creation_.klass != class_app))
            return creation_.base;
        return store.resolve_reference(
            store.global(disposable ? "default_dispvm" : "default_template").value_or(""));
    }

    // It begins with the default of its class.
    [[nodiscard]] std::optional<std::string> netvm(const Store& store, Effective& effective) const
    {
        const Dialect dialect = store.dialect();
        const PropertyRow* row = find_property("netvm", creation_.klass, dialect);
        if (row == nullptr)
            return "";
        switch (row->from(dialect)) {
        case DefaultFrom::nothing: return "";
        case DefaultFrom::constant: return std::string{row->constant(dialect)};
        case DefaultFrom::global: return effective.global_text(row->constant(dialect));
        case DefaultFrom::template_or:
        case DefaultFrom::template_global:
        case DefaultFrom::computed:
        case DefaultFrom::live: break;
        }
        return std::nullopt;
    }

    ConstrainedCreation creation_;
};

} // namespace

std::string disposable_base(Call& call)
{
    if (call.destination_name() != "dom0")
        return call.destination_name();
    const Store& store = call.store();
    SystemValues live{call};
    std::string name = Effective{store, live}.text(store.qube(call.source()), "default_dispvm");
    if (name.empty())
        throw Error{failure::bad_value, "the caller has no default disposable template"};
    return name;
}

std::unique_ptr<ConstrainedChange> constrained_creation(Call& call, ConstrainedCreation creation)
{
    return std::make_unique<NewQubeChange>(call, std::move(creation));
}

} // namespace qmgmt

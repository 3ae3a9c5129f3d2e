// SPDX-License-Identifier: GPL-2.0-or-later
//
// One qube as the store has it: stored values only. What a property is worth when it is not stored:
// store/effective.
#pragma once

#include "names/uuid.hpp"
#include "store/element.hpp"
#include "store/property_table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qmgmt {

// A feature that is present, with its value; '' is a value.
struct Feature {
    std::string name;
    std::string value;
};

// An entry of volume-config. Flags that are neither `True` nor `False` make it unusable, not the
// qube.
struct StoredVolume {
    std::string role;
    const Element* element = nullptr;

    // The attribute, empty when absent.
    [[nodiscard]] std::string attribute(std::string_view name) const;
};

class Qube {
public:
    // `name` is what the index says; for dom0 the element may be missing, it then has only
    // defaults.
    Qube(std::string name, Element element);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& klass() const { return klass_; }
    // Its bit in ClassSet; 0 for a class this library does not know.
    [[nodiscard]] unsigned class_bit() const { return class_bit_; }
    [[nodiscard]] const Element& element() const { return element_; }

    // The stored text of a property, as the readers of all generations take it: attribute `ref`
    // before text, the last of several, legacy names mapped. Nothing when it is not stored.
    [[nodiscard]] std::optional<std::string> property(std::string_view name) const;

    [[nodiscard]] std::vector<Feature> features() const; // in the order of the file
    [[nodiscard]] std::optional<std::string> feature(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> tags() const; // sorted by bytes
    [[nodiscard]] bool has_tag(std::string_view name) const;
    [[nodiscard]] bool has_pci_devices() const;
    [[nodiscard]] std::vector<StoredVolume> volumes() const;

private:
    std::string name_;
    std::string klass_;
    unsigned class_bit_;
    Element element_;
};

// The bit of a class name in ClassSet, 0 when unknown.
[[nodiscard]] unsigned class_bit(std::string_view klass);
// The name of one bit, empty when unknown.
[[nodiscard]] std::string_view class_name(unsigned bit);

} // namespace qmgmt

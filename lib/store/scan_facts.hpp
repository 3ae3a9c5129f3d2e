// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the scan gathers on its one way through the file: enough to judge every qube and to index
// it, no more.
#pragma once

#include "store/scan.hpp"
#include "store/xml_parser.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace qmgmt {

struct DomainFacts {
    Range range;
    std::string id; // attribute: domain-<qid>
    std::string klass;
    std::string name;
    std::string uuid; // lower case
    std::string label;
    std::string template_name;
    std::string netvm;
    std::string tags;         // each between two blanks
    std::string bad_property; // a value whose type upstream could not read
    std::optional<std::uint32_t> qid;
    NetvmChoice netvm_choice = NetvmChoice::by_default;
    bool provides_network = false;
    bool template_for_dispvms = false;
    std::vector<std::pair<std::string, std::string>> references; // property, qube
    std::vector<std::string> pools;                              // of its volumes
};

struct LabelFacts {
    Range range;
    std::string id;
    std::string name;
};

struct PoolFacts {
    Range range;
    std::string name;
};

struct StoreFacts {
    std::string root_name;
    Sections sections;
    std::vector<LabelFacts> labels;
    std::vector<PoolFacts> pools;
    std::vector<DomainFacts> domains;
    std::string default_netvm;
    bool sign_of_current = false; // something that only dialect `current` knows (store.md 0.1)

    // A label by its name, by "label-<index>" or by its bare index, as the readers of all
    // generations take it.
    [[nodiscard]] bool has_label(std::string_view text) const;
    [[nodiscard]] bool has_pool(std::string_view name) const;
    // A qube by the legacy form "domain-<qid>".
    [[nodiscard]] bool has_id(std::string_view id) const;
    [[nodiscard]] std::vector<StoreFault> label_and_pool_faults() const;
};

class FactReader : public XmlHandler {
public:
    [[nodiscard]] StoreFacts& facts() { return facts_; }

    void start(const XmlStart& tag) override;
    void end(const XmlEnd& tag) override;
    void text(std::string_view characters) override;

private:
    void start_section(const XmlStart& tag);
    void start_entry(const XmlStart& tag);
    void start_part(const XmlStart& tag);
    void take_property();
    void take_tag(std::string_view name);
    void take_global();

    enum class Section { none, labels, pools, properties, domains };
    enum class Part { none, properties, devices, tags, volumes };

    StoreFacts facts_;
    Section section_ = Section::none;
    Part part_ = Part::none;
    std::string property_;  // name of the property whose text is being read
    std::string reference_; // its attribute `ref`
    std::string text_;
    bool reading_ = false; // the text matters
    bool in_domain_ = false;
    bool has_tags_ = false; // a section of them has begun in this domain
};

} // namespace qmgmt

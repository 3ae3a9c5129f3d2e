// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/override/patch.hpp"

#include "hypervisor/override/file.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace qmgmt::override_file {
namespace {

using pugi::xml_node;

bool is(const char* text, std::string_view value)
{
    return text == value;
}

bool says_yes(xml_node change, const char* attribute)
{
    const std::string_view value = change.attribute(attribute).value();
    if (!value.empty() && value != "yes" && value != "no")
        throw Unusable{std::string{attribute} + " is neither yes nor no"};
    return value == "yes";
}

void check_attributes(xml_node change, std::initializer_list<std::string_view> allowed)
{
    for (const pugi::xml_attribute attribute : change.attributes()) {
        if (std::ranges::find(allowed, std::string_view{attribute.name()}) == allowed.end())
            throw Unusable{"<" + std::string{change.name()} + "> has no attribute '" +
                           attribute.name() + "'"};
    }
}

// The elements a change is about. What stands in another comes before that, so that nothing is
// looked at that has gone with what it stood in.
std::vector<xml_node> targets(xml_node change, const pugi::xml_document& document)
{
    const char* const path = change.attribute("path").value();
    std::vector<xml_node> found;
    try {
        pugi::xpath_node_set nodes = document.select_nodes(path);
        nodes.sort(true);
        for (const pugi::xpath_node& node : nodes) {
            if (node.node().type() != pugi::node_element || node.attribute())
                throw Unusable{"'" + std::string{path} + "' leads to something else than elements"};
            found.push_back(node.node());
        }
    } catch (const pugi::xpath_exception& exception) {
        throw Unusable{"'" + std::string{path} + "' is no path: " + exception.what()};
    }
    if (found.empty() && !says_yes(change, "optional"))
        throw Unusable{"'" + std::string{path} + "' leads nowhere"};
    return found;
}

void remove(xml_node node, const std::string& attribute, std::set<std::string>& removed_disks)
{
    if (!attribute.empty()) {
        node.remove_attribute(attribute.c_str());
        return;
    }
    if (is(node.name(), "disk"))
        removed_disks.insert(node.child("target").attribute("dev").value());
    node.parent().remove_child(node);
}

void set_value(xml_node node, const std::string& attribute, const char* value)
{
    if (attribute.empty()) {
        node.text().set(value);
        return;
    }
    pugi::xml_attribute known = node.attribute(attribute.c_str());
    (known ? known : node.append_attribute(attribute.c_str())).set_value(value);
}

void set(xml_node change, const pugi::xml_document& document, std::set<std::string>& removed_disks)
{
    check_attributes(change, {"path", "attr", "remove", "optional"});
    const bool removes = says_yes(change, "remove");
    if (change.find_child([](xml_node child) { return child.type() == pugi::node_element; }))
        throw Unusable{"<set> holds text alone"};
    const std::string attribute = change.attribute("attr").value();
    for (const xml_node node : targets(change, document)) {
        if (removes)
            remove(node, attribute, removed_disks);
        else
            set_value(node, attribute, change.text().get());
    }
}

void append(xml_node change, const pugi::xml_document& document)
{
    check_attributes(change, {"path", "optional"});
    for (xml_node node : targets(change, document)) {
        for (const xml_node child : change.children())
            node.append_copy(child);
    }
}

void replace(xml_node change, const pugi::xml_document& document)
{
    check_attributes(change, {"path", "optional"});
    for (const xml_node node : targets(change, document)) {
        xml_node parent = node.parent();
        for (const xml_node child : change.children())
            parent.insert_copy_before(child, node);
        parent.remove_child(node);
    }
}

} // namespace

void apply(const pugi::xml_document& patch, pugi::xml_document& document,
           std::set<std::string>& removed_disks)
{
    const xml_node root = patch.document_element();
    if (!is(root.name(), "patch"))
        throw Unusable{"it is no <patch>"};
    for (const xml_node change : root.children()) {
        if (change.type() != pugi::node_element)
            continue;
        if (is(change.name(), "set"))
            set(change, document, removed_disks);
        else if (is(change.name(), "append"))
            append(change, document);
        else if (is(change.name(), "replace"))
            replace(change, document);
        else
            throw Unusable{"<" + std::string{change.name()} + "> is no change"};
    }
}

} // namespace qmgmt::override_file

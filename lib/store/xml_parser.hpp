// SPDX-License-Identifier: GPL-2.0-or-later
//
// expat, set up as the store wants it: UTF-8 or ASCII only, no DOCTYPE, no entities but the five of
// XML, no XInclude, nesting bounded, and the bytes of every tag reported.
#pragma once

#include "store/element.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

struct XmlStart {
    const char* name;
    const char** attributes; // name, value, name, value, nullptr
    Range range;             // of the start tag
    int depth;               // the root is at 1
};

struct XmlEnd {
    Range range; // of the end tag; empty, behind the start tag, when the element closes itself
    bool closes_itself;
    int depth;
};

class XmlHandler {
public:
    virtual ~XmlHandler() = default;
    virtual void start(const XmlStart& tag) = 0;
    virtual void end(const XmlEnd& tag) = 0;
    virtual void text(std::string_view characters) = 0;
};

struct XmlFault {
    std::size_t offset;
    std::string text; // without a position
};

// Parses the whole of `bytes`. Returns the first fault; what a handler throws passes through.
[[nodiscard]] std::optional<XmlFault> parse_xml(std::string_view bytes, XmlHandler& handler);

} // namespace qmgmt

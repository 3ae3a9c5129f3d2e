// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names that callers may say, each a type of its own. `parse` takes the whole text or throws; after
// that the type is the proof and nobody checks again. Grammar: doc/store.md 4; qrexec passes
// [A-Za-z0-9._+-] only, local callers more.
#pragma once

#include "base/error.hpp"

#include <compare>
#include <string>
#include <string_view>
#include <utility>

namespace qmgmt {

namespace detail {

// A checked text. `Tag` only makes the types distinct.
template<typename Tag>
class Name {
public:
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    friend auto operator<=>(const Name&, const Name&) = default;

protected:
    explicit Name(std::string text) : text_{std::move(text)} {}

private:
    std::string text_;
};

} // namespace detail

// A qube: [A-Za-z][A-Za-z0-9_.-]*, 1 to 31 bytes, not `none`, `default` or `Domain-0`, not ending
// in "-dm".
class QubeName : public detail::Name<QubeName> {
public:
    // Throws Error{bad_value} (as a destination: the caller turns it into protocol).
    static QubeName parse(std::string_view untrusted_text);
    // What to refuse about the text, empty when it is a name. The order of checks decides which
    // message.
    static std::string_view fault(std::string_view untrusted_text) noexcept;
    static QubeName dom0() { return QubeName{"dom0"}; }

private:
    using Name::Name;
};

// A tag: [A-Za-z0-9_-]+, 1 to 64 bytes. Throws Error{invalid_tag}.
class Tag : public detail::Name<Tag> {
public:
    static Tag parse(std::string_view untrusted_text);

private:
    using Name::Name;
};

// A feature: [A-Za-z0-9_.-]+, 1 to 255 bytes. Throws Error{protocol}.
class FeatureName : public detail::Name<FeatureName> {
public:
    static FeatureName parse(std::string_view untrusted_text);

private:
    using Name::Name;
};

// The value of a feature: bytes 0x20 to 0x7e, may be empty, at most 64 KiB. Throws Error{protocol}.
std::string parse_feature_value(std::string_view untrusted_text);

// A label: [A-Za-z0-9._-]+, 1 to 32 bytes. Throws Error{invalid_label}.
class LabelName : public detail::Name<LabelName> {
public:
    static LabelName parse(std::string_view untrusted_text);
    // As parse, and refuses a name of digits alone: for labels that are created or given to a new
    // qube.
    static LabelName parse_new(std::string_view untrusted_text);

private:
    using Name::Name;
};

// A colour: blanks around, `0x` and six hex digits; kept as given, without the blanks. Throws
// Error{invalid_label_value}.
std::string parse_label_colour(std::string_view untrusted_text);

// A pool: [A-Za-z0-9][A-Za-z0-9._-]*, 1 to 63 bytes. Throws Error{protocol}.
class PoolName : public detail::Name<PoolName> {
public:
    static PoolName parse(std::string_view untrusted_text);

private:
    using Name::Name;
};

// A property name: [a-z][a-z0-9_]*, 1 to 64 bytes. Throws Error{no_such_property}.
class PropertyName : public detail::Name<PropertyName> {
public:
    static PropertyName parse(std::string_view untrusted_text);

private:
    using Name::Name;
};

} // namespace qmgmt

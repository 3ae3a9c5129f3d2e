// SPDX-License-Identifier: GPL-2.0-or-later

#include "device/exposed_device.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// A quote is escaped by a backslash, and a backslash by nothing: one at the end of a value would
// take the value's own quote away, so none is sent.
std::string quoted(std::string_view value)
{
    std::string text = "'";
    for (const char c : printable(value, value.size())) {
        if (c == '\'')
            text += '\\';
        text += c == '\\' ? '_' : c;
    }
    return text + "'";
}

// A key that could be taken for something else; it may be of a store that somebody wrote by hand.
std::string safe_key(std::string_view key)
{
    std::string text = printable(key, key.size());
    std::ranges::replace_if(
        text, [](char c) { return std::string_view{" '\"`=\\"}.find(c) != std::string_view::npos; },
        '_');
    return text;
}

class Row {
public:
    explicit Row(const std::string& word) : text_{printable(word, word.size())} {}

    void add(std::string_view key, std::string_view value)
    {
        text_ += ' ';
        text_ += safe_key(key);
        text_ += '=' + quoted(value);
    }
    void add_if_known(std::string_view key, std::string_view value)
    {
        if (!value.empty())
            add(key, value);
    }

    [[nodiscard]] std::string text() const { return text_; }

private:
    std::string text_;
};

} // namespace

std::string device_token(const ExposedDevice& device)
{
    return device.backend + "+" + device.port;
}

std::string framed_row(const ExposedDevice& device)
{
    Row row{device.port + ":" + device.id};
    row.add("device_id", device.id);
    row.add("port_id", device.port);
    row.add("devclass", device.klass);
    row.add("backend_domain", device.backend);
    row.add_if_known("vendor", device.vendor);
    row.add_if_known("product", device.product);
    row.add_if_known("manufacturer", device.manufacturer);
    row.add_if_known("name", device.name);
    row.add_if_known("serial", device.serial);
    if (device.attachment)
        row.add("attachment", *device.attachment);
    row.add("interfaces", device.interfaces);
    if (device.parent) {
        row.add("parent_port_id", device.parent->port);
        row.add("parent_devclass", device.parent->klass);
    }
    for (const auto& [key, value] : device.data)
        row.add("_" + key, value);
    return row.text();
}

std::string framed_row(const GivenDevice& device)
{
    Row row{device.backend + "+" + device.port + ":" + device.id};
    row.add("device_id", device.id);
    row.add("port_id", device.port);
    row.add("devclass", device.klass);
    row.add("backend_domain", device.backend);
    row.add("mode", device.mode);
    row.add("frontend_domain", device.frontend);
    for (const auto& [key, value] : device.options)
        row.add("_" + key, value);
    return row.text();
}

} // namespace qmgmt

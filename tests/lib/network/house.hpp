// SPDX-License-Identifier: GPL-2.0-or-later
//
// A few qubes written down in a test, and what they would be told.
#pragma once

#include "base/fd.hpp"
#include "network/qube_table.hpp"
#include "support/catch.hpp"

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <utility>
#include <vector>

namespace qmgmt::test {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// An element of the store; its name and number are the caller's, its uuid follows from the number.
inline std::string qube_text(std::string_view klass, const std::string& name, unsigned qid,
                             const Pairs& properties, const Pairs& features = {})
{
    std::array<char, 37> uuid{};
    std::snprintf(uuid.data(), uuid.size(), "00000000-0000-4000-8000-%012u", qid);
    Pairs all{
        {"label", "red"}, {"name", name}, {"qid", std::to_string(qid)}, {"uuid", uuid.data()}};
    all.insert(all.end(), properties.begin(), properties.end());
    const auto elements = [](const char* kind, const Pairs& pairs) {
        std::string text;
        for (const auto& [key, value] : pairs)
            text.append("<")
                .append(kind)
                .append(" name=\"")
                .append(key)
                .append("\">")
                .append(value)
                .append("</")
                .append(kind)
                .append(">");
        return text;
    };
    return "<domain id=\"domain-" + std::to_string(qid) + "\" class=\"" + std::string{klass} +
           "\"><properties>" + elements("property", all) + "</properties><features>" +
           elements("feature", features) + "</features><tags/></domain>\n";
}

class House {
public:
    explicit House(const std::string& qubes, Dialect dialect = Dialect::current)
        : store_{store_of(qubes, dialect)}, effective_{store_, machine_}
    {
    }

    QubeTable told(std::string_view name, const TableFacts& facts = {})
    {
        return qube_table(effective_, qube(name), facts);
    }

    QubeTable clients(const std::vector<std::string>& names)
    {
        std::vector<const Qube*> clients;
        clients.reserve(names.size());
        for (const std::string& name : names)
            clients.push_back(&qube(name));
        return clients_table(effective_, clients);
    }

private:
    // A machine on which nothing runs.
    class Machine : public LiveValues {
        std::string value(const Qube*, std::string_view) override { return ""; }
        std::uint64_t host_memory_mib() override { return 16384; }
        std::optional<std::string> kernel_file(std::string_view, std::string_view) override
        {
            return std::nullopt;
        }
    };

    // Also one that could not start: tests need loops, and netvms that are gone.
    const Qube& qube(std::string_view name)
    {
        const Qube* found = store_.find_any(name);
        REQUIRE(found != nullptr);
        return *found;
    }

    static Store store_of(const std::string& qubes, Dialect dialect)
    {
        const std::string text =
            "<qubes><labels><label id=\"label-1\" "
            "color=\"0xcc0000\">red</label></labels><pools/><properties/><domains>" +
            qubes + "</domains></qubes>\n";
        Fd file{::memfd_create("store", MFD_CLOEXEC)};
        REQUIRE(write_all(file.get(), text));
        return Store::load(std::move(file), dialect);
    }

    Store store_;
    Machine machine_;
    Effective effective_;
};

// The value of a key, or that there is none.
inline std::string value_of(const QubeTable& table, std::string_view key)
{
    const auto found = table.find(key);
    return found == table.end() ? "(none)" : found->second;
}

} // namespace qmgmt::test

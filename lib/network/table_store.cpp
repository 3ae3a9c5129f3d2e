// SPDX-License-Identifier: GPL-2.0-or-later

#include "network/table_store.hpp"

namespace qmgmt {
namespace {

class Nowhere : public TableStore {
public:
    [[nodiscard]] bool is_somewhere() const override { return false; }
    void begin(const TableOwner&) override {}
    void write(const TableOwner&, const QubeTable&) override {}
    void replace(const TableOwner&, std::span<const std::string_view>, const QubeTable&) override {}
    void set(const TableOwner&, std::string_view, std::string_view) override {}
    void remove(const TableOwner&, std::string_view) override {}
    void publish(const TableOwner&, std::span<const TableTree>) override {}
    [[nodiscard]] QubeTable read(const TableOwner&, std::string_view) override { return {}; }
    void forget(const TableOwner&) override {}
};

} // namespace

std::unique_ptr<TableStore> no_tables()
{
    return std::make_unique<Nowhere>();
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "network/qubesdb.hpp"

#include "base/paths.hpp"
#include "network/qubesdb_program.hpp"
#include "network/table_key.hpp"

#include <algorithm>
#include <unistd.h>

namespace qmgmt {
namespace {

using qubesdb::Words;

class QubesDb : public TableStore {
public:
    void begin(const TableOwner& qube) override { qubesdb::start_daemon(qube); }

    void write(const TableOwner& qube, const QubeTable& table) override
    {
        replace(qube, whole_table, table);
    }

    // New keys come before old ones go: nobody misses one that is in both.
    void replace(const TableOwner& qube, std::span<const std::string_view> parts,
                 const QubeTable& table) override
    {
        Words pairs;
        for (const auto& [key, value] : table)
            qubesdb::add(pairs, key, value);
        qubesdb::write(qube, pairs);
        remove_keys(qube, parts, [&](const std::string& key) { return !table.contains(key); });
    }

    void set(const TableOwner& qube, std::string_view key, std::string_view value) override
    {
        Words pairs;
        qubesdb::add(pairs, key, value);
        qubesdb::write(qube, pairs);
    }

    void remove(const TableOwner& qube, std::string_view key) override
    {
        static_cast<void>(parts_of_key(key));
        remove_keys(qube, {&key, 1}, [](const std::string&) { return true; });
    }

    // The roots have a command of their own: one goes on after a write that fails.
    void publish(const TableOwner& qube, std::span<const TableTree> trees) override
    {
        Words old;
        Words pairs;
        Words roots;
        for (const TableTree& tree : trees) {
            old.push_back(tree.root + "/");
            for (const auto& [key, value] : tree.below)
                qubesdb::add(pairs, key, value);
            qubesdb::add(roots, tree.root, "");
        }
        remove_below(qube, trees, old);
        qubesdb::write(qube, pairs);
        qubesdb::write(qube, roots);
    }

    QubeTable read(const TableOwner& qube, std::string_view part) override
    {
        TableReading reading{part};
        qubesdb::read(qube, part, reading);
        return reading.take(qube);
    }

    // The daemon ends with its domain.
    void forget(const TableOwner&) override {}

private:
    // To remove what is not there is a fault: what is left decides.
    static void remove_below(const TableOwner& qube, std::span<const TableTree> trees,
                             const Words& below)
    {
        const std::string fault = qubesdb::remove(qube, below);
        if (fault.empty())
            return;
        for (const TableTree& tree : trees) {
            if (std::ranges::any_of(qubesdb::list(qube, tree.root), [&](const std::string& key) {
                    return key.size() > tree.root.size();
                }))
                qubesdb::fail(qube, fault);
        }
    }

    // Those below before those above. One that somebody else has removed meanwhile is gone, as was
    // asked.
    template<typename Unwanted>
    static void remove_keys(const TableOwner& qube, std::span<const std::string_view> parts,
                            Unwanted unwanted)
    {
        const auto listed = [&] {
            Words keys;
            for (const std::string_view part : parts)
                std::ranges::copy_if(qubesdb::list(qube, part), std::back_inserter(keys), unwanted);
            std::ranges::reverse(keys);
            return keys;
        };
        std::string fault;
        for (int attempt = 0; attempt < 2; ++attempt) {
            fault = qubesdb::remove(qube, listed());
            if (fault.empty())
                return;
        }
        if (!listed().empty())
            qubesdb::fail(qube, fault);
    }
};

} // namespace

bool has_qubesdb()
{
    return ::access(paths::below_root(qubesdb::daemon_path).c_str(), X_OK) == 0;
}

std::unique_ptr<TableStore> qubesdb_tables()
{
    return std::make_unique<QubesDb>();
}

} // namespace qmgmt

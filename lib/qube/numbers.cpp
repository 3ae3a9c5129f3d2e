// SPDX-License-Identifier: GPL-2.0-or-later

#include "qube/numbers.hpp"

#include "base/error.hpp"
#include "base/random.hpp"
#include "names/number.hpp"

#include <set>
#include <span>

namespace qmgmt {
namespace {

constexpr unsigned dispids = 10'000;
constexpr int draws = 100;

std::set<unsigned> taken_dispids(const Store& store)
{
    std::set<unsigned> taken;
    for (std::size_t i = 0; i < store.index().size(); ++i) {
        const IndexEntry entry = store.index().entry(i);
        const Qube* qube =
            class_bit(entry.klass) == class_disp ? store.find_any(entry.name) : nullptr;
        const std::int64_t number =
            qube == nullptr ? -1
                            : parse_integer(qube->property("dispid").value_or("")).value_or(-1);
        if (number >= 0 && number < dispids)
            taken.insert(static_cast<unsigned>(number));
    }
    return taken;
}

// Each number as likely as any other.
unsigned random_dispid()
{
    constexpr unsigned bound = 65'536 / dispids * dispids;
    std::uint16_t number = 0;
    do
        fill_random(std::as_writable_bytes(std::span{&number, 1}));
    while (number >= bound);
    return number % dispids;
}

} // namespace

unsigned free_qid(const Store& store)
{
    std::set<std::uint32_t> taken;
    for (std::size_t i = 0; i < store.index().size(); ++i)
        taken.insert(store.index().entry(i).qid);
    const unsigned bound = store.dialect() == Dialect::r40 ? 254 : 10'000;
    for (unsigned qid = 1; qid < bound; ++qid) {
        if (!taken.contains(qid))
            return qid;
    }
    throw Error{failure::failed, "cannot create a qube: no qid is free"};
}

unsigned free_dispid(const Store& store)
{
    const auto taken = taken_dispids(store);
    for (int draw = 0; draw < draws; ++draw) {
        if (const unsigned dispid = random_dispid(); !taken.contains(dispid))
            return dispid;
    }
    throw Error{failure::failed, "cannot create a disposable: no number for it is free"};
}

bool has_dispid(const Store& store, unsigned dispid)
{
    return taken_dispids(store).contains(dispid);
}

} // namespace qmgmt

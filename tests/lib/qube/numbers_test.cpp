// SPDX-License-Identifier: GPL-2.0-or-later

#include "qube/creator_tag.hpp"
#include "qube/numbers.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <array>
#include <cstdio>
#include <functional>
#include <set>
#include <sys/mman.h>
#include <unistd.h>

using namespace qmgmt;
using qmgmt::test::exception_of;

namespace {

Store store_of(const std::string& domains, Dialect dialect)
{
    const std::string text =
        "<qubes><labels/><pools/><properties/><domains>" + domains + "</domains></qubes>\n";
    Fd file{::memfd_create("store", MFD_CLOEXEC)};
    REQUIRE(write_all(file.get(), text));
    return Store::load(std::move(file), dialect);
}

std::string domain(unsigned qid, std::string_view klass, const std::string& properties,
                   const std::string& tags = "")
{
    const std::string number = std::to_string(qid);
    std::array<char, 37> uuid{};
    std::snprintf(uuid.data(), uuid.size(), "00000000-0000-4000-8000-%012u", qid);
    return "<domain id=\"domain-" + number + "\" class=\"" + std::string{klass} +
           "\"><properties><property name=\"label\">red</property><property name=\"name\">q" +
           number + "</property><property name=\"qid\">" + number +
           "</property><property name=\"uuid\">" + uuid.data() + "</property>" + properties +
           "</properties><tags>" + tags + "</tags></domain>\n";
}

// Those whose number `is_taken`.
Store disposables(const std::function<bool(unsigned)>& is_taken)
{
    std::string domains;
    unsigned qid = 0;
    for (unsigned dispid = 0; dispid < 10'000; ++dispid) {
        if (is_taken(dispid))
            domains += domain(++qid, "DispVM",
                              "<property name=\"dispid\">" + std::to_string(dispid) +
                                  "</property><property name=\"template\">t</property>");
    }
    return store_of(domains, Dialect::current);
}

} // namespace

TEST_CASE("numbers: the smallest qid that is free, up to the dialect's bound", "[qube]")
{
    std::string domains;
    CHECK(free_qid(store_of("", Dialect::r40)) == 1);
    for (unsigned qid = 1; qid < 254; ++qid) {
        if (qid != 7)
            domains += domain(qid, "StandaloneVM", "");
    }
    CHECK(free_qid(store_of(domains, Dialect::r40)) == 7);
    domains += domain(7, "StandaloneVM", "");
    CHECK(free_qid(store_of(domains, Dialect::current)) == 254);
    CHECK(exception_of([&] { static_cast<void>(free_qid(store_of(domains, Dialect::r40))); }) ==
          failure::failed.exception);
}

TEST_CASE("numbers: a dispid is drawn from those that no disposable has", "[qube]")
{
    const Store odd_left = disposables([](unsigned dispid) { return dispid % 2 == 0; });
    std::set<unsigned> drawn;
    for (int i = 0; i < 20; ++i) {
        const unsigned dispid = free_dispid(odd_left);
        CHECK(dispid < 10'000);
        CHECK(dispid % 2 == 1);
        CHECK_FALSE(has_dispid(odd_left, dispid));
        drawn.insert(dispid);
    }
    CHECK(drawn.size() > 10);
    CHECK(has_dispid(odd_left, 0));
    CHECK(has_dispid(odd_left, 9998));
    const Store full = disposables([](unsigned dispid) { return dispid != 9999; });
    // Nobody draws ten thousand times: with one left, the error is as good as certain.
    int refused = 0;
    for (int i = 0; i < 3; ++i)
        refused +=
            exception_of([&] { static_cast<void>(free_dispid(full)); }) == failure::failed.exception
                ? 1
                : 0;
    CHECK(refused >= 1);
}

TEST_CASE("creator tag: those a qube of that name has made, and no others", "[qube]")
{
    const Store store = store_of(
        domain(1, "StandaloneVM", "", "<tag name=\"created-by-gone\"/>") +
            domain(2, "StandaloneVM", "", "<tag name=\"created-by-gone2\"/>") +
            domain(3, "StandaloneVM", "", "<tag name=\"a\"/><tag name=\"created-by-gone\"/>"),
        Dialect::r40);
    CHECK(made_by(store, "gone") == " q1 q3");
    CHECK(made_by(store, "gon").empty());
    CHECK(made_by(store, "other").empty());
}

// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/start/stub_domain.hpp"
#include "support/catch.hpp"
#include "support/fake_xenstore.hpp"

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

constexpr std::string_view uuid = "5e2d8a34-8c0b-4d77-b0f4-6e3b1f8e0e04";

std::optional<StubDomain> found(const std::string& model, const std::string& way)
{
    FakeXenstore::Nodes nodes{{"/local/domain/7/image/device-model-domid", {model}},
                              {"/local/domain/8/vm", {way}},
                              {"/local/domain/0/vm", {"/vm/00000000-0000-0000-0000-000000000000"}}};
    FakeXenstore store{nodes};
    return find_stub_domain(store, 7);
}

} // namespace

TEST_CASE("stub domain: its number and uuid are what xenstore says", "[life]")
{
    const auto stub = found("8", "/vm/" + std::string{uuid});
    REQUIRE(stub);
    CHECK(stub->id == 8);
    CHECK(stub->uuid == uuid);
}

TEST_CASE("stub domain: none where xenstore does not name one properly", "[life]")
{
    const std::string way = "/vm/" + std::string{uuid};
    for (const char* const model : {"", "0", "-1", "8 ", "x", "9", "32752", "99999999999"}) {
        INFO(model);
        CHECK_FALSE(found(model, way));
    }
    for (const std::string& other : {std::string{}, std::string{uuid}, "/vm/" + way, way + "/x"}) {
        INFO(other);
        CHECK_FALSE(found("8", other));
    }
    FakeXenstore::Nodes nodes;
    FakeXenstore store{nodes};
    CHECK_FALSE(find_stub_domain(store, 7));
}

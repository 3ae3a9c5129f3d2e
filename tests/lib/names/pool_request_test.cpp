// SPDX-License-Identifier: GPL-2.0-or-later

#include "names/pool_request.hpp"
#include "support/catch.hpp"
#include "support/failure_of.hpp"

#include <string>

using namespace qmgmt;
using qmgmt::test::exception_of;

namespace {

std::string_view refusal(std::string_view argument, std::string_view payload)
{
    return exception_of([&] { static_cast<void>(PoolRequest::parse(argument, payload)); });
}

using Options = std::map<std::string, std::string>;

} // namespace

TEST_CASE("pool request: the argument is the pool where the driver is given", "[names]")
{
    const auto request = PoolRequest::parse("p2", "driver=file-reflink\ndir_path=/mnt/p2\n");
    CHECK(request.name.text() == "p2");
    CHECK(request.driver == "file-reflink");
    CHECK(request.options == Options{{"dir_path", "/mnt/p2"}});
    // A line end at the end is no matter, nor is the name once more.
    const auto again = PoolRequest::parse("p2", "name=p2\ndir_path=/a=b\ndriver=x");
    CHECK(again.name.text() == "p2");
    CHECK(again.options == Options{{"dir_path", "/a=b"}});
    CHECK(PoolRequest::parse("p2", "driver=x\na=").options == Options{{"a", ""}});
}

TEST_CASE("pool request: the argument is the driver where the name is given", "[names]")
{
    const auto request = PoolRequest::parse("file-reflink", "name=p3\ndir_path=/mnt/p3\n");
    CHECK(request.name.text() == "p3");
    CHECK(request.driver == "file-reflink");
    CHECK(request.options == Options{{"dir_path", "/mnt/p3"}});
}

TEST_CASE("pool request: the grammar is strict", "[names]")
{
    for (const std::string& payload : {std::string{},
                                       std::string{"\n"},
                                       std::string{"driver=x\n\n"},
                                       std::string{"\ndriver=x"},
                                       std::string{"driver=x\ndriver=x"},
                                       std::string{"driver=x\na=1\na=2"},
                                       std::string{"driver=x\nname=p\nname=p"},
                                       std::string{"driver=x\nname=q"},
                                       std::string{"driver"},
                                       std::string{"driver=x\ndir_path"},
                                       std::string{"driver=x\n=1"},
                                       std::string{"dir_path=/mnt/p"},
                                       std::string{"driver="},
                                       std::string{"driver=a b"},
                                       std::string{"driver=-x"},
                                       std::string{"driver=x\r\na=1"},
                                       std::string{"driver=x\na=\t"},
                                       std::string{"driver=x\na=\x7f"},
                                       std::string{"driver=x\na=\xc3\xb6"},
                                       std::string{"driver=x\n\xc3\xb6=1"},
                                       std::string{"driver=x\na=1\0", 13}}) {
        INFO(payload);
        CHECK(refusal("p", payload) == "ProtocolError");
    }
    for (const std::string& name :
         {std::string{}, std::string{"a/b"}, std::string{"-p"}, std::string{".p"},
          std::string(64, 'a'), std::string{"p\xc3\xb6"}}) {
        INFO(name);
        CHECK(refusal(name, "driver=x") == "ProtocolError");
        CHECK(refusal("x", "name=" + name) == "ProtocolError");
    }
    CHECK(refusal(std::string(63, 'a'), "driver=x") == "nothing thrown");
    CHECK(refusal("a/b", "name=p") == "ProtocolError");
}

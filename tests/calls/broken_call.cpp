// SPDX-License-Identifier: GPL-2.0-or-later
//
// A call whose body breaks, in the frame of all calls.

#include "rpc/run.hpp"

#include <stdexcept>

using namespace qmgmt;

static constexpr CallSpec spec{
    .name = "mgmt.test.Broken",
    .summary = "Break",
    .destination = Destination::dom0,
};

int main(int argc, char** argv)
{
    return rpc::run(
        spec, [](Request&) -> Reply { throw std::logic_error{"the table has no row"}; }, argc,
        argv);
}

// SPDX-License-Identifier: GPL-2.0-or-later
//
// qubes-mgmt-dispatch: answer one request of a tool of Qubes OS 4, by the call that it names.
// Started for each connection to qubesd's sockets, which it has as standard input and output.
//   usage: qubes-mgmt-dispatch <CONNECTION >CONNECTION

#include "rpc/dispatch/dispatcher.hpp"

#include <array>

// The names that may be asked for; written out by the build.
static constexpr std::array<std::string_view, QMGMT_DISPATCH_METHOD_COUNT> methods{
    QMGMT_DISPATCH_METHODS};

int main()
{
    return qmgmt::rpc::run_dispatcher(methods);
}

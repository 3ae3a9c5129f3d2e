// SPDX-License-Identifier: GPL-2.0-or-later
//
// `qrexec-client -d TARGET "USER:QUBESRPC SERVICE SOURCE"` hands its own input and output to the
// service and ends with its exit status; 127 is that of a qube that does not know the service.

#include "life/qrexec/guest_service.hpp"

#include "base/ascii.hpp"
#include "base/child.hpp"
#include "base/config.hpp"
#include "base/paths.hpp"

#include <unistd.h>

namespace qmgmt {

std::string qrexec_client()
{
    if (config().word("qrexec", "auto", {"auto", "required", "off"}) == "off")
        return {};
    for (const char* const path : {"/usr/bin/qrexec-client", "/usr/lib/qubes/qrexec-client"}) {
        std::string program = paths::below_root(path);
        if (::access(program.c_str(), X_OK) == 0)
            return program;
    }
    return {};
}

std::string ServiceEnd::fault() const
{
    return timed_out ? "no answer in time"
                     : "exit status " + std::to_string(status) + ": " + printable(output, 200);
}

bool has_qrexec()
{
    return !qrexec_client().empty();
}

std::optional<ServiceEnd> run_guest_service(const std::string& target, const std::string& service,
                                            const std::string& input, Deadline deadline)
{
    const std::string client = qrexec_client();
    if (client.empty())
        return std::nullopt;
    ChildResult result = run_program({client, "-d", target, "root:QUBESRPC " + service + " dom0"},
                                     deadline, {.input = input});
    return ServiceEnd{result.status, result.timed_out, std::move(result.output)};
}

} // namespace qmgmt

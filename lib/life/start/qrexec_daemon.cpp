// SPDX-License-Identifier: GPL-2.0-or-later
//
// `qrexec-daemon [-q] -u UUID -- ID NAME USER` goes into the background. What was started ends with
// 0 when the agent has answered, at once with QREXEC_STARTUP_NOWAIT in its environment, and with 3
// when it has not within QREXEC_STARTUP_TIMEOUT seconds.

#include "life/start/qrexec_daemon.hpp"

#include "base/ascii.hpp"
#include "base/child.hpp"
#include "base/config.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "hypervisor/xenstore.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/start/stub_domain.hpp"
#include "names/number.hpp"

#include <algorithm>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::chrono::seconds usual_patience{60};
constexpr std::chrono::seconds grace{10}; // for the program itself to say that time is up
constexpr int agent_is_silent = 3;

// Whom it is started for.
struct Side {
    std::string uuid;
    int id = -1;
    std::string name;
    std::string user;
    bool has_agent = true;
};

class QrexecDaemon {
public:
    QrexecDaemon(Call& call, const Qube& qube, std::string program)
        : call_{call}, qube_{qube}, effective_{call.store(), live_}, program_{std::move(program)}
    {
        if (const auto seconds = parse_decimal(effective_.text(qube, "qrexec_timeout")))
            patience_ = std::chrono::seconds{std::min<std::uint64_t>(*seconds, most_seconds)};
    }

    void start(int id)
    {
        if (call_.hypervisor().kind() == Hypervisor::Kind::xen &&
            effective_.text(qube_, "virt_mode") == "hvm" && has_feature("stubdom-qrexec"))
            start(stub_domain(id));
        start({uuid_of(qube_).text(), id, qube_.name(), effective_.text(qube_, "default_user"),
               has_feature("qrexec")});
    }

private:
    static constexpr std::uint64_t most_seconds = 86'400;

    [[nodiscard]] bool has_feature(std::string_view name)
    {
        return !effective_.feature_with_template(qube_, name).value_or("").empty();
    }

    [[noreturn]] void fail(const std::string& reason, const std::string& detail) const
    {
        throw Error{failure::vm_failed, "cannot start '" + qube_.name() + "': " + reason, detail};
    }

    [[nodiscard]] Side stub_domain(int id) const
    {
        const auto found = find_stub_domain(*open_xenstore(), id);
        if (!found)
            fail("it has no stub domain", "xenstore names none");
        return {found->uuid, found->id, qube_.name() + "-dm", "root"};
    }

    void start(const Side& side)
    {
        std::vector<std::string> words{program_};
        if (effective_.text(qube_, "debug") != "True")
            words.emplace_back("-q");
        words.insert(words.end(),
                     {"-u", side.uuid, "--", std::to_string(side.id), side.name, side.user});
        const std::string variable =
            side.has_agent ? "QREXEC_STARTUP_TIMEOUT=" + std::to_string(patience_.count())
                           : "QREXEC_STARTUP_NOWAIT=1";
        // A start that is cut off now has a qube that runs: it is to have its daemon.
        const ChildResult result =
            run_program(words, call_.deadline(patience_ + grace),
                        {.completes = true, .as_user_of_qubes = true}, {variable});
        if (result.timed_out)
            throw Error{failure::timeout,
                        "cannot start '" + qube_.name() + "': its agent did not answer in time"};
        if (result.status == agent_is_silent)
            throw Error{failure::vm_failed,
                        "Cannot connect to qrexec agent for " + std::to_string(patience_.count()) +
                            " seconds, see /var/log/xen/console/guest-" + side.name + ".log"};
        if (result.status != 0)
            fail("its qrexec daemon does not start", "exit status " +
                                                         std::to_string(result.status) + ": " +
                                                         printable(result.output, 300));
    }

    Call& call_;
    const Qube& qube_;
    SystemValues live_{call_};
    Effective effective_;
    std::string program_;
    std::chrono::seconds patience_ = usual_patience;
};

// Where the distribution has put it; empty when it is not installed.
std::string installed_program()
{
    for (const char* const path : {"/usr/sbin/qrexec-daemon", "/usr/lib/qubes/qrexec-daemon"}) {
        std::string program = paths::below_root(path);
        if (::access(program.c_str(), X_OK) == 0)
            return program;
    }
    return {};
}

} // namespace

void start_qrexec_daemon(Call& call, const Qube& qube, int id)
{
    const std::string wanted = config().word("qrexec", "auto", {"auto", "required", "off"});
    if (wanted == "off" || (wanted == "auto" && call.hypervisor().kind() != Hypervisor::Kind::xen))
        return;
    const std::string program = installed_program();
    if (!program.empty())
        QrexecDaemon{call, qube, program}.start(id);
    else if (wanted == "required")
        throw Error{failure::unsupported, "not available: qrexec is not installed",
                    "qrexec = required, and there is no qrexec-daemon"};
    else
        log_warning("programs cannot be run in '" + qube.name() +
                    "': there is no qrexec-daemon, ignoring");
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a start has made so far: storage, a domain, and the run record that says so, for whoever
// comes after a start that was killed.
#pragma once

#include "base/watchdog.hpp"
#include "call/call.hpp"
#include "life/qube_storage.hpp"
#include "life/run_record.hpp"

#include <memory>

namespace qmgmt {

// The caller holds the qube's lock and found it halted.
class Attempt {
public:
    Attempt(Call& call, const Qube& qube);

    // From now on there is a record; should the hypervisor hang before `stand`, the attempt is
    // aborted for us.
    void begin(const std::string& netvm);
    void start_storage();
    // Returns when the domain is there, paused.
    void create();
    void resume();
    // It runs, whatever hangs from now on; or nothing more can be taken back.
    void stand() { if_hung_.reset(); }
    // All is done that there was to do.
    void succeed();

    // What takes them back, in the opposite order. What could not be taken back keeps the ones
    // before it, and stays recorded: the next settle finds it.
    void destroy();
    void stop_storage();
    void forget();

    [[nodiscard]] QubeStorage& storage() { return storage_; }
    [[nodiscard]] int id() const { return record_.id; } // of the domain
    // Nothing is left of it.
    [[nodiscard]] bool is_gone() const { return domain_gone_ && storage_gone_; }

private:
    void save(RunRecord::Phase phase);

    Call& call_;
    const Qube& qube_;
    Uuid uuid_;
    QubeStorage storage_;
    RunRecord record_;
    std::unique_ptr<watchdog::LastPacket> if_hung_;
    bool ran_ = false;
    bool domain_gone_ = true;
    bool storage_gone_ = true;
};

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the tests' libvirt knows and what it has been told to do wrong. One text, a line each; a
// test may write it by hand:
//   type QEMU                                      what the driver calls itself; else TEST
//   next-id N                                      of the next domain that is created
//   domain NAME UUID STATE REASON ID [transient]   libvirt's numbers; ID -1: not active
//   due UUID AT STATE REASON ID                    what happens to it by itself, and when
//   switch UUID NAME VALUE                         see below
//   fail OPERATION NTH CODE/DOMAIN/ERRNO before|after TEXT   NTH from now, 1: the next; 0: always
//   delay OPERATION MILLISECONDS
//   hang OPERATION before|after                    it never answers
// `after`: what was asked for has happened all the same.
//
// Switches of a domain:
//   ignores-shutdown       1
//   shutdown-takes         milliseconds from the request
//   dies-after             milliseconds from its resume: it powers off by itself
//   crashes-after          the same with a crash
//   dying-for              milliseconds that it is shut off and yet active
//   dies-at                N: it powers off by itself just before the Nth operation from now
//   keeps-devices          1: a detach succeeds, and the device stays
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::fake {

struct Domain {
    std::string name;
    std::string uuid;
    int state = 0;
    int reason = 0;
    int id = -1;
    bool transient = false; // not defined: it goes when it stops

    [[nodiscard]] bool active() const { return id >= 0; }
};

// What becomes of a domain at a time of the monotonic clock.
struct Due {
    std::string uuid;
    long long at = 0; // milliseconds
    int state = 0;
    int reason = 0;
    int id = -1;
};

struct Switch {
    std::string uuid;
    std::string name;
    long value = 0;
};

enum class Moment { before, after };

struct Fault {
    std::string operation;
    int nth = 1;
    int code = 1;
    int domain = 12; // of the test driver
    int system_error = 0;
    Moment moment = Moment::before;
    std::string text;
};

struct Delay {
    std::string operation;
    long milliseconds = 0;
};

struct Hang {
    std::string operation;
    Moment moment = Moment::before;
};

struct World {
    std::string type = "TEST";
    int next_id = 1;
    std::vector<Domain> domains;
    std::vector<Due> dues;
    std::vector<Switch> switches;
    std::vector<Fault> faults;
    std::vector<Delay> delays;
    std::vector<Hang> hangs;

    // Unknown lines are left out.
    static World parse(const std::string& text);
    [[nodiscard]] std::string text() const;

    [[nodiscard]] Domain* find(std::string_view uuid);
    // 0 when the switch is off.
    [[nodiscard]] long switched(std::string_view uuid, std::string_view name) const;

    // The domain stops for this reason: at once, or after it has been dying for a while.
    void stop(const std::string& uuid, int reason, long long now);
    // An operation is about to begin. Returns whether anything has changed by that.
    bool count_operation(long long now);
    // Does what is due. Returns whether anything was.
    bool let_pass(long long now);
};

// Milliseconds of the monotonic clock, the same in all processes.
[[nodiscard]] long long now();

} // namespace qmgmt::fake

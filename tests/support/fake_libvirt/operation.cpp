// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/fake_libvirt/operation.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <optional>
#include <unistd.h>

namespace qmgmt::fake {
namespace {

virError error_object;
std::string error_text;

void set_error(const Fault& fault)
{
    // As libvirt's own do, it names files of the host.
    error_text =
        fault.text.empty() ? "said by the test of '/var/lib/libvirt/secret.img'" : fault.text;
    error_object = {};
    error_object.code = fault.code;
    error_object.domain = fault.domain;
    error_object.level = VIR_ERR_ERROR;
    error_object.int1 = fault.system_error;
    error_object.message = error_text.data();
}

[[noreturn]] void sleep_for_ever()
{
    for (;;)
        ::pause();
}

void wait(long milliseconds)
{
    timespec left{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
    while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

// What the world has in store for an operation; a fault that is used up is gone from it.
struct Fate {
    long delay = 0;
    std::optional<Moment> hang;
    std::optional<Fault> fault;
};

Fate fate_of(WorldFile& file, std::string_view operation)
{
    World& world = file.world;
    Fate fate;
    for (const Delay& delay : world.delays) {
        if (delay.operation == operation)
            fate.delay = delay.milliseconds;
    }
    for (const Hang& hang : world.hangs) {
        if (hang.operation == operation)
            fate.hang = hang.moment;
    }
    bool counted = world.count_operation(now());
    for (auto fault = world.faults.begin(); fault != world.faults.end();) {
        const bool meant = fault->operation == operation;
        const bool always = fault->nth == 0;
        if (meant && !always) {
            counted = true;
            --fault->nth;
        }
        if (meant && fault->nth == 0 && !fate.fault)
            fate.fault = *fault;
        const bool used_up = meant && !always && fault->nth == 0;
        fault = used_up ? world.faults.erase(fault) : std::next(fault);
    }
    if (counted)
        file.save();
    return fate;
}

bool perform_unguarded(std::string_view operation, std::string_view uuid, const Effect& effect)
{
    const std::string what =
        std::string{operation} + " " + (uuid.empty() ? "-" : std::string{uuid});
    const std::string directory = directory_of_environment();
    Fate fate;
    {
        WorldFile file{directory};
        file.log(what + " asked");
        fate = fate_of(file, operation);
    }
    wait(fate.delay);
    if (fate.hang == Moment::before)
        sleep_for_ever();
    error_object = {};
    std::optional<WorldFile> file{directory};
    bool done = false;
    if (!fate.fault || fate.fault->moment == Moment::after)
        done = effect(*file);
    if (fate.hang) {
        file.reset();
        sleep_for_ever();
    }
    if (fate.fault) {
        set_error(*fate.fault);
        done = false;
    }
    file->log(what + (done ? " done"
                           : " failed " + std::to_string(error_object.code) + "/" +
                                 std::to_string(error_object.domain)));
    return done;
}

} // namespace

bool perform(std::string_view operation, std::string_view uuid, const Effect& effect)
{
    try {
        return perform_unguarded(operation, uuid, effect);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fake libvirt: %s\n", error.what());
        std::abort(); // a test that cannot be trusted
    }
}

bool refuse(int code, std::string_view text)
{
    set_error({.code = code, .domain = VIR_FROM_QEMU, .text = std::string{text}});
    return false;
}

virErrorPtr last_error()
{
    return error_object.code == 0 ? nullptr : &error_object;
}

} // namespace qmgmt::fake

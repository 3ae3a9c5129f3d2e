// SPDX-License-Identifier: GPL-2.0-or-later
//
// Xen as somebody to ask for whom libvirt can stand in, and who now and then has something to do.
#pragma once

#include "base/error.hpp"
#include "base/watchdog.hpp"
#include "hypervisor/libxl/reader.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <type_traits>

namespace qmgmt::libxl {

class Session {
public:
    // `load` gives the functions when they are first needed, or throws.
    Session(const HypervisorConfig& config, std::function<const qmgmt_xen&()> load)
        : config_{config}, load_{std::move(load)}
    {
    }

    // Whether all answers so far were as expected, and there was one.
    [[nodiscard]] bool answers() const { return reader_ && !surprised_; }

    // What the question gives; nothing, and no more asking, after the first failure.
    template<typename Question>
    std::optional<std::invoke_result_t<Question, Reader&>> ask(Question question)
    {
        if (surprised_)
            return std::nullopt;
        const Watchdog guard{config_.read};
        try {
            return question(reader());
        } catch (const Error&) {
            surprised_ = true;
            return std::nullopt;
        }
    }

    // Throws what goes wrong. `act` gets the time that it has; the guard has room for undoing what
    // came to no end in it, and is for a library that hangs.
    template<typename Change>
    void change_disks(Change act)
    {
        using std::chrono::milliseconds;
        constexpr milliseconds room{2 * QMGMT_XEN_UNDO_MS};
        const Watchdog guard{config_.attach + room};
        const milliseconds left = guard.left();
        act(reader(), std::min(config_.attach, std::max(left - room, left / 2)));
    }

    [[nodiscard]] Reader& reader()
    {
        if (!reader_)
            reader_.emplace(load_());
        return *reader_;
    }

private:
    const HypervisorConfig& config_;
    std::function<const qmgmt_xen&()> load_;
    std::optional<Reader> reader_;
    bool surprised_ = false;
};

} // namespace qmgmt::libxl

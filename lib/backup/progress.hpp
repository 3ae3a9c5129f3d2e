// SPDX-License-Identifier: GPL-2.0-or-later
//
// How far a backup or a restore has come, for everybody who may want to know: a file that Info
// reads, the event `backup-progress`, a line on the terminal of a person, lines of JSON for a
// program (--progress=json).
#pragma once

#include "backup/profile/profile_id.hpp"
#include "rpc/request.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// What the file says.
struct ProgressState {
    std::string state;   // "running", "verifying", ...
    std::string percent; // "7.05"
};

class BackupProgress {
public:
    // `id`: of a backup, whose progress is in a file and in events; nothing: of a restore, which
    // only its caller is told of. `total`: bytes of disks in all, as far as that is known.
    BackupProgress(const Request& request, std::optional<ProfileId> id,
                   std::optional<std::uint64_t> total = {});
    BackupProgress(const BackupProgress&) = delete;
    BackupProgress& operator=(const BackupProgress&) = delete;
    // Ends the line, removes the file.
    ~BackupProgress();

    // From any thread, as often as one likes: most of the time nothing is written.
    void total(std::uint64_t bytes);
    void state(std::string_view state); // "scanning", "running", "verifying"
    void qube(std::string_view name);   // whose disks come now
    // So many bytes of disks have been done, of all qubes. Never goes back.
    void reached(std::uint64_t done);
    // It is there: 100 percent, which nothing before ever is.
    void finished();

    // Of a backup that runs now; nothing when there is none.
    [[nodiscard]] static std::optional<ProgressState> of(const ProfileId& id);

private:
    using Clock = std::chrono::steady_clock;

    struct Speed {
        std::uint64_t rate = 0;            // bytes a second
        std::optional<std::uint64_t> left; // seconds
    };

    void show(bool now);
    [[nodiscard]] std::uint64_t percent() const;
    [[nodiscard]] Speed speed() const;
    void write_file() const;
    void write_event();
    void write_line();
    void write_object() const;

    std::optional<ProfileId> id_;
    bool person_; // standard error is the terminal of one
    bool program_;
    bool shown_ = false;
    bool finished_ = false;
    std::string state_ = "scanning";
    std::string qube_;
    std::optional<std::uint64_t> total_;
    std::uint64_t done_ = 0;
    Clock::time_point begin_ = Clock::now();
    Clock::time_point next_ = begin_;
    Clock::time_point next_file_ = begin_;
    std::optional<std::uint64_t> told_; // whole percent, by the last event
    mutable std::mutex mutex_;
};

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/progress.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/paths.hpp"
#include "rpc/shell_loader.hpp"
#include "state/journal.hpp"
#include "state/runtime.hpp"

#include <algorithm>
#include <charconv>
#include <unistd.h>

namespace qmgmt {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds pace{1000};
constexpr milliseconds pace_of_a_person{250};
constexpr std::uint64_t whole = 10'000; // a hundred percent, in hundredths

std::string name_of(const ProfileId& id)
{
    return "backup/" + id.text() + ".progress";
}

// "7.05"
std::string percent_text(std::uint64_t hundredths)
{
    const std::string rest = std::to_string(hundredths % 100);
    return std::to_string(hundredths / 100) + (rest.size() < 2 ? ".0" : ".") + rest;
}

// "1:02:03", "2:03"
std::string span_text(std::uint64_t seconds)
{
    const auto two = [](std::uint64_t number) {
        return (number < 10 ? ":0" : ":") + std::to_string(number);
    };
    const std::uint64_t hours = seconds / 3600;
    const std::uint64_t minutes = seconds / 60 % 60;
    return (hours > 0 ? std::to_string(hours) + two(minutes) : std::to_string(minutes)) +
           two(seconds % 60);
}

std::string_view value_of(std::string_view line, std::string_view key)
{
    const auto at = line.find(key);
    if (at == std::string_view::npos)
        return {};
    line.remove_prefix(at + key.size());
    return line.substr(0, line.find_first_of(" \n"));
}

} // namespace

BackupProgress::BackupProgress(const Request& request, std::optional<ProfileId> id,
                               std::optional<std::uint64_t> total)
    : id_{std::move(id)}, person_{!request.remote && !request.progress &&
                                  ::isatty(STDERR_FILENO) == 1},
      program_{request.progress}, total_{total}
{
    if (id_) // of one that was killed: whoever makes a backup alone makes these
        remove_leftovers(paths::below_root(paths::runtime) + "/" + name_of(*id_));
    const std::scoped_lock lock{mutex_};
    show(true);
}

BackupProgress::~BackupProgress()
{
    const std::scoped_lock lock{mutex_};
    if (shown_)
        static_cast<void>(write_all(STDERR_FILENO, "\n"));
    if (id_)
        ::unlink((paths::below_root(paths::runtime) + "/" + name_of(*id_)).c_str());
}

void BackupProgress::total(std::uint64_t bytes)
{
    const std::scoped_lock lock{mutex_};
    total_ = bytes;
}

void BackupProgress::state(std::string_view state)
{
    const std::scoped_lock lock{mutex_};
    state_ = state;
    show(true);
}

void BackupProgress::qube(std::string_view name)
{
    const std::scoped_lock lock{mutex_};
    qube_ = name;
    show(false);
}

void BackupProgress::reached(std::uint64_t done)
{
    const std::scoped_lock lock{mutex_};
    done_ = std::max(done_, done);
    show(false);
}

void BackupProgress::finished()
{
    const std::scoped_lock lock{mutex_};
    finished_ = true;
    state_ = "finished";
    if (total_)
        done_ = *total_;
    show(true);
}

// Hundredths. That all bytes are read does not mean that the archive is there.
std::uint64_t BackupProgress::percent() const
{
    if (finished_)
        return whole;
    if (!total_ || *total_ == 0)
        return 0;
    const double part = static_cast<double>(done_) / static_cast<double>(*total_);
    return std::min(static_cast<std::uint64_t>(part * static_cast<double>(whole)), whole - 1);
}

BackupProgress::Speed BackupProgress::speed() const
{
    const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    Speed speed;
    if (seconds > 0)
        speed.rate = static_cast<std::uint64_t>(static_cast<double>(done_) / seconds);
    if (speed.rate > 0 && total_ && *total_ >= done_)
        speed.left = (*total_ - done_) / speed.rate;
    return speed;
}

void BackupProgress::show(bool now)
{
    if (!now && Clock::now() < next_)
        return;
    next_ = Clock::now() + (person_ ? pace_of_a_person : pace);
    if (id_ && (now || !person_ || Clock::now() >= next_file_)) {
        next_file_ = Clock::now() + pace;
        write_file();
        write_event();
    }
    if (person_)
        write_line();
    else if (program_)
        write_object();
}

// Whoever wants to look does so without us: that it cannot be written stops no backup.
void BackupProgress::write_file() const
{
    const Speed speed = this->speed();
    try {
        ReplacementFile file{runtime_file(name_of(*id_)), 0660};
        file.write("state=" + state_ + " vm=" + qube_ + " done=" + std::to_string(done_) +
                   " total=" + std::to_string(total_.value_or(0)) +
                   " percent=" + percent_text(percent()) + " rate=" + std::to_string(speed.rate) +
                   " eta=" + (speed.left ? std::to_string(*speed.left) : "") + "\n");
        file.put_in_place_unflushed();
    } catch (const Error&) {
        return;
    }
}

// One for each whole percent: the journal holds other events, too.
void BackupProgress::write_event()
{
    const std::uint64_t reached = percent() / 100;
    if (told_ && *told_ == reached)
        return;
    told_ = reached;
    journal({{"",
              "backup-progress",
              {{"backup_profile", id_->text()}, {"progress", percent_text(percent())}},
              "",
              {}}});
}

// Over the line before, the rest of which is erased.
void BackupProgress::write_line()
{
    const Speed speed = this->speed();
    std::string line = "\r" + state_ + (qube_.empty() ? ": " : " " + qube_ + ": ");
    line +=
        progress_line(done_, total_ && *total_ > 0 ? total_ : std::nullopt, Clock::now() - begin_);
    if (speed.left && !finished_)
        line += ", " + span_text(*speed.left) + " left";
    shown_ = true;
    static_cast<void>(write_all(STDERR_FILENO, line + "\x1b[K"));
}

// Words and names of qubes need no escapes.
void BackupProgress::write_object() const
{
    const Speed speed = this->speed();
    std::string line = R"({"state": ")" + state_ + R"(", "qube": ")" + qube_ + R"(", "done": )" +
                       std::to_string(done_);
    if (total_)
        line += R"(, "total": )" + std::to_string(*total_) + R"(, "percent": )" +
                percent_text(percent());
    line += R"(, "rate": )" + std::to_string(speed.rate);
    if (speed.left)
        line += R"(, "left": )" + std::to_string(*speed.left);
    static_cast<void>(write_all(STDERR_FILENO, line + "}\n"));
}

std::optional<ProgressState> BackupProgress::of(const ProfileId& id)
{
    constexpr std::size_t most = 1024;
    const std::string line =
        read_small_file(paths::below_root(paths::runtime) + "/" + name_of(id), most);
    const std::string_view state = value_of(line, "state=");
    const std::string_view percent = value_of(line, " percent=");
    if (state.empty() || percent.empty() ||
        percent.find_first_not_of("0123456789.") != std::string_view::npos)
        return std::nullopt;
    return ProgressState{std::string{state}, std::string{percent}};
}

} // namespace qmgmt

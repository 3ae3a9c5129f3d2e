// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/info.hpp"

#include "backup/last_result.hpp"
#include "backup/profile/profile.hpp"
#include "backup/profile/selection.hpp"
#include "backup/progress.hpp"
#include "backup/run_lock.hpp"
#include "backup/source/dom0_home.hpp"
#include "backup/source/point_in_time.hpp"
#include "backup/source/unchanged.hpp"
#include "base/error.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace qmgmt {
namespace {

constexpr std::size_t short_passphrase = 12;
constexpr unsigned cheap_kdf = 16;

std::string_view name_of(Compression compression)
{
    return compression == Compression::none ? "none" : filter_of(compression);
}

void add_word(std::string& words, std::string_view word)
{
    if (!words.empty())
        words += ',';
    words += word;
}

class Informing {
public:
    Informing(Call& call, const ProfileId& id)
        : call_{call}, id_{id}, store_{call.store()}, profile_{load_profile(id)},
          last_{LastResult::load(id)}, effective_{store_, live_}, pools_{store_}
    {
    }

    std::string tell()
    {
        warn_of_profile();
        const std::string rows = rows_of_qubes();
        return "config id=" + id_.text() + " destination=" + profile_.destination_vm +
               " compression=" + std::string{name_of(profile_.compression)} + " format=4\n" + rows +
               "total size=" + std::to_string(size_) + " vms=" + std::to_string(count_) + "\n" +
               line_of_last() + line_of_run();
    }

private:
    void warn_of_profile()
    {
        const auto& text = profile_.passphrase.text;
        if (text && text->bytes().size() < short_passphrase)
            call_.warn("the passphrase has fewer than 12 bytes");
        if (profile_.cost.log_n < cheap_kdf)
            call_.warn("'kdf_logn' below 16 makes guessing the passphrase cheap");
    }

    std::string rows_of_qubes()
    {
        Selection selection = select_qubes(store_, live_, profile_);
        for (std::string& warning : selection.warnings)
            call_.warn(std::move(warning));
        const auto states = PowerStates::of_all(call_);
        std::string rows;
        for (const SelectedQube& one : selection.qubes) {
            if (!call_.may_see(one.qube->name()))
                continue;
            if (one.qube->class_bit() != class_admin)
                rows += row_of(one, states.of(*one.qube));
            else if (profile_.dom0_home)
                rows += row_of_dom0(one);
        }
        return rows + rows_of_forgotten(selection, states);
    }

    std::string row(const Qube& qube, std::uint64_t size, std::string_view by,
                    std::string_view state, std::string_view source, const std::string& warnings)
    {
        std::string line =
            "vm name=" + qube.name() + " class=" + qube.klass() + " size=" + std::to_string(size);
        for (const auto& [key, value] :
             {std::pair{" selected-by=", by}, {" state=", state}, {" source=", source}})
            line.append(key).append(value);
        return line + (warnings.empty() ? "" : " warn=" + warnings) + "\n";
    }

    // What an execution would do now, and what of it may surprise.
    std::string row_of(const SelectedQube& one, PowerState state)
    {
        const Qube& qube = *one.qube;
        const bool runs = is_running(state);
        std::string_view source = "last-committed";
        std::string warnings;
        if (runs) {
            switch (profile_.running) {
            case RunningQube::last_committed: add_word(warnings, "running-old-state"); break;
            case RunningQube::live_snapshot: source = "live-snapshot"; break;
            case RunningQube::skip: source = "none"; break;
            case RunningQube::fail:
                source = "none";
                add_word(warnings, "running-refused");
                break;
            }
        }
        const std::vector<Volume> volumes = volumes_to_keep(call_, qube, pools_);
        const bool without_snapshots = std::ranges::any_of(
            volumes, [](const Volume& volume) { return volume.revisions_to_keep < 0; });
        if (runs && profile_.running == RunningQube::last_committed && without_snapshots)
            warnings = "running-no-snapshots";
        if (effective_.text(qube, "installed_by_rpm") == "True")
            add_word(warnings, "template-installed-by-package");
        if (profile_.skip_unchanged && !runs && is_unchanged(qube, volumes))
            add_word(warnings, "unchanged");
        std::uint64_t size = 0;
        for (const Volume& volume : volumes)
            size += pools_.pool(volume.pool).facts(volume).usage;
        if (source != "none")
            count(size);
        const std::string_view word = state == PowerState::na ? "na" : runs ? "running" : "halted";
        return row(qube, size, one.by, word, source, warnings);
    }

    std::string row_of_dom0(const SelectedQube& one)
    {
        std::uint64_t size = 0;
        try {
            size = Dom0Home::find(profile_.mask_username).measure();
        } catch (const Error&) {
            call_.warn("the home of dom0's user cannot be measured, ignoring");
        }
        count(size);
        return row(*one.qube, size, one.by, "running", "last-committed", "");
    }

    // Qubes that the tag brought into the last archive, and that have lost it.
    std::string rows_of_forgotten(const Selection& selection, const PowerStates& states)
    {
        std::string rows;
        if (!last_)
            return rows;
        for (const ArchivedLast& before : last_->qubes) {
            const auto entry = store_.index().find_uuid(before.uuid);
            if (!before.tagged || !entry || !call_.may_see(entry->name))
                continue;
            const Qube* qube = store_.find_any(entry->name);
            const auto is_it = [&](const SelectedQube& one) {
                return one.qube->name() == entry->name;
            };
            if (qube == nullptr || qube->has_tag(id_.tag()) ||
                std::ranges::any_of(selection.qubes, is_it))
                continue;
            rows += row(*qube, 0, "none", is_running(states.of(*qube)) ? "running" : "halted",
                        "none", "no-longer-tagged");
        }
        return rows;
    }

    // As the next execution will find it: of disks that do not say when they were written to, it
    // finds that they were.
    bool is_unchanged(const Qube& qube, const std::vector<Volume>& volumes)
    {
        const auto uuid = qube.property("uuid");
        const ArchivedLast* last = last_ && uuid ? last_->find(*uuid) : nullptr;
        if (last == nullptr || volumes.empty() || !rules_are_older(qube, last->time))
            return false;
        return std::ranges::all_of(volumes, [&](const Volume& volume) {
            try {
                const Fd content = pools_.pool(volume.pool).open_committed(volume);
                struct stat facts {};
                return ::fstat(content.get(), &facts) == 0 && S_ISREG(facts.st_mode) &&
                       facts.st_mtim.tv_sec < last->time;
            } catch (const Error&) {
                return false;
            }
        });
    }

    void count(std::uint64_t size)
    {
        size_ += size;
        ++count_;
    }

    [[nodiscard]] std::string line_of_last() const
    {
        const LastResult last = last_.value_or(LastResult{.result = "never"});
        return "last result=" + last.result + " end=" + std::to_string(last.end) +
               " bytes=" + std::to_string(last.bytes) + " sha256=" + last.sha256 + "\n";
    }

    [[nodiscard]] std::string line_of_run() const
    {
        const bool runs = backup_owner(id_).has_value();
        const auto progress = runs ? BackupProgress::of(id_) : std::nullopt;
        return std::string{"run state="} + (runs ? "running" : "idle") +
               " percent=" + (progress ? progress->percent : "0.00") + "\n";
    }

    Call& call_;
    const ProfileId& id_;
    const Store& store_;
    Profile profile_;
    std::optional<LastResult> last_;
    SystemValues live_{call_};
    Effective effective_;
    PoolTable pools_;
    std::uint64_t size_ = 0;
    std::size_t count_ = 0;
};

} // namespace

std::string backup_info(Call& call, const ProfileId& id)
{
    return Informing{call, id}.tell();
}

} // namespace qmgmt

// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/source/execute.hpp"

#include "backup/container/available_memory.hpp"
#include "backup/destination/archive_destination.hpp"
#include "backup/fault.hpp"
#include "backup/last_result.hpp"
#include "backup/profile/passphrase_source.hpp"
#include "backup/run_lock.hpp"
#include "backup/source/archive_content.hpp"
#include "backup/source/background.hpp"
#include "backup/source/chosen.hpp"
#include "backup/source/old_archives.hpp"
#include "backup/source/timestamps.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "base/random.hpp"

#include <array>
#include <set>
#include <span>
#include <sys/stat.h>
#include <vector>

namespace qmgmt {
namespace {

// Two chunks, what derives keys, the compressors.
constexpr std::uint64_t memory_of_usual_run = std::uint64_t{450} << 20;

// "20260131T235959-4711" in universal time.
std::string new_backup_id(std::time_t now)
{
    std::uint32_t number = 0;
    fill_random(std::as_writable_bytes(std::span{&number, 1}));
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 32> time{};
    std::strftime(time.data(), time.size(), "%Y%m%dT%H%M%S", &parts);
    return std::string{time.data()} + "-" + std::to_string(number);
}

// The directory of an archive in dom0.
std::string directory_of_archive(const Profile& profile)
{
    struct stat facts {};
    auto path = paths::below_root(profile.destination_path);
    if (::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode))
        return path;
    return path.substr(0, path.rfind('/') + 1);
}

class Execution {
public:
    Execution(Call& call, const ProfileId& id)
        : call_{call}, id_{id}, last_{LastResult::load(id).value_or(LastResult{})}
    {
        last_.start = now();
        last_.name.clear();
        last_.bytes = 0;
        last_.sha256.clear();
    }

    void run()
    {
        try {
            make();
            last_.result = "ok";
        } catch (const BackupError& error) {
            last_.result = token(error.fault());
            keep_result();
            throw;
        } catch (const Error& error) {
            last_.result = word(error.kind());
            keep_result();
            throw;
        }
        keep_result();
    }

private:
    static std::time_t now() { return std::time(nullptr); }

    void make()
    {
        drop_abandoned_exports(call_);
        Profile profile = load_profile(id_);
        BackupProgress progress{call_.request(), id_};
        static_cast<void>(choose_qubes(call_, profile)); // before another qube is started for it
        const auto destination = prepare_destination(call_, profile, stop_);
        const Choice choice = choose_qubes(call_, profile);
        auto home = home_of(profile, choice);
        destination->check_room(choice.usage + (home ? home->measure() : 0));
        const Passphrase passphrase = obtain_passphrase(call_, id_, profile.passphrase, stop_);
        let_others_go_first();
        PointInTime moment{call_, id_};
        moment_ = now();
        ArchiveContent content{call_, profile, choice, std::move(home), last_, moment};
        write(profile, passphrase, content, *destination, progress);
        moment.drop();
        remember(content);
        tidy_up(profile);
        progress.finished();
        save_timestamps(call_, archived_, moment_);
    }

    [[nodiscard]] std::optional<Dom0Home> home_of(const Profile& profile, const Choice& choice)
    {
        if (choice.qubes.empty() || choice.qubes.back().selected.qube->class_bit() != class_admin)
            return std::nullopt;
        auto home = Dom0Home::find(profile.mask_username);
        if (profile.local() && home.holds(directory_of_archive(profile)))
            throw BackupError{BackupFault::config_invalid,
                              "the archive would be in the home that it is to hold"};
        return home;
    }

    void write(const Profile& profile, const Passphrase& passphrase, ArchiveContent& content,
               ArchiveDestination& destination, BackupProgress& progress)
    {
        progress.total(content.logical_size());
        progress.state("running");
        destination.begin(moment_);
        ArchiveWriter writer{settings_of(profile), passphrase, destination, [this] {
                                 if (stop_.arrived())
                                     throw BackupError{BackupFault::cancelled, "Backup cancelled"};
                             }};
        writer.add_metadata(content.metadata(
            call_.store(), profile.all_metadata ? MetadataScope::all : MetadataScope::selected));
        content.write(writer, progress, stop_);
        const ArchiveFacts facts = writer.finish();
        if (profile.verify && profile.local())
            progress.state("verifying");
        StoredArchive stored = destination.finish();
        last_.name = std::move(stored.name);
        last_.sha256 = std::move(stored.sha256);
        last_.bytes = facts.bytes;
    }

    [[nodiscard]] ArchiveSettings settings_of(const Profile& profile) const
    {
        return {.backup_id = new_backup_id(moment_),
                .time = moment_,
                .compression = profile.compression,
                .level = profile.compression_level,
                .cost = profile.cost,
                .low_memory = profile.low_memory || available_memory() < memory_of_usual_run};
    }

    // The archive is there: what goes wrong now does not take it away.
    void tidy_up(const Profile& profile)
    {
        if (!profile.local() || profile.keep == 0)
            return;
        std::set<std::time_t> needed;
        if (profile.skip_unchanged)
            for (const ArchivedLast& qube : last_.qubes)
                if (call_.store().index().find_uuid(qube.uuid))
                    needed.insert(qube.time);
        try {
            remove_old_archives(directory_of_archive(profile), id_, profile.keep, needed);
        } catch (const Error& error) {
            log_warning(error.text() + " (" + error.detail() + "), ignoring");
            call_.warn(error.text() + ", ignoring");
        }
    }

    void remember(const ArchiveContent& content)
    {
        for (const QubeContent& qube : content.qubes()) {
            archived_.push_back({qube.uuid, qube.name, moment_, qube.tagged});
            std::erase_if(last_.qubes,
                          [&](const ArchivedLast& one) { return one.uuid == qube.uuid; });
            last_.qubes.push_back(archived_.back());
        }
    }

    void keep_result()
    {
        last_.end = now();
        try {
            last_.save(id_);
        } catch (const Error& error) {
            log_warning("cannot keep how a backup went: " + error.text() + " (" + error.detail() +
                        "), ignoring");
        }
    }

    Call& call_;
    const ProfileId& id_;
    const StopSignals stop_;
    LastResult last_;
    std::vector<ArchivedLast> archived_;
    std::time_t moment_ = 0; // of the disks
};

} // namespace

Reply execute_backup(Call& call, const ProfileId& id)
{
    call.act();
    const RunLock lock = RunLock::of_profile(id);
    Execution{call, id}.run();
    return {};
}

} // namespace qmgmt
